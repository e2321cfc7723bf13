/** What somebody outside tells of one recipient of an email: SES by an event, or another mail server by a report. */
export interface Change {
  /** As the teller has it; null = of the only recipient. */
  readonly address: string | null;
  readonly kind:
    | "sent"
    | "delivered"
    | "delivery_delayed"
    | "bounced"
    | "soft_bounced"
    | "complained"
    | "failed"
    /** A report says that it was delivered, relayed or expanded: an entry of the timeline, no state (R-FAIL-4). */
    | "reported"
    /** An answer came back by itself, as of somebody out of the office: an entry of the timeline. */
    | "auto_replied"
    | "opened"
    | "clicked";
  /** The remote server's own words. */
  readonly reply?: string;
  /** RFC 3463, `5.1.1`. */
  readonly status?: string;
  /** The remote server that said so, as a report names it. */
  readonly remote_mta?: string;
  /** Of a complaint: all who may have made it, where that is not known; then `address` is null. */
  readonly among?: readonly string[];
  /** SES says itself that the address is not to be mailed again (`bounceType` Permanent). */
  readonly permanent?: boolean;
  /** SES's `bounceType` and `bounceSubType`, or the kind of complaint. */
  readonly type?: string;
  readonly sub_type?: string;
  /** Of an open or a click. */
  readonly link?: string;
  readonly user_agent?: string;
  readonly ip?: string;
  /** When it happened, ISO 8601 UTC. */
  readonly at: string;
  /** The same for the same thing told again. */
  readonly dedupe: string;
}
