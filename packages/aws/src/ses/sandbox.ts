import { sandboxReply } from "@posthouse/core/dispatch/sandbox";
import type { HandOver, SesMessage } from "@posthouse/core/ports/mailer";

/**
 * Whether SES refused a mail because the account is in its sandbox: of the identities it names as not verified each is a
 * recipient. Then nothing is wrong with the mail, and nothing with the sender: it waits for production access.
 * @returns undefined where it was refused for anything else.
 */
export function sandboxed(
  error: unknown,
  message: Pick<SesMessage, "from_address" | "recipients">,
): HandOver | undefined {
  if (!(error instanceof Error) || error.name !== "MessageRejected") return undefined;
  const [, names] = /not verified\b.*:\s*([^:]+)$/is.exec(error.message) ?? [];
  if (names === undefined) return undefined;
  const recipients = new Set(message.recipients.map((address) => address.toLowerCase()));
  const from = message.from_address.toLowerCase();
  const all = addresses(names.toLowerCase());
  return all.length > 0 && all.every((name) => recipients.has(name) && name !== from)
    ? { outcome: "refused", reply: sandboxReply, failure: "provider", retry: true, hourly: true }
    : undefined;
}

/** The bare addresses of a list that may have names too; a comma in quotes divides nothing. */
const addresses = (list: string): string[] =>
  (list.match(/(?:"(?:[^"\\]|\\.)*"|[^",])+/g) ?? []).map((name) => (/<([^<>]*)>\s*$/.exec(name)?.[1] ?? name).trim());
