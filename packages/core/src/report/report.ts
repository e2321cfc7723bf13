/** What another mail server says has become of a recipient (RFC 3464 §2.3.3). */
export type Action = "failed" | "delayed" | "delivered" | "relayed" | "expanded";

/** One recipient that a report speaks of. */
export interface ReportRecipient {
  /** Null where the report names none that could be one. */
  readonly address: string | null;
  /** Whether it is the address the mail was sent to, as the report has it; else it is that of the last hop. */
  readonly original: boolean;
  /** Null in a complaint. */
  readonly action: Action | null;
  /** RFC 3463, `5.1.1`; null where nothing tells. */
  readonly status: string | null;
  /** The remote server's own words, at most {@link longestReply} characters. */
  readonly diagnostic: string | null;
  /** The server that said so, where the report names it. */
  readonly remote_mta: string | null;
}

/** What a mail that came in tells of one that went out: an assertion by whoever wrote it, until it is proved. */
export interface Report {
  readonly kind: "delivery" | "complaint";
  /** In a complaint that names nobody, one whose address is null. */
  readonly recipients: readonly ReportRecipient[];
  /** Message-Ids of the mail it speaks of, with their angle brackets, surest first. */
  readonly message_ids: readonly string[];
  /** Envelope sender of the mail it speaks of. */
  readonly mail_from?: string;
  /** RFC 5965 §7.3; only in a complaint. */
  readonly feedback_type?: FeedbackType;
  /** The Date of the report, ISO 8601 UTC. */
  readonly date?: string;
}

/** What is a complaint; `not-spam` and `auth-failure` (RFC 6591) are none (R-FAIL-4). */
export type FeedbackType = "abuse" | "fraud" | "virus" | "other";

/** Longest text of another server that is kept, in characters. */
const longestReply = 500;

/** Text of another server as it is kept: one line without control characters; null where nothing is left. */
export function words(text: string): string | null {
  const plain = text
    .slice(0, 8 * longestReply)
    .replace(/[\p{Cc}\s]+/gu, " ")
    .trim();
  const kept = plain.length <= longestReply ? plain : `${plain.slice(0, longestReply - 1)}…`;
  return kept === "" ? null : kept.toWellFormed();
}
