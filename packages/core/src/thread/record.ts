import type { Id } from "../id.ts";

/** Which record of the application a thread is of. */
export interface RecordRef {
  /** E.g. `helpdesk.ticket`. */
  readonly model: string;
  readonly record_id: string;
}

/** A conversation on a record, as stored. */
export interface ThreadRecord extends RecordRef {
  readonly id: Id<"thread">;
  readonly database: Id<"database">;
  /** For people, e.g. `Ticket 7`; null = none given. */
  readonly name: string | null;
  /** A company's id; null = the database's first. */
  readonly company: Id<"company"> | null;
  /** The routing alias that answers come back to, an address; null = the catchall (R-REW-4). */
  readonly alias: string | null;
  /** Its record is not known yet: a mail to a routing alias made it, and `record_id` is the id of that received mail. */
  readonly is_new?: boolean;
  /** The record id it had before the application said which record it is of; it is found by that for 400 days more. */
  readonly former_record_id?: string;
  /** How many followers it has. */
  readonly followers: number;
  readonly created_at: string;
}

/** Somebody who is told about a thread (R-NOT-1). */
export interface FollowerRecord {
  /** Normalised. */
  readonly address: string;
  readonly name: string | null;
  /** Whether it is a user of the application; a person with an entry in `/v1/users` is one whatever stands here. */
  readonly user: boolean;
  /** Overrides the user's own preference; null = that. Who is no user gets email only. */
  readonly notify: "email" | "inbox" | null;
  /** Subscribed subtypes; never empty. */
  readonly subtypes: readonly string[];
  readonly created_at: string;
}

/** What a follower subscribes to who says nothing (R-NOT-1). */
export const usualSubtypes: readonly string[] = ["comment"];
/** The subtype of internal notes, which never go to customers (R-NOT-2). */
export const note = "note";

/** Who wrote a message. */
export interface Author {
  readonly name: string | null;
  readonly address: string;
}

/** A file of a message as lists show it; its content lies with the message's. */
export interface FileRecord {
  readonly filename: string;
  readonly content_type: string;
  /** Octets. */
  readonly size: number;
  readonly content_id: string | null;
}

/** An entry of a thread, as stored; written once, but for what became of telling it. */
export interface MessageRecord {
  readonly id: Id<"message">;
  readonly thread: Id<"thread">;
  readonly author: Author;
  /** False = the mail it came in by says so, and nothing proves it. */
  readonly author_verified: boolean;
  readonly subject: string | null;
  readonly subtype: string;
  /** With its angle brackets. */
  readonly message_id: string;
  /** The mail that it came in by; null = it was posted. */
  readonly received: Id<"received"> | null;
  readonly files: readonly FileRecord[];
  /** What it says, in one line of at most 200 characters: lists show it. */
  readonly excerpt: string;
  /** Key of the object of its texts, where they are no attribute of the item. */
  readonly blob?: string;
  /** Key of the object of its files. */
  readonly files_blob?: string;
  readonly created_at: string;
  /** Epoch seconds. */
  readonly expires_at: number;
}

/** How long messages, and what answers to them are found by, are kept, in days: as long as old addresses (R-DOM-7). */
export const keptDays = 400;
