import { inAnswer, linkSeconds } from "../email/answer.ts";
import { AppError } from "../error.ts";
import { is } from "../id.ts";
import * as keys from "../keys.ts";
import { fill, type Page } from "../page.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Item } from "../ports/store.ts";
import { fromItem, type ReceivedRecord, type Status, unconfirmed } from "./record.ts";

/** A mail that came in as the application sees it. */
export type ReceivedView = Omit<ReceivedRecord, "database" | "blob" | "expires_at"> & {
  /** Until when it is kept, ISO 8601 UTC. */
  readonly expires_at: string;
};

/** Which mails, oldest first. */
export interface ReceivedQuery {
  readonly limit: number;
  /** An id: those that came later. */
  readonly after?: string;
  /** An id: those that came earlier. */
  readonly before?: string;
  readonly status?: Status;
}

type Needs = Pick<Ports, "store" | "clock">;

/**
 * A page of the mail that came in for a database and that it has not confirmed, newest last.
 * @throws AppError invalid_parameter for a cursor that is no id of a received mail.
 */
export async function list(ports: Needs, db: string, query: ReceivedQuery): Promise<Page<ReceivedView>> {
  const { limit, after, before, status } = query;
  for (const cursor of [after, before])
    if (cursor !== undefined && !is("received", cursor))
      throw new AppError("invalid_parameter", "`after` and `before` take the id of a received mail.");
  const forward = before === undefined;
  const most = Math.max(limit + 1, 25);
  return fill({ limit, forward, start: forward ? after : before }, async (cursor) => {
    const bound = cursor === undefined ? {} : { [forward ? "above" : "below"]: cursor };
    const range = { ...bound, descending: !forward, limit: most };
    const { items } = await ports.store.query({ index: "mark", pk: unconfirmed(db), ...range });
    const ids = items.map(({ mark_sk }) => String(mark_sk));
    const page = await records(ports, db, ids);
    const found = page.filter((record) => status === undefined || record.status === status).map(view);
    return { read: ids, found, more: ids.length >= most };
  });
}

/** Those that are there and unconfirmed, in the order given: the index may be behind, and TTL deletes late. */
async function records({ store, clock }: Needs, db: string, ids: readonly string[]): Promise<ReceivedRecord[]> {
  const items = await store.batchGet(
    ids.map((id) => keys.received(db, id)),
    { consistent: true },
  );
  const byId = new Map(items.map((item) => [item.sk, item]));
  const found = ids.flatMap((id) => live(byId.get(id), clock.now()) ?? []);
  return found.filter(({ confirmed_at }) => confirmed_at === null);
}

const live = (item: Item | undefined, now: number): ReceivedRecord | undefined =>
  item && Number(item["expires_at"]) * 1000 > now ? fromItem(item) : undefined;

const view = ({ database: _database, blob: _blob, expires_at, ...shown }: ReceivedRecord): ReceivedView => ({
  ...shown,
  expires_at: new Date(expires_at * 1000).toISOString(),
});

async function find({ store, clock }: Needs, db: string, id: string): Promise<ReceivedRecord> {
  const item = is("received", id) ? await store.get(keys.received(db, id), { consistent: true }) : undefined;
  const record = live(item, clock.now());
  if (record) return record;
  throw new AppError("not_found", "There is no received mail with this id in this database.");
}

/**
 * One mail that came in, confirmed or not, with where it went and why.
 * @throws AppError not_found, also for one of another database.
 */
export const get = async (ports: Needs, db: string, id: string): Promise<ReceivedView> =>
  view(await find(ports, db, id));

/**
 * The mail as it came, to the octet; a large one by a link that is good for five minutes.
 * @throws AppError not_found
 */
export async function raw(
  ports: Needs & Pick<Ports, "blobs">,
  db: string,
  id: string,
): Promise<Uint8Array | { readonly link: string }> {
  const { blob, size } = await find(ports, db, id);
  if (size > inAnswer) return { link: await ports.blobs.link(blob, linkSeconds) };
  const bytes = await ports.blobs.get(blob);
  if (bytes) return bytes;
  throw new AppError("not_found", "The raw mail is not kept any more.");
}

/**
 * The application has the mail: it is listed no more, and can be read until it expires. Repeated, it answers the same.
 * @throws AppError not_found
 */
export async function confirm(ports: Needs, db: string, id: string): Promise<ReceivedView> {
  const record = await find(ports, db, id);
  const confirmed_at = new Date(ports.clock.now()).toISOString();
  try {
    await ports.store.write({
      update: keys.received(db, id),
      set: { confirmed_at },
      remove: ["mark_pk", "mark_sk"],
      if: "attribute_exists(pk) AND #confirmed_at = :none",
      values: { none: null },
    });
    return view({ ...record, confirmed_at });
  } catch (error) {
    // Confirmed before, or gone meanwhile
    if (!(error instanceof ConditionFailed)) throw error;
    return view(await find(ports, db, id));
  }
}
