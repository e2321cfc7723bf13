import type { HandOver } from "./mailer.ts";

/** A report of SES's to the sender of a mail that it has received (RFC 3464). */
export interface Bounce {
  /** SES's own id of that mail, which is at most a day old. */
  readonly message_id: string;
  /** Who the report is from: an address that the platform may use. */
  readonly from: string;
  /** Who did not get the mail: one of its recipients. */
  readonly recipient: string;
  readonly reason: "DoesNotExist" | "ContentRejected" | "Undefined";
  /** Enhanced status code (RFC 3463), `5.1.1`. */
  readonly status: string;
  /** For people. */
  readonly explanation: string;
  /** What is said of the mail beside, in the part for machines. */
  readonly fields: Readonly<Record<string, string>>;
}

/** The port that has SES refuse a mail after it has come in. SES sends its report to the reverse-path, and nowhere else. */
export interface Bouncer {
  /** One call, never repeated by itself. Never throws. */
  bounce(bounce: Bounce): Promise<HandOver>;
}
