import { AppError } from "../error.ts";

/** What a mail is told that finds no room in the daily limit. */
export interface Full {
  readonly limit: number;
  readonly resets_at: string;
}

/** That there is no room for a mail, in its own numbers: `counted` recipients (R-LIM-3, R-LIM-4). */
export function noRoom(counted: number, { limit, resets_at }: Full): AppError {
  const others = "ask the operator for a higher limit, or send over a server of your own.";
  const message =
    counted > limit
      ? `A mail to ${counted} recipients is larger than the whole daily limit of ${limit}: send it in parts, ${others}`
      : `The daily limit of ${limit} recipients has no room left for the ${counted} of this mail. It is reset at ` +
        `${resets_at}. Wait until then, ${others}`;
  return new AppError("daily_quota_exceeded", message, { details: { limit, requested: counted, resets_at } });
}

/** The same error, naming the entry of the request. */
export const placed = (error: AppError, index: number): AppError =>
  new AppError(error.name, `[${index}]: ${error.message}`, { cause: error, details: { ...error.details, index } });
