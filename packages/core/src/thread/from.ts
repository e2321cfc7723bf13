import * as Address from "../address/address.ts";
import * as Mailbox from "../address/mailbox.ts";
import { asked } from "../email/compose.ts";
import { AppError } from "../error.ts";
import { decide } from "../routing/decide.ts";
import type { Prepared } from "../routing/prepare.ts";
import type { Decision } from "../routing/schema.ts";
import type { Author, MessageRecord, ThreadRecord } from "./record.ts";

/** Longest name, in characters, of one that is too long for a field. */
const longestName = 100;

/**
 * The author's mailbox, with their name as far as a field takes it; of one that no mail could come from, nothing: then it
 * is the company's (R-REW-2).
 */
export function fromOf({ name, address }: Author): string | undefined {
  const short = name === null ? null : name.slice(0, longestName).toWellFormed();
  const written = [name, short, null].map((each) => Mailbox.exact({ name: each, address }));
  return written.find((text) => passes(() => Mailbox.parse(text, "from")));
}

/**
 * What a notification has as its From. From is easily forged: where nothing proves that the author has written a mail, and
 * routing would send it as them, their name goes out with the notification address, as where From is overridden (R-REW-1).
 * @throws AppError as routing does
 */
export function fromFor(
  prepared: Prepared,
  thread: Pick<ThreadRecord, "company">,
  { author, author_verified }: Pick<MessageRecord, "author" | "author_verified">,
): string | undefined {
  const from = fromOf(author);
  if (from === undefined || author_verified) return from;
  const { from_address } = route(prepared, thread, { from });
  const address = Address.normalize(author.address);
  if (Address.normalize(from_address) !== address) return from;
  const name = author.name ?? Address.unquote(address.slice(0, address.lastIndexOf("@")));
  return fromOf({ name, address: route(prepared, thread, {}).from_address });
}

/** How a mail of the thread goes out. @throws AppError as routing does */
export function route(
  prepared: Prepared,
  { company }: Pick<ThreadRecord, "company">,
  { from }: { readonly from?: string },
): Decision {
  // A company may be gone by now, and the thread still say it
  const known = company !== null && prepared.companies.has(company) ? { company } : {};
  const mail = { to: [], cc: [], bcc: [], reply_to: [], subject: "", headers: {}, attachments: [], tags: [] };
  const request = { ...mail, kind: "transactional" as const, ...known, ...(from !== undefined && { from }) };
  return decide(prepared, asked(request));
}

/** Whether a check finds nothing wrong. */
export function passes(check: () => unknown): boolean {
  try {
    check();
    return true;
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
}
