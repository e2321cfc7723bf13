import { AppError } from "../error.ts";
import type { RecordRef } from "./record.ts";

/** The names of models: those of the application, e.g. `helpdesk.ticket`. */
export const modelPattern = /^[a-z][a-z0-9_.-]{0,99}$/;
/** Record ids as text: 1 to 100 printable characters. */
const recordPattern = /^[^\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]{1,100}$/u;

/**
 * Checks which record of the application is meant.
 * @throws AppError invalid_parameter, naming `model` or `record_id`
 */
export function assertRef({ model, record_id }: RecordRef): void {
  if (!modelPattern.test(model))
    throw refusal("model", "a lower-case letter, then up to 99 of `a-z`, `0-9`, `_`, `.` and `-`");
  if (!recordPattern.test(record_id)) throw refusal("record_id", "1 to 100 printable characters");
}

const refusal = (field: string, what: string): AppError =>
  new AppError("invalid_parameter", `\`${field}\` is to be ${what}.`, { details: { field } });
