import { AppError } from "../error.ts";
import { is } from "../id.ts";
import * as keys from "../keys.ts";
import { writeAll } from "../migration/write.ts";
import type { Ports } from "../ports/main.ts";
import type { Item } from "../ports/store.ts";
import type { RecordRef } from "../thread/record.ts";
import { fromItem, type ReceivedRecord, type Route } from "./record.ts";

/** Where a mail went, as the application sees it: a thread is named by its record. */
export type RouteView = Omit<Route, "thread"> & { readonly thread?: RecordRef & { readonly new: boolean } };

/** A mail that came in as the application sees it. */
export type ReceivedView = Omit<ReceivedRecord, "database" | "blob" | "expires_at" | "route"> & {
  readonly route: RouteView;
  /** Until when it is kept, ISO 8601 UTC. */
  readonly expires_at: string;
};

/** What is shown of a record. */
export function view({ database: _database, blob: _blob, expires_at, route, ...shown }: ReceivedRecord): ReceivedView {
  const { thread, ...rest } = route;
  const named = thread && { model: thread.model, record_id: thread.record_id, new: thread.new };
  return {
    ...shown,
    route: { ...rest, ...(named && { thread: named }) },
    expires_at: new Date(expires_at * 1000).toISOString(),
  };
}

/** The record in an item; undefined once its time is over, for TTL deletes late. `now` in ms. */
export const live = (item: Item | undefined, now: number): ReceivedRecord | undefined =>
  item && Number(item["expires_at"]) * 1000 > now ? fromItem(item) : undefined;

/**
 * A mail that came in for a database, strongly read. What an earlier release wrote is first taken forward: changes name
 * what they have seen.
 * @throws AppError not_found, also for one of another database.
 */
export async function find(
  ports: Pick<Ports, "store" | "clock" | "random">,
  db: string,
  id: string,
): Promise<ReceivedRecord> {
  const item = is("received", id) ? await ports.store.get(keys.received(db, id), { consistent: true }) : undefined;
  const record = item && live(item, ports.clock.now());
  if (record) {
    await writeAll(ports, "received", item);
    return record;
  }
  throw new AppError("not_found", "There is no received mail with this id in this database.");
}
