import { normalize } from "../address/address.ts";
import * as Mailbox from "../address/mailbox.ts";
import type { Recipient } from "../batch/each.ts";
import { maximum, parse } from "../email/addressee.ts";
import type { LeftOut, SendRequest } from "../email/request.ts";
import { AppError } from "../error.ts";

/** Who gets a mass mail, each a message of their own (R-KIND-3). */
export interface Recipients {
  readonly each: readonly Recipient[];
  /** Those that can get none: their address is none, or is there already. */
  readonly left: readonly LeftOut[];
}

type Asked = Pick<SendRequest, "to" | "cc" | "bcc" | "kind" | "raw">;

/** Whether a request is for one mail for each of its recipients (R-KIND-3): for several, or for a copy, which there is none of. */
export const isForEach = ({ kind, to, ...rest }: Asked): boolean =>
  kind === "mass" && (to.length + rest.bcc.length > 1 || copied(rest) !== undefined);

/** The field that names somebody beside `to`; the Bcc of a message of the caller's own is its envelope. */
const copied = ({ cc, bcc, raw }: Omit<Asked, "to" | "kind">): "cc" | "bcc" | undefined =>
  cc.length > 0 ? "cc" : bcc.length > 0 && !raw ? "bcc" : undefined;

/**
 * Reads the recipients of a mass mail: `to`, and of a message of the caller's own the envelope. One that is no address, or
 * that is there twice, is left out (R-KIND-3).
 * @throws AppError invalid_parameter for cc and bcc, for more than 50, and where none is an address; invalid_header for a
 *   line break (R-REW-6).
 */
export function read({ to, bcc, ...rest }: Asked): Recipients {
  const copy = copied({ bcc, ...rest });
  if (copy !== undefined) throw noCopies(copy);
  const count = to.length + bcc.length;
  if (count > maximum)
    throw new AppError("invalid_parameter", `A request has at most ${maximum} recipients; this one has ${count}.`);
  const each = new Map<string, Recipient>();
  const left: LeftOut[] = [];
  let wrong: AppError | undefined;
  for (const [index, given] of [...to, ...bcc].entries()) {
    const mailbox = addressOf(given, `to[${index}]`);
    if (mailbox instanceof AppError) {
      wrong ??= mailbox;
      left.push({ address: given, reason: "address_invalid" });
      continue;
    }
    const key = normalize(mailbox.address);
    const address = `${mailbox.local}@${mailbox.domain}`;
    if (each.has(key)) left.push({ address, reason: "duplicate" });
    else each.set(key, { index, shown: Mailbox.format(mailbox), address, key, field: "to" });
  }
  if (wrong && each.size === 0) throw wrong;
  return { each: [...each.values()], left };
}

/** The mailbox, or what is wrong with its address; a line break in it is the whole request's fault. */
function addressOf(given: string, field: string): Mailbox.Mailbox | AppError {
  try {
    return parse(given, field);
  } catch (error) {
    if (error instanceof AppError && error.name === "invalid_parameter") return error;
    throw error;
  }
}

const noCopies = (field: "cc" | "bcc"): AppError =>
  new AppError(
    "invalid_parameter",
    `Mass mail has no \`${field}\`: name everybody in \`to\`, and each gets a mail of their own that shows nobody else.`,
    { details: { field } },
  );
