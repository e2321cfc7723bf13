import { erased } from "../email/head.ts";
import type { Needle } from "../erasure/needle.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Item, type Put } from "../ports/store.ts";
import { retry } from "../retry.ts";
import * as Audience from "./audience.ts";
import * as Packed from "./packed.ts";
import type { Whom } from "./whom.ts";

/** How long whom a message is told to is kept at most, in days: longer than telling them may take. */
const days = 40;

/**
 * Whom a message is told to, ready to be stored: as it was when it was posted, whoever comes and goes meanwhile.
 * @param most bytes that its item takes; absent = as usual.
 */
export const pack = (record: Audience.AudienceRecord, whom: Whom, most?: number): Promise<Packed.Packed> =>
  Packed.pack(whom, `keep-${days}d/${record.database}/${record.message}.who`, most);

/** Writes it; its object, where it has one, comes first. */
export const put = (record: Audience.AudienceRecord, packed: Packed.Packed): Put => ({
  put: {
    ...Audience.peopleKey(Audience.keyOf(record)),
    ...Packed.attributes(packed),
    expires_at: Math.floor(Date.parse(record.created_at) / 1000) + days * 86_400,
  },
});

/** Whom a message is told to, with the key of its object; undefined once all are told. */
export async function read(
  ports: Pick<Ports, "store" | "blobs">,
  record: Audience.AudienceRecord,
): Promise<{ readonly whom: Whom; readonly blob?: string } | undefined> {
  const item = await ports.store.get(Audience.peopleKey(Audience.keyOf(record)), { consistent: true });
  const whom = item && (await Packed.read<Whom>(ports, item));
  if (!whom) return undefined;
  return { whom, ...(item["blob"] !== undefined && { blob: item["blob"] as string }) };
}

/**
 * Takes an address out of whom a message is told to, and of who was not told. The others keep their places, for
 * telling goes on by them.
 * @returns whether it was there.
 */
export async function erase(
  ports: Pick<Ports, "store" | "blobs" | "clock" | "random">,
  item: Item,
  needle: Needle,
): Promise<boolean> {
  const gone = (error: unknown) => error instanceof ConditionFailed;
  const named = await retry(ports, gone, async () => {
    const found = await Audience.find(ports, Audience.fromItem(item));
    return found !== undefined && eraseNotSent(ports, found, needle);
  });
  const people = await read(ports, Audience.fromItem(item));
  if (!people || ![...people.whom.inbox, ...people.whom.email.map(({ address }) => address)].some(needle.names))
    return named;
  const whom: Whom = {
    inbox: people.whom.inbox.map((address) => (needle.names(address) ? "" : address)),
    email: people.whom.email.map((one) => (needle.names(one.address) ? { address: "", name: null } : one)),
  };
  // An object stays one: in its item it would leave behind what it said before
  const packed = await pack(Audience.fromItem(item), whom, people.blob === undefined ? undefined : 0);
  await Packed.write(ports, packed);
  await orTold(ports.store.write({ ...put(Audience.fromItem(item), packed), if: "attribute_exists(pk)" }));
  return true;
}

async function eraseNotSent(
  { store }: Pick<Ports, "store">,
  record: Audience.AudienceRecord,
  needle: Needle,
): Promise<boolean> {
  if (!record.not_sent.some(({ address }) => needle.names(address))) return false;
  const not_sent = record.not_sent.map((one) => (needle.names(one.address) ? { ...one, address: erased } : one));
  await store.write({
    update: Audience.keyOf(record),
    set: { not_sent },
    if: "attribute_exists(pk) AND #inbox_done = :inbox AND #email_done = :email",
    values: { inbox: record.inbox_done, email: record.email_done },
  });
  return true;
}

/** All are told meanwhile, and it is gone. */
async function orTold(written: Promise<unknown>): Promise<void> {
  try {
    await written;
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
}
