import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Item } from "../ports/store.ts";
import type { Head, Kind, Sender } from "./head.ts";
import { lifetimePrefix } from "./lifetime.ts";

const compress = promisify(gzip);
const expand = promisify(gunzip);

/** Compressed bodies up to this many bytes are an item, larger ones an object. */
const itemBytes = 100_000;

/** A file with a mail. */
export interface Attachment {
  readonly filename: string;
  /** Base64. */
  readonly content: string;
  readonly content_type?: string;
  readonly content_id?: string;
  readonly disposition?: "attachment" | "inline";
}

/** The body of an email: everything the message is made of, and what it is routed again by. Written once. */
export interface Body extends Sender {
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
  readonly subject: string;
  readonly html: string | null;
  readonly text: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly attachments: readonly Attachment[];
  readonly tags: readonly { name: string; value: string }[];
  /** The caller's own message, its octets as characters: it goes out in place of `html`, `text` and attachments. */
  readonly raw?: string;
  /** With its angle brackets. */
  readonly message_id: string;
  readonly date: string;
  /** What the caller asked for, for routing again (R-DOM-8). */
  readonly asked: Asked;
  /** What its header says beside, where it tells a follower of a message (R-NOT-4). */
  readonly notification?: {
    /** Message-Ids with angle brackets, oldest first. */
    readonly references: readonly string[];
    /** By which inbound knows its own notifications: the default domain (R-IN). */
    readonly loop: string;
  };
}

/** A body as it was read, with its end: epoch seconds. */
export type Stored = Body & { readonly expires_at: number };

/** What routing decides by, and how long it may wait. */
export interface Asked {
  readonly from: string | null;
  readonly kind: Kind;
  readonly company?: string;
  readonly server?: string;
  readonly creator?: string;
  readonly reply_to?: string[];
  /** The domains the caller's key was bound to. */
  readonly from_domains?: readonly string[];
  /** False where mass mail is not marketing (R-KIND-3). */
  readonly list_unsubscribe?: boolean;
  /** Seconds it is worth waiting for; absent = the default of its kind (R-FAIL-6). */
  readonly expires_in?: number;
  /** Its thread, as far as Reply-To goes by that (R-REW-4). */
  readonly thread?: { alias: string | null };
}

/** What the mails of one request have in common: who gets each, and its own Message-Id, are not in it (R-KIND-3). */
export function common(body: Body, id: string): Body {
  const message_id = body.message_id.startsWith(`<${id}@`)
    ? `<${body.message_id.slice(id.length + 1)}`
    : body.message_id;
  return { ...body, to: [], message_id };
}

/** The body of one of them. No Message-Id of a caller's begins with `<@`. */
export const individual = <B extends Body>(body: B, { id, shown_to }: Pick<Head, "id" | "shown_to">): B =>
  shown_to === undefined ? body : { ...body, to: [shown_to], message_id: body.message_id.replace(/^<@/, `<${id}@`) };

/** A body made ready to be stored. */
export interface Packed {
  readonly bytes: Uint8Array;
  /** Epoch seconds: read no more after this, and deleted. */
  readonly expires_at: number;
  /** The object's key, where it is too large for an item. */
  readonly blob?: string;
}

/**
 * Compresses a body and says where it belongs.
 * @param now ms
 * @param expiresAt epoch seconds: the latest possible sending and the retention.
 */
export async function pack(db: string, id: string, body: Body, now: number, expires_at: number): Promise<Packed> {
  const bytes = await zip(body, expires_at);
  if (bytes.length <= itemBytes) return { bytes, expires_at };
  return { bytes, expires_at, blob: `${lifetimePrefix(expires_at - now / 1000)}/${db}/${id}` };
}

/** A body compressed, with its end in epoch seconds. */
export const zip = (body: Body, expires_at: number): Promise<Uint8Array> =>
  compress(JSON.stringify({ ...body, expires_at }));

/**
 * Writes a body. It comes before the commit, so its own end is written with it: a crash in between leaves a body
 * that expires by itself.
 */
export async function write(
  { store, blobs }: Pick<Ports, "store" | "blobs">,
  db: string,
  id: string,
  { bytes, expires_at, blob }: Packed,
): Promise<void> {
  if (blob !== undefined) return blobs.put(blob, bytes);
  await store.write({ put: { ...keys.emailBody(db, id), data: bytes, expires_at } });
}

/**
 * Reads the body of an email.
 * @param item the body item, where it was read already.
 * @returns undefined when its retention is over, also while it waits to be deleted.
 */
export async function read(
  { store, blobs, clock }: Pick<Ports, "store" | "blobs" | "clock">,
  head: Pick<Head, "database" | "id" | "blob" | "blob_range" | "rerouted" | "scheduled_at" | "shown_to">,
  item?: Item,
): Promise<Stored | undefined> {
  const bytes =
    head.blob === undefined
      ? ((item ?? (await store.get(keys.emailBody(head.database, head.id), { consistent: true })))?.["data"] as
          | Uint8Array
          | undefined)
      : await blobs.get(head.blob, head.blob_range);
  // Blanked in the object of a batch, where its address was erased
  if (!bytes || bytes[0] === 0) return undefined;
  const body = JSON.parse((await expand(bytes)).toString("utf8")) as Stored;
  if (body.expires_at * 1000 <= clock.now()) return undefined;
  // A scheduled mail is of the time it was scheduled for, however often that has changed
  const dated = head.scheduled_at !== undefined && { date: head.scheduled_at };
  return { ...individual(body, head), ...head.rerouted, ...dated };
}
