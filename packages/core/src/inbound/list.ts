import { AppError } from "../error.ts";
import { is } from "../id.ts";
import * as keys from "../keys.ts";
import { fill, type Page } from "../page.ts";
import type { Ports } from "../ports/main.ts";
import { type ReceivedRecord, type Status, unconfirmed } from "./record.ts";
import { live, type ReceivedView, view } from "./view.ts";

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
 * A page of the mail that came in for a database and that it has not confirmed, newest last: messages of threads and all
 * else that is kept (R-IN-6).
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
