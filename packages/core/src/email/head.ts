import type { Id } from "../id.ts";
import type { LineName } from "../line/name.ts";
import type { Item } from "../ports/store.ts";
import type { Rule } from "../routing/schema.ts";

/** The state of a recipient (R-FAIL-1). */
export type State =
  | "queued"
  | "held"
  | "scheduled"
  | "sending"
  | "deferred"
  | "sent"
  | "delivered"
  | "bounced"
  | "complained"
  | "failed"
  | "canceled"
  | "suppressed";

/** Why a recipient failed (R-FAIL-2). */
export type FailureType =
  | "from_missing"
  | "from_invalid"
  | "address_missing"
  | "address_invalid"
  | "suppressed"
  | "opted_out"
  | "duplicate"
  | "daily_limit"
  | "email_too_large"
  | "smtp_temporary"
  | "smtp_permanent"
  | "auth"
  | "tls"
  | "connection"
  | "bounce"
  | "complaint"
  | "provider"
  | "unknown";

export type Kind = "transactional" | "mass";

/** How hard a bounce was: `dead` suppresses its address at once (R-FAIL-5). */
export type Bounced = "soft" | "hard" | "dead";

/** What was told of a recipient after its hand-over. Its state follows from it, in whatever order it was told. */
export interface Feedback {
  readonly delivered_at?: string;
  /** The remote server's own words when it took the mail. */
  readonly delivered_reply?: string;
  readonly bounced?: Bounced;
  readonly complained?: true;
  /** SES took it, and then would not send it. */
  readonly rejected?: true;
  /** The remote server's own words when it bounced, or was complained of. */
  readonly end_reply?: string;
}

/**
 * The head of an email: what changes, and what lists show. At most 1 KB, since every change of state costs by its
 * size. `state` is that of every recipient that has none of its own (`Recipient.state`).
 */
export interface Head extends Feedback {
  readonly v: 1;
  readonly database: Id<"database">;
  readonly id: Id<"email">;
  readonly kind: Kind;
  readonly state: State;
  readonly failure_type?: FailureType;
  /** The server's own words at the last try. */
  readonly reply?: string;
  /** As the recipient sees it, shortened where very long; the body has it whole. */
  readonly from: string;
  readonly subject: string;
  /** The only recipient, where there is one; more are `Recipient` items. */
  readonly to?: string;
  readonly field?: Field;
  /** To as the message shows it, where the body is that of all mails of one request (R-KIND-3). */
  readonly shown_to?: string;
  /** How many recipients there are, those left out included. */
  readonly recipients: number;
  readonly server: Id<"server"> | null;
  readonly over: "platform" | "smtp";
  readonly rule: Rule;
  /** The key of the body's object, where it is no item. */
  readonly blob?: string;
  /** Where in that object, first and last byte: a batch has one object for all its bodies. */
  readonly blob_range?: readonly [number, number];
  readonly created_at: string;
  /** When waiting ends in failure (R-FAIL-6). */
  readonly give_up_at: string;
  /** Not to be sent before. */
  readonly not_before: string;
  /** Raised by each change of state: a change names the revision it saw. */
  readonly rev: number;
  /** Opened by accept, and by each retry on request. */
  readonly attempt: number;
  /** When its attempt was opened; absent of the first. */
  readonly opened_at?: string;
  /** Claims so far. */
  readonly try: number;
  /** Whose claim it is, at random. */
  readonly claim?: string;
  readonly claimed_at?: string;
  /** Until when the claim holds. */
  readonly lease_until?: string;
  /** The answer to the last hand-over was lost. */
  readonly unknown?: boolean;
  /** Some hand-over of this attempt may have been accepted, though no event said so in time. */
  readonly maybe_sent?: boolean;
  readonly sent_at?: string;
  /** Complaints of which it is not known who of several recipients made them: the numbers of those who may have. */
  readonly complaints?: readonly (readonly number[])[];
  /** The last try went to the one address that all mail of its database was redirected to. */
  readonly redirected?: boolean;
  /** The database keeps its mail to be looked at: it was sent to nobody. */
  readonly captured?: boolean;
  readonly provider_id?: string;
  /** Its only recipient was erased: nothing is written of it any more that might name them. */
  readonly erased?: boolean;
  /** The counting day and number of recipients that the daily limit was charged with (R-LIM-3). */
  readonly charged_day?: string;
  readonly charged_n?: number;
  readonly due_pk?: string;
  readonly due_sk?: string;
  /** When its caller wants it sent; it is `scheduled` until then. */
  readonly scheduled_at?: string;
  /** Seconds it may wait for a try: counted anew when it is released, due, or tried again on request (R-LIM-4). */
  readonly life?: number;
  /** Seconds that were left of its time when it joined the line of its server: they go on when it is released. */
  readonly life_left?: number;
  /** The line it waits in: for the platform's daily limit (`held`), or for a limit of a server's own (`deferred`). */
  readonly line?: LineName;
  /** The line of its server has let it through, and it was not tried since: it passes those who wait. */
  readonly admitted?: boolean;
  /** Its server is left alone after repeated failures, and its timeline says so. */
  readonly stopped?: boolean;
  /** How often the tick has taken it up since it was last due. */
  readonly due_n?: number;
  readonly mark_pk?: string;
  readonly mark_sk?: string;
  /** Its mark says that it was forced to a server, and it is in the red envelope all the same: its mark once it has ended. */
  readonly attention?: boolean;
  /** Epoch seconds: when the head and all that belongs to it is deleted. */
  readonly expires_at: number;
  /** How long entries of its timeline are kept, in days; absent = as long as the head. */
  readonly events_days?: number;
  /** The thread that answers to it belong to (R-IN-1). */
  readonly thread?: Id<"thread">;
  /** The message that it tells a follower of. */
  readonly message?: Id<"message">;
  /** What replaced the body's sender when the mail was routed again (R-DOM-8). */
  readonly rerouted?: Partial<Sender>;
}

/** As whom a mail goes out. */
export interface Sender {
  readonly from: string;
  readonly from_address: string;
  readonly envelope_from: string;
  /** Whether the bounce token goes into the envelope (R-REW-3). */
  readonly envelope_token: boolean;
  readonly reply_to: readonly string[];
  /** Whether the reply token goes into the Reply-To (R-REW-4); absent = no. */
  readonly reply_token?: boolean;
}

/** Where a recipient stands in the message. */
export type Field = "to" | "cc" | "bcc";

/** What stands in the place of an address that was erased on request. */
export const erased = "erased";

/** A recipient of an email with several. */
export interface Recipient extends Feedback {
  readonly n: number;
  readonly address: string;
  readonly field: Field;
  /** Its own state; absent = the head's. */
  readonly state?: State;
  readonly failure_type?: FailureType;
  readonly reply?: string;
  /** The attempt its own state is of; absent = the head's. */
  readonly attempt?: number;
}

/** The head in an item. */
export const fromItem = (item: Item): Head => item as unknown as Head;

/** States in which mail waits for a try. */
export const waiting: readonly State[] = ["queued", "deferred", "held", "scheduled"];
