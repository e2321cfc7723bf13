import { finish } from "../batch/finish.ts";
import * as Manifest from "../batch/manifest.ts";
import { fromItem } from "../batch/record.ts";
import { months } from "../database/erase.ts";
import type { Stored } from "../email/body.ts";
import { recipientPartition } from "../email/draft.ts";
import { lifetimes } from "../email/lifetime.ts";
import { is, timeOf } from "../id.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { eraseFrom } from "./batch-object.ts";
import * as Content from "./content.ts";
import { eraseEmail } from "./email.ts";
import type { Needle } from "./needle.ts";
import type { Removed } from "./record.ts";
import type { Stage } from "./stage.ts";
import { walk } from "./walk.ts";

/** Emails of one step. */
const some = 25;

/** Batches that were committed and whose heads are not all written: the index does not know their emails yet. */
export const batches: Stage = async (ports, { version, cursor, before }) => {
  const { items, next } = await walk(ports, [keys.batch(version.id, "").pk], cursor);
  for (const batch of items.map(fromItem)) {
    if (timeOf(batch.id) > before) continue;
    const manifest = await Manifest.read(ports, batch);
    if (manifest) await finish(ports, version, batch, manifest);
  }
  return { next };
};

/** Every email to the address, by the recipient index. */
export const emails: Stage = async (ports, { version, needle, cursor, before }) => {
  const page = await ports.store.query({
    index: "recipient",
    pk: recipientPartition(version, needle.address),
    limit: some,
    ...(cursor !== undefined && { above: cursor }),
  });
  const ids = page.items.map((item) => String(item["recipient_sk"])).filter((id) => timeOf(id) <= before);
  let removed: Partial<Removed> = {};
  let waiting = 0;
  for (const id of new Set(ids)) {
    const outcome = await eraseEmail(ports, version.id, id, needle);
    if (outcome === "busy") waiting++;
    else removed = add(removed, outcome.removed);
  }
  // Ids ascend: behind one that is too young there are only younger ones
  const ends = page.items.length < some || ids.length < page.items.length;
  return { removed, waiting, next: ends ? undefined : ids.at(-1) };
};

/** Adds what was removed. */
export const add = <T extends Partial<Removed>>(to: T, more: Partial<Removed>): T => {
  const sum: Record<string, number> = { ...to };
  for (const [name, n] of Object.entries(more)) sum[name] = (sum[name] ?? 0) + n;
  return sum as T;
};

/**
 * Bodies without a head: of emails that were refused by the limit, or whose process died. The sweep looks into all: what
 * was read before the address was taken out may have been written after it.
 */
export const bodies: Stage = async (ports, { version, needle, cursor, before, record }) => {
  const partitions = months(version, ports.clock.now()).flatMap((month) => keys.emailBodies(version.id, month));
  const { items, next } = await walk(ports, partitions, cursor);
  const old = items.filter(({ sk }) => timeOf(sk) <= before);
  const orphans = await headless(
    ports,
    version.id,
    old.map(({ sk }) => sk),
  );
  let removed = 0;
  for (const { pk, sk, data } of old) {
    const looked = orphans.has(sk) || record.passes > 0;
    if (!looked || !(await isTo(data as Uint8Array, needle))) continue;
    if (orphans.has(sk)) await ports.store.write({ delete: { pk, sk } });
    // One that is being handed over is still in the index
    else if ((await eraseEmail(ports, version.id, sk, needle)) === "busy") continue;
    removed++;
  }
  return { removed: { bodies: removed }, next };
};

/** The same of objects; and what a batch has of emails that were refused, or whose heads lead elsewhere. */
export const objects: Stage = async (ports, { version, needle, cursor, before }) => {
  const prefixes = lifetimes.map((days) => `keep-${days}d/${version.id}/`);
  const at = prefixes.findIndex((prefix) => cursor?.startsWith(prefix) ?? true);
  const prefix = prefixes[at];
  if (prefix === undefined) return { next: undefined };
  const all = await ports.blobs.list(prefix, cursor === prefix ? undefined : cursor);
  const page = all.slice(0, some);
  let removed = 0;
  const old = page.filter((key) => timeIn(key) <= before);
  const orphans = await headless(
    ports,
    version.id,
    old.map(nameIn).filter((name) => is("email", name)),
  );
  for (const key of old) {
    const name = nameIn(key);
    if (is("batch", name)) removed += await eraseFrom(ports, key, needle);
    else if (orphans.has(name) && (await isTo(await ports.blobs.get(key), needle))) {
      await ports.blobs.delete(key);
      removed++;
    }
  }
  return { removed: { bodies: removed }, next: all.length > some ? page.at(-1) : prefixes[at + 1] };
};

const nameIn = (key: string): string => key.slice(key.lastIndexOf("/") + 1);
const timeIn = (key: string): number => timeOf(nameIn(key));

/** Emails that have no head, or a blank one, which leads nowhere. */
async function headless({ store }: Pick<Ports, "store">, db: string, ids: readonly string[]): Promise<Set<string>> {
  const wanted = ids.map((id) => keys.emailHead(db, id));
  const heads = await store.batchGet(wanted, { consistent: true });
  const found = new Set(heads.filter(({ erased }) => erased !== true).map(({ pk }) => pk));
  return new Set(ids.filter((_, n) => !found.has(wanted[n]?.pk ?? "")));
}

async function isTo(bytes: Uint8Array | undefined, needle: Needle): Promise<boolean> {
  const body = bytes && (await Content.open<Stored>(bytes));
  return body !== undefined && Content.addressees(body).some(needle.names);
}
