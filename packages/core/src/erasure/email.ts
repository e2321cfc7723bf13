import * as Copy from "../attachment/copy.ts";
import { write } from "../dispatch/hand.ts";
import * as Body from "../email/body.ts";
import { erased, fromItem, type Head, type Recipient } from "../email/head.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Item, Key, Update } from "../ports/store.ts";
import { eraseFrom } from "./batch-object.ts";
import * as Content from "./content.ts";
import { leave } from "./leave.ts";
import { masked, type Needle } from "./needle.ts";
import type { Removed } from "./record.ts";

type Needs = Pick<Ports, "store" | "blobs" | "clock" | "random" | "operator">;

/** What servers have said of a recipient; they mostly repeat the address. */
const replies = ["reply", "delivered_reply", "end_reply"];

/** How often an email is come to again that somebody else has just changed. */
const tries = 5;

/** What came of one email; `busy`: it is being handed over, and is to be come to again. */
export type Outcome = { readonly removed: Partial<Removed> } | "busy";

/**
 * Erases an address from one email. To it alone, all of it goes but a blank head, which the daily limit was charged by;
 * to others as well, they keep theirs without it. What leads here, the entry of the recipient index, goes last: so what
 * was cut short is found again.
 */
export async function eraseEmail(ports: Needs, db: string, id: string, needle: Needle): Promise<Outcome> {
  let canceled = 0;
  for (let n = 0; n < tries; n++) {
    const outcome = await eraseOnce(ports, db, id, needle);
    if (outcome === "busy") return "busy";
    canceled ||= outcome.canceled;
    if (outcome.removed) return { removed: { ...outcome.removed, ...(canceled > 0 && { canceled }) } };
  }
  return "busy";
}

/** @returns what was removed; nothing of it where somebody has changed the email meanwhile. */
async function eraseOnce(
  ports: Needs,
  db: string,
  id: string,
  needle: Needle,
): Promise<{ readonly removed?: Partial<Removed>; readonly canceled: number } | "busy"> {
  const { pk } = keys.emailHead(db, id);
  if (!(await ports.store.get(keys.emailHead(db, id), { consistent: true }))) return { removed: {}, canceled: 0 };
  const left = await leave(ports, db, id, needle);
  if (left === "busy") return "busy";
  const items = await all(ports, pk);
  const item = items.find(({ sk }) => sk === "HEAD");
  const canceled = left === "canceled" ? 1 : 0;
  if (!item) return { removed: {}, canceled };
  const head = fromItem(item);
  const recipients = items.filter(({ sk }) => sk.startsWith(keys.recipientPrefix));
  const mine = recipients.filter(({ address }) => needle.names(String(address)));
  const others = recipients.some((one) => !mine.includes(one) && one["address"] !== erased);
  const events = items.filter(({ sk }) => sk.startsWith(keys.eventPrefix));
  await Copy.drop(ports, db, id);
  const done = others
    ? await takeOut(ports, head, needle, { mine: mine as unknown as Recipient[], recipients, events })
    : await blank(ports, head, needle, { recipients, events });
  return { ...(done && { removed: done }), canceled };
}

/** To nobody else: body, timeline, what leads to it by its Message-Ids; then the head. */
async function blank(
  ports: Needs,
  head: Head,
  needle: Needle,
  { recipients, events }: { readonly recipients: readonly Item[]; readonly events: readonly Item[] },
): Promise<Partial<Removed> | undefined> {
  const { database, id, rev } = head;
  const bodies = await dropBody(ports, head, needle);
  for (const { pk, sk } of events) await ports.store.write({ delete: { pk, sk } });
  if (head.provider_id !== undefined)
    await ports.store.write({ delete: keys.messageId(database, head.provider_id, id) });
  const gone = [...replies, "provider_id", "blob", "blob_range", "shown_to", "recipient_pk", "recipient_sk"];
  const update: Update = {
    update: keys.emailHead(database, id),
    set: { subject: "", erased: true, rev: rev + 1, ...(head.to !== undefined && { to: erased }) },
    remove: [...gone, "mark_pk", "mark_sk", "attention"],
    if: "#rev = :rev",
    values: { rev },
  };
  if (!(await write(ports, [update, ...recipients.map(nameless)]))) return undefined;
  return { heads: 1, bodies, events: events.length };
}

