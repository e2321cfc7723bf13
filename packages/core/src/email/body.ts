import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Item } from "../ports/store.ts";
import type { Head, Kind, Sender } from "./head.ts";

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
  /** With its angle brackets. */
  readonly message_id: string;
  readonly date: string;
  /** What the caller asked for, for routing again (R-DOM-8). */
  readonly asked: Asked;
}

/** What routing decides by. */
export interface Asked {
  readonly from: string | null;
  readonly kind: Kind;
  readonly company?: string;
  readonly server?: string;
  readonly creator?: string;
  readonly reply_to?: string[];
}

/** A body made ready to be stored. */
export interface Packed {
  readonly kind: Head["body"];
  readonly bytes: Uint8Array;
}

/** Compresses a body and says where it belongs. */
export async function pack(body: Body): Promise<Packed> {
  const bytes = await compress(JSON.stringify(body));
  return { kind: bytes.length <= itemBytes ? "item" : "blob", bytes };
}

/**
 * Writes a body. It comes before the commit, so its own end is written with it: a crash in between leaves a body
 * that expires by itself.
 * @param expiresAt epoch seconds: the latest possible sending and the retention.
 */
export async function write(
  { store, blobs }: Pick<Ports, "store" | "blobs">,
  db: string,
  id: string,
  { kind, bytes }: Packed,
  expiresAt: number,
): Promise<void> {
  if (kind === "blob") return blobs.put(blobKey(db, id), bytes);
  await store.write({ put: { ...keys.emailBody(db, id), data: bytes, expires_at: expiresAt } });
}

/**
 * Reads the body an item or object holds.
 * @param item the body item, where it was read already.
 * @returns undefined when its retention is over.
 */
export async function read(
  { store, blobs }: Pick<Ports, "store" | "blobs">,
  head: Pick<Head, "database" | "id" | "body" | "rerouted">,
  item?: Item,
): Promise<Body | undefined> {
  const { database, id } = head;
  const bytes =
    head.body === "blob"
      ? await blobs.get(blobKey(database, id))
      : ((item ?? (await store.get(keys.emailBody(database, id), { consistent: true })))?.["data"] as
          | Uint8Array
          | undefined);
  if (!bytes) return undefined;
  return { ...(JSON.parse((await expand(bytes)).toString("utf8")) as Body), ...head.rerouted };
}

const blobKey = (db: string, id: string) => `${db}/${id}`;
