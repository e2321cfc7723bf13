import * as Word from "../address/word.ts";
import * as Address from "./address.ts";
import * as Complaint from "./complaint.ts";
import * as Delivery from "./delivery.ts";
import * as Mail from "./mail.ts";
import * as Original from "./original.ts";
import type { Report } from "./report.ts";
import * as Sender from "./sender.ts";
import * as Text from "./text.ts";

/** How deep a report may lie within messages that forward it. */
const deepest = 4;
/** Read receipts (RFC 8098, RFC 6533 §6.2) are no bounce (R-FAIL-4). */
const receipts = ["message/disposition-notification", "message/global-disposition-notification"];

/**
 * Reads a mail that came in as a delivery report (RFC 3464, and the text bounces of servers that know no such form) or
 * a complaint (ARF, RFC 5965). Takes any octets: what cannot be read is no report.
 * @returns null for all other mail, read receipts and answers in somebody's absence among it.
 */
export function read(raw: Uint8Array): Report | null {
  const mail = Mail.open(raw);
  // A person may attach a report to ask what it means
  if (!Sender.isAutomatic(mail) || isReceipt(mail)) return null;
  return structured(mail, 0) ?? bounce(mail);
}

const has = (mail: Mail.Mail, types: readonly string[]): boolean => mail.parts.some(({ type }) => types.includes(type));
const isReceipt = (mail: Mail.Mail): boolean => has(mail, receipts);

const structured = (mail: Mail.Mail, depth: number): Report | null =>
  complaint(mail) ?? delivery(mail) ?? forwarded(mail, depth);

function complaint(mail: Mail.Mail): Report | null {
  const part = mail.parts.find(({ type }) => type === Complaint.type);
  const parsed = part && Complaint.parse(part.content);
  return parsed ? { kind: "complaint", ...Original.find(mail), ...parsed, ...dated(mail) } : null;
}

function delivery(mail: Mail.Mail): Report | null {
  const part = mail.parts.find(({ type }) => Delivery.types.includes(type));
  const parsed = part && Delivery.parse(part.content);
  return parsed ? { kind: "delivery", ...Original.find(mail), ...parsed, ...dated(mail) } : null;
}

/** The report lies in a message that a list server or a mailbox has sent on. */
function forwarded(mail: Mail.Mail, depth: number): Report | null {
  if (depth >= deepest) return null;
  for (const { type, content } of mail.parts) {
    const inner = type === "message/rfc822" ? Mail.open(content) : null;
    const report = inner && !isReceipt(inner) ? structured(inner, depth + 1) : null;
    if (report) return report;
  }
  return null;
}

function bounce(mail: Mail.Mail): Report | null {
  const subject = Word.decode(mail.field("subject").slice(0, 1_000));
  if (!Sender.isNamed(mail) || Sender.isAway(mail, subject) || has(mail, [Complaint.type])) return null;
  const failed = mail.field("x-failed-recipients").slice(0, 10_000).split(",").map(Address.parse);
  const told = Text.parse(
    mail.text,
    failed.filter((address) => address !== null),
  );
  return told && { kind: "delivery", recipients: told.recipients, ...Original.find(mail, told.quoted), ...dated(mail) };
}

function dated(mail: Mail.Mail): Pick<Report, "date"> {
  const at = Date.parse(mail.field("date").slice(0, 100));
  return Number.isNaN(at) || at < 0 ? {} : { date: new Date(at).toISOString() };
}