/** A recipient of whom only the state is known. */
const nameless = ({ pk, sk }: Key): Update => ({
  update: { pk, sk },
  set: { address: erased },
  remove: [...replies, "recipient_pk", "recipient_sk"],
});

/** Whether a server has named the address in what it said of another. */
const repeats = (one: Item, needle: Needle): boolean =>
  replies.some((name) => typeof one[name] === "string" && needle.isIn(one[name]));

const toldLess = ({ pk, sk, ...one }: Item, needle: Needle): Update => ({
  update: { pk, sk },
  set: Object.fromEntries(replies.filter((name) => name in one).map((name) => [name, masked(needle, one[name])])),
});

/** @returns how many there were. */
async function dropBody(ports: Needs, head: Head, needle: Needle): Promise<number> {
  const { database, id, blob, blob_range } = head;
  const body = await Body.read(ports, head);
  if (body) await ports.store.write({ delete: keys.messageId(database, body.message_id, id) });
  if (blob === undefined) await ports.store.write({ delete: keys.emailBody(database, id) });
  else if (blob_range === undefined) await ports.blobs.delete(blob);
  else return Math.max(await eraseFrom(ports, blob, needle), body ? 1 : 0);
  return body ? 1 : 0;
}

/** To others as well: theirs stays, without the address. */
async function takeOut(
  ports: Needs,
  head: Head,
  needle: Needle,
  {
    mine,
    recipients,
    events,
  }: {
    readonly mine: readonly Recipient[];
    readonly recipients: readonly Item[];
    readonly events: readonly Item[];
  },
): Promise<Partial<Removed> | undefined> {
  const { database, id, rev, reply, subject } = head;
  const bodies = await rewriteBody(ports, head, needle);
  const about = events.filter((event) => needle.isIn(JSON.stringify(event)));
  for (const event of about) await rewriteEvent(ports, event, needle);
  const texts = masked(needle, { subject, ...(reply !== undefined && { reply }) });
  const update: Update = {
    update: keys.emailHead(database, id),
    set: { ...texts, rev: rev + 1 },
    if: "#rev = :rev",
    values: { rev },
  };
  const numbers = new Set(mine.map(({ n }) => n));
  const items = recipients.flatMap((one) =>
    numbers.has(Number(one["n"])) ? [nameless(one)] : repeats(one, needle) ? [toldLess(one, needle)] : [],
  );
  if (!(await write(ports, [update, ...items]))) return undefined;
  return { recipients: 1, bodies, events: about.length };
}

/** @returns how many there were. */
async function rewriteBody(ports: Needs, head: Head, needle: Needle): Promise<number> {
  const { database, id, blob, blob_range } = head;
  if (blob !== undefined && blob_range !== undefined) return eraseFrom(ports, blob, needle);
  const key = keys.emailBody(database, id);
  const item = blob === undefined ? await ports.store.get(key, { consistent: true }) : undefined;
  const bytes = blob === undefined ? (item?.["data"] as Uint8Array | undefined) : await ports.blobs.get(blob);
  const body = bytes && (await Content.open<Body.Stored>(bytes));
  if (!body) return 0;
  const data = await Content.close(Content.without(needle, body));
  if (blob === undefined) await ports.store.write({ update: key, set: { data }, if: "attribute_exists(pk)" });
  else await ports.blobs.put(blob, data);
  return 1;
}

/** An entry about nobody else goes; in one about others as well, the address does. */
async function rewriteEvent({ store }: Needs, event: Item, needle: Needle): Promise<void> {
  const { pk, sk, recipients, ...rest } = event;
  const others = (recipients as readonly string[] | undefined)?.filter((address) => !needle.names(address));
  if (others?.length === 0) await store.write({ delete: { pk, sk } });
  else await store.write({ put: { pk, sk, ...masked(needle, rest), ...(others && { recipients: others }) } });
}

async function all({ store }: Needs, pk: string): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.query({ pk, consistent: true, ...(cursor !== undefined && { cursor }) });
    items.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return items;
}
