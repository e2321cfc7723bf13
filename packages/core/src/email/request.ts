import type { Id } from "../id.ts";
import type { RecordRef } from "../thread/record.ts";
import type { Attachment } from "./body.ts";
import type { FailureType, Kind } from "./head.ts";

/** A mail to be sent, as the API takes it (snake_case, lists always lists). */
export interface SendRequest {
  /** One mailbox; absent = the notification address (R-REW-2). */
  readonly from?: string;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
  readonly reply_to: readonly string[];
  readonly subject: string;
  readonly html?: string;
  readonly text?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly attachments: readonly Attachment[];
  readonly tags: readonly { name: string; value: string }[];
  readonly kind: Kind;
  /** A company's id (R-DOM-8); absent = the database's first. */
  readonly company?: string;
  /** A server's id that is forced (R-SEL-8). */
  readonly server?: string;
  /** The address of the user who made it (R-PERS-2). */
  readonly creator?: string;
  /** The caller's own Message-Id (R-REW-5). */
  readonly message_id?: string;
  /** Seconds until waiting ends in failure (R-FAIL-6). */
  readonly expires_in?: number;
  /** When it is to be sent, as `Schedule.read` takes it; absent = at once. */
  readonly scheduled_at?: string;
  /** The caller's own message; what else is said of the mail was read from it. */
  readonly raw?: RawMessage;
  /** Mass mail that is not marketing says `false` (R-KIND-3). */
  readonly list_unsubscribe?: boolean;
  /** The domains the caller's key is bound to; absent = none. */
  readonly from_domains?: readonly string[];
  /** The record whose thread answers to it become messages of (R-IN-1); the thread is made where there is none. */
  readonly thread?: RecordRef;
  /** It tells a follower of a message; no caller of the API can say so. */
  readonly notification?: Notification;
}

/** What makes an email the notification of a message (R-NOT-3, R-NOT-4). It is in place of `thread`. */
export interface Notification {
  readonly thread: Id<"thread">;
  /** What an answer to it belongs to: it has a `ReplyRef` of its own. */
  readonly message: Id<"message">;
  /** The address of the thread's routing alias; null = the catchall (R-REW-4). */
  readonly alias: string | null;
  /** Message-Ids with angle brackets, oldest first: of the messages answered, and `<msg_…@…>` of the message last. */
  readonly references: readonly string[];
}

/** A message that a caller made, checked and ready to go out but for the fields that the rules change. */
export interface RawMessage {
  /** Its octets, each a character of U+0000 to U+00FF: lines end with CRLF, and no field is folded wrongly. */
  readonly mime: string;
}

/** A recipient that a mail does not go to, and why (R-FAIL-2, R-FAIL-5). */
export interface LeftOut {
  readonly address: string;
  readonly reason: Extract<FailureType, "suppressed" | "opted_out" | "duplicate" | "address_invalid">;
}

/** How an accepted mail is answered. */
export interface Accepted {
  readonly id: string;
  readonly message_id: string;
  readonly warnings: readonly { readonly name: string; readonly message: string }[];
  /** Recipients that were left out. */
  readonly suppressed: readonly LeftOut[];
  /** The emails that were made, one for each recipient of a mass mail to several (R-KIND-3). */
  readonly ids?: readonly string[];
}
