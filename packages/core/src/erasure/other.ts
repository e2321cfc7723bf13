import { timeOf } from "../id.ts";
import * as Received from "../inbound/record.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Item } from "../ports/store.ts";
import { masked, type Needle } from "./needle.ts";
import type { Stage } from "./stage.ts";
import { walk } from "./walk.ts";

/** Mail that came in from the address: the copy of it first, then what leads there. */
export const received: Stage = async (ports, { version, needle, cursor, before }) => {
  const { items, next } = await walk(ports, [keys.received(version.id, "").pk], cursor);
  let removed = 0;
  for (const item of items) {
    const { id, from, envelope_from, envelope_sender, blob } = Received.fromItem(item);
    const isTheirs = [from, envelope_from, envelope_sender].some((sender) => sender != null && needle.names(sender));
    if (!isTheirs || timeOf(id) > before) continue;
    // Copies of its files have keys that begin with its own
    for (const key of await ports.blobs.list(blob)) await ports.blobs.delete(key);
    await ports.store.write({ delete: { pk: item.pk, sk: item.sk } });
    removed++;
  }
  return { removed: { received: removed }, next };
};

/** What webhooks were told of it, or are still to be: the message goes without the address. */
export const deliveries: Stage = async (ports, { version, needle, cursor }) => {
  const partitions = await endpoints(ports, version.id);
  const { items, next } = await walk(ports, partitions, cursor);
  const own = items.filter(({ database }) => database === version.id);
  return { removed: { deliveries: await maskAll(ports, own, needle) }, next };
};

/** Of the database's endpoints and of the operator's, those that are gone among them. */
async function endpoints({ store }: Pick<Ports, "store">, db: string): Promise<string[]> {
  const found: string[] = [];
  for (const owner of [db, "operator"]) {
    let cursor: string | undefined;
    do {
      const page = await store.query({ pk: keys.webhook(owner, "").pk, ...(cursor !== undefined && { cursor }) });
      const ids = page.items.map(({ sk }) => sk.slice(sk.indexOf("#") + 1));
      found.push(...ids.map((id) => keys.delivery(owner, id, "").pk));
      cursor = page.cursor;
    } while (cursor !== undefined);
  }
  return [...new Set(found)].toSorted();
}

/** Events still to be told, answers kept for idempotency keys, the audit trail; who was answered, and writes too often. */
export const records: Stage = async (ports, { version: { id }, needle, cursor }) => {
  const partitions = [
    keys.outbox(id, "").pk,
    keys.audit(id, "").pk,
    keys.answered(id, "", "", "").pk,
    keys.loop(id, "", "").pk,
    ...keys.idempotencies(id),
    ...keys.receivedOnces(id),
  ];
  const { items, next } = await walk(ports, partitions, cursor);
  return { removed: { records: await maskAll(ports, items, needle) }, next };
};

/** What says of the address itself that it was written to; and that it is not to be, where that is asked for. */
export const lists: Stage = async (ports, { version: { id }, needle: { address }, record }) => {
  // Only when it was asked for: the sweep must not take what was made since
  if (record.passes > 0) return { next: undefined };
  const [suppression, optOut] = [keys.suppression(id, address), keys.optOut(id, address)];
  const senders = await drop(ports, keys.sender(id, address));
  await drop(ports, keys.softBounces(id, address));
  if (record.suppressions) {
    const removed = { senders, suppressions: await drop(ports, suppression), opt_outs: await drop(ports, optOut) };
    return { removed, next: undefined };
  }
  const found = await ports.store.batchGet([suppression, optOut], { consistent: true });
  const has = (pk: string) => found.filter((item) => item.pk === pk).length;
  return {
    removed: { senders },
    kept: { suppressions: has(suppression.pk), opt_outs: has(optOut.pk) },
    next: undefined,
  };
};

/** @returns how many there were: 0 or 1. */
async function drop({ store }: Pick<Ports, "store">, key: { pk: string; sk: string }): Promise<number> {
  const gone = await store.write({ delete: key });
  return gone === undefined ? 0 : 1;
}

/** @returns how many had the address in them. */
async function maskAll(ports: Pick<Ports, "store">, items: readonly Item[], needle: Needle): Promise<number> {
  const found = items.filter((item) => needle.isIn(JSON.stringify(item)));
  for (const item of found) await mask(ports, item, needle);
  return found.length;
}

/** Attributes that place an item: one whose place says the address can only go. */
const isPlace = (name: string): boolean => name === "pk" || name === "sk" || /_(?:pk|sk)$/.test(name);

async function mask({ store }: Pick<Ports, "store">, item: Item, needle: Needle): Promise<void> {
  const { pk, sk } = item;
  const named = Object.entries(item).some(([name, value]) => isPlace(name) && needle.isIn(String(value)));
  if (named) return void (await store.write({ delete: { pk, sk } }));
  const set = Object.fromEntries(
    Object.entries(item)
      .filter(([name, value]) => !isPlace(name) && needle.isIn(JSON.stringify(value) ?? ""))
      .map(([name, value]) => [name, masked(needle, value)]),
  );
  try {
    await store.write({ update: { pk, sk }, set, if: "attribute_exists(pk)" });
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
}
