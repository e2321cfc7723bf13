import { normalize } from "../address/address.ts";
import * as Mailbox from "../address/mailbox.ts";
import { AppError } from "../error.ts";
import type { Field } from "./head.ts";
import type { SendRequest } from "./request.ts";

/** Recipients of one email at most, To+Cc+Bcc: what SES takes in one call. */
export const maximum = 50;

/** One that is to get the mail. */
export interface Addressee {
  /** As written, the envelope's RCPT TO: the case of a local part is its server's business (RFC 5321 §2.4). */
  readonly address: string;
  /** Normalised: what makes two the same, and what lists are searched by. */
  readonly key: string;
  readonly field: Field;
}

/** Who gets a mail, and how the fields show them. */
export interface Addressees {
  /** Distinct addresses: the first field that names one has it. */
  readonly all: readonly Addressee[];
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
}

/**
 * Reads To, Cc and Bcc: each entry one mailbox, each address once.
 * @throws AppError missing_required_field without `to`, invalid_parameter for an address that is none, for more than
 *   50, and for mass mail to several (R-KIND-3); invalid_header for a line break (R-REW-6).
 */
export function read(request: Pick<SendRequest, "to" | "cc" | "bcc" | "kind" | "raw">): Addressees {
  const fields = { to: request.to, cc: request.cc, bcc: request.bcc };
  // The fields of a message of the caller's own may show other addresses than its recipients, or none
  const needed = request.raw ? [...fields.to, ...fields.cc, ...fields.bcc] : fields.to;
  if (needed.length === 0) throw new AppError("missing_required_field", "`to` is missing: give at least one address.");
  const all = new Map<string, Addressee>();
  const shown: Record<Field, string[]> = { to: [], cc: [], bcc: [] };
  for (const field of ["to", "cc", "bcc"] as const) {
    fields[field].forEach((value, n) => {
      const mailbox = parse(value, `${field}[${n}]`);
      shown[field].push(Mailbox.format(mailbox));
      const key = normalize(mailbox.address);
      if (!all.has(key)) all.set(key, { address: `${mailbox.local}@${mailbox.domain}`, key, field });
    });
  }
  const count = all.size;
  if (count > maximum)
    throw new AppError("invalid_parameter", `A mail has at most ${maximum} recipients; this one has ${count}.`);
  if (request.kind === "mass" && request.to.length + request.cc.length + request.bcc.length > 1)
    throw new AppError(
      "invalid_parameter",
      "Mass mail has one `to` here, no cc and no bcc: give each recipient an entry, or name them all in `to` of POST /v1/emails.",
    );
  return { all: [...all.values()], ...shown };
}

/** A mailbox of a list; an address that is none is the caller's parameter gone wrong. */
export function parse(value: string, field: string): Mailbox.Mailbox {
  try {
    return Mailbox.parse(value, field);
  } catch (error) {
    if (!(error instanceof AppError) || error.name !== "validation_error") throw error;
    throw new AppError("invalid_parameter", error.message, { cause: error, details: { field } });
  }
}
