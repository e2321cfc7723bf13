import type { Id } from "../id.ts";
import type { ImapEndpoint, ImapProblem } from "../ports/imap.ts";
import type { Item } from "../ports/store.ts";
import type { Reached } from "../server/binding.ts";
import type { ServerSecrets } from "../server/record.ts";

/** What becomes of a mail in its mailbox once it was taken in. */
export type After = "keep" | "seen" | "delete";

/** What somebody has chosen of an incoming server (R-IN-8). */
export interface Chosen extends Omit<ImapEndpoint, "password" | "access_token"> {
  readonly name: string;
  /** Whose the mailbox is: the recipient of a mail whose header names no address of the database. */
  readonly address: string;
  readonly after: After;
  readonly active: boolean;
  /** Minutes from one look to the next. */
  readonly poll_minutes: number;
  /** The names of the secrets that are set; their values are in `keys.secret`. */
  readonly secrets_set: readonly (keyof ServerSecrets)[];
}

/** A failure to fetch mail. */
export interface PollError {
  readonly class: ImapProblem | "internal";
  /** The server's own words. */
  readonly reply: string;
  /** ISO 8601 UTC. */
  readonly at: string;
}

/** A mail that was passed over, and is in its mailbox still. */
export interface Skipped {
  readonly uid: number;
  /** Larger than 40 MB; or ten polls in a row have ended at it. */
  readonly reason: "too_large" | "unreadable";
  /** ISO 8601 UTC. */
  readonly at: string;
}

/** How far a mailbox has been read. */
export interface Place {
  /** What the UIDs belong to; null = it was never opened. */
  readonly uid_validity: string | null;
  /** All up to this one are done. */
  readonly last_uid: number;
  /** Mails below were there at the first look: of these only unread ones are fetched; null = none of them is left. */
  readonly unseen_below: number | null;
}

/** What polling has noted. */
export interface State extends Place {
  /** ISO 8601 UTC, each null = never. */
  readonly last_polled_at: string | null;
  readonly last_mail_at: string | null;
  readonly last_error: PollError | null;
  readonly last_skipped: Skipped | null;
  /** Since when every poll has failed. */
  readonly failing_since: string | null;
  /** Polls that failed in a row. */
  readonly failures: number;
  /** Polls that have begun since the last mail was done, and ended at one or not at all. */
  readonly begun: number;
}

/** An incoming server as stored. Its secrets are an item of their own, sealed; so is its lease no part of it. */
export interface IncomingRecord extends Chosen, State {
  readonly id: Id<"incoming_server">;
  readonly database: Id<"database">;
  readonly created_at: string;
  /** Raised by each change of what is chosen. */
  readonly rev: number;
  /** When it is looked at next, ISO 8601 UTC; null while it rests. */
  readonly next_poll_at: string | null;
}

/** A mailbox that nothing is known of. */
export const unread: Place = { uid_validity: null, last_uid: 0, unseen_below: null };

/** Nothing has been noted yet. */
export const fresh: State = {
  ...unread,
  last_polled_at: null,
  last_mail_at: null,
  last_error: null,
  last_skipped: null,
  failing_since: null,
  failures: 0,
  begun: 0,
};

const own = new Set(["pk", "sk", "due_pk", "due_sk", "due_n", "lease", "lease_until"]);

/** The record in an item, without the attributes of keys, index and lease. */
export function fromItem(item: Item): IncomingRecord {
  const record = Object.fromEntries(Object.entries(item).filter(([name]) => !own.has(name)));
  const due = item["due_sk"];
  const next_poll_at = typeof due === "string" ? due.slice(0, due.indexOf("#")) : null;
  return { ...record, next_poll_at } as unknown as IncomingRecord;
}

/** What its secrets are kept for (G6). */
export const reached = ({
  id,
  host,
  port,
  encryption,
  authentication,
  username,
  secrets_set,
}: Chosen & Pick<IncomingRecord, "id">): Reached => ({
  id,
  host,
  port,
  encryption,
  authentication,
  username,
  secrets_set,
  owner: null,
});
