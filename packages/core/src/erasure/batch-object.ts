import type { Entry, Manifest } from "../batch/manifest.ts";
import { isBusy } from "../configuration/commit.ts";
import * as Body from "../email/body.ts";
import { fromItem } from "../email/head.ts";
import * as keys from "../keys.ts";
import { inTurn } from "../limit/turn.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Key } from "../ports/store.ts";
import { retry } from "../retry.ts";
import * as Content from "./content.ts";
import { masked, type Needle } from "./needle.ts";

type Needs = Pick<Ports, "store" | "blobs" | "clock" | "random">;

/**
 * Takes an address out of the object of a batch, which holds the bodies of up to a hundred emails and a manifest of them
 * all: a body to it alone is blanked, of one to others as well it is taken out, and so in the manifest, which by then
 * only answers twins of the request. Every octet of the others stays where it is, for heads lead there by its place.
 * @returns how many bodies were changed.
 */
export const eraseFrom = (ports: Needs, key: string, needle: Needle): Promise<number> =>
  // Two at once would each write the whole, and undo the other's
  inTurn(ports.blobs, key, () => eraseNow(ports, key, needle));

async function eraseNow(ports: Needs, key: string, needle: Needle): Promise<number> {
  const bytes = await ports.blobs.get(key);
  const found = bytes && (await manifestOf(bytes));
  if (!bytes || !found) return 0;
  const object = Buffer.from(bytes);
  const { entries } = found.manifest;
  const named = entries.filter((entry) => addressesOf(entry).some(needle.names));
  // Of one that somebody was taken out of before, only its body says who is left
  const bare = entries.filter((entry) => addressesOf(entry).length === 0);
  // What the mails of one request have in common stays as long as one of them does
  const kept = new Set(entries.filter((entry) => !named.includes(entry) && !bare.includes(entry)).map(startOf));
  let changed = 0;
  for (const entry of [...named, ...bare])
    if (!kept.has(startOf(entry)) && (await erase(ports, { key, object }, entry, needle))) changed++;
  if (named.length === 0 && changed === 0) return 0;
  const rest = entries.map((entry) => (named.includes(entry) ? stripped(needle, entry) : entry));
  const closed = await Content.close(masked(needle, { ...found.manifest, entries: rest }));
  if (!place(object, [found.start, object.length - 1], closed))
    throw new Error("the manifest of a batch has grown by taking something out of it");
  await ports.blobs.put(key, object);
  return changed;
}

/** Where its body begins. */
const startOf = ({ email }: Entry): number | undefined => email.head.blob_range?.[0];

/** The addresses an email of a batch goes to. */
const addressesOf = ({ email: { head, recipients } }: Entry): string[] => [
  ...(head.to === undefined ? [] : [head.to]),
  ...recipients.map(({ put }) => String(put["address"])),
];

/**
 * The manifest is the last of what was compressed into the object. Where it begins only the batch's own item has said:
 * it is found by how gzip begins (RFC 1952 §2.3.1).
 */
async function manifestOf(bytes: Uint8Array): Promise<{ manifest: Manifest; start: number } | undefined> {
  const object = Buffer.from(bytes);
  const magic = Buffer.from([0x1f, 0x8b, 8, 0]);
  for (
    let start = object.lastIndexOf(magic);
    start >= 0;
    start = start === 0 ? -1 : object.lastIndexOf(magic, start - 1)
  ) {
    const manifest = await attempt(object.subarray(start));
    if (manifest) return { manifest, start };
  }
  return undefined;
}

/** The same octets may stand in the middle of something compressed: what cannot be read is no manifest. */
async function attempt(bytes: Uint8Array): Promise<Manifest | undefined> {
  try {
    const value = await Content.open<Manifest>(bytes);
    return Array.isArray(value?.entries) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || (error instanceof Error && "code" in error)) return undefined;
    throw error;
  }
}

/** The object of a batch while it is rewritten. */
interface Target {
  readonly key: string;
  readonly object: Buffer;
}

/** @returns whether there was something to erase. */
async function erase(ports: Needs, { key, object }: Target, { email }: Entry, needle: Needle): Promise<boolean> {
  const { database, id, blob_range: range } = email.head;
  const body = range && (await Content.open<Body.Stored>(object.subarray(range[0], range[1] + 1)));
  if (!body) return false;
  const addressees = Content.addressees(body);
  if (addressees.length > 0 && !addressees.some(needle.names)) return false;
  const rest = Content.without(needle, body);
  const isTheirs = Content.addressees(rest).length > 0;
  if (isTheirs && place(object, range, await Content.close(rest))) return true;
  if (isTheirs) await move(ports, key, keys.emailHead(database, id), rest);
  return place(object, range, new Uint8Array());
}

/** What has grown gets a place of its own, before this one is blanked; unless it has one already, or is sent to nobody. */
async function move(ports: Needs, key: string, headKey: Key, body: Body.Stored): Promise<void> {
  const item = await ports.store.get(headKey, { consistent: true });
  const head = item && fromItem(item);
  if (head?.blob !== key) return;
  const packed = await Body.pack(head.database, head.id, body, ports.clock.now(), body.expires_at);
  await retry(ports, isBusy, () => Body.write(ports, head.database, head.id, packed));
  const remove = ["blob_range", ...(packed.blob === undefined ? ["blob"] : [])];
  const set = packed.blob === undefined ? {} : { blob: packed.blob };
  try {
    await ports.store.write({
      update: headKey,
      ...{ set, remove, add: { rev: 1 } },
      ...{ if: "#blob = :key", values: { key } },
    });
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
}

/** Puts bytes in the place of others, and blanks the rest of it: readers of gzip end before. @returns whether they fit. */
function place(object: Buffer, [first, last]: readonly [number, number], bytes: Uint8Array): boolean {
  if (bytes.length > last - first + 1) return false;
  object.fill(0, first, last + 1);
  object.set(bytes, first);
  return true;
}

/** What a twin's answer is made of, and no more. */
function stripped(needle: Needle, { index, accepted, email }: Entry): Entry {
  const { to: _to, shown_to: _shown, recipient_pk: _hash, recipient_sk: _id, ...head } = email.head;
  const { suppressed, ...answer } = accepted;
  const others = suppressed.filter((left) => !needle.isIn(JSON.stringify(left)));
  const bare = { ...email, head: { ...head, subject: "" }, recipients: [], messageIds: [], events: [] };
  return { index, accepted: { ...answer, suppressed: others }, email: bare };
}
