import * as Header from "../inbound/header.ts";
import * as Comment from "../mime/read/comment.ts";
import * as Address from "./address.ts";
import type { FeedbackType, Report, ReportRecipient } from "./report.ts";

/** Media type of the machine's part (RFC 5965 §3). */
export const type = "message/feedback-report";

const complaints: readonly string[] = ["abuse", "fraud", "virus", "other"] satisfies FeedbackType[];

const wanted = new Set(["feedback-type", "original-rcpt-to", "original-mail-from"]);
/** More than a mail of ours can have, twice. */
const mostRecipients = 100;

/**
 * Reads the machine's part of a feedback report (ARF, RFC 5965 §3).
 * @returns null where it is no complaint: `not-spam` (§7.3), `auth-failure` (RFC 6591), types nobody has registered.
 */
export function parse(
  content: Buffer,
): (Pick<Report, "recipients" | "mail_from"> & { feedback_type: FeedbackType }) | null {
  const fields = Header.fields(content, wanted);
  const feedback_type = Comment.remove(Header.first(fields, "feedback-type") ?? "")
    .trim()
    .toLowerCase();
  if (!complaints.includes(feedback_type)) return null;
  const named = fields.filter(({ name }) => name === "original-rcpt-to").map(({ value }) => Address.parse(value));
  const mail_from = Address.parse(Header.first(fields, "original-mail-from"));
  // Many leave the address out to protect who complained
  const all = named.some((address) => address !== null) ? named.filter((address) => address !== null) : [null];
  return {
    feedback_type: feedback_type as FeedbackType,
    recipients: all.slice(0, mostRecipients).map(complainant),
    ...(mail_from !== null && { mail_from }),
  };
}

const complainant = (address: string | null): ReportRecipient => ({
  address,
  original: address !== null,
  action: null,
  status: null,
  diagnostic: null,
  remote_mta: null,
});
