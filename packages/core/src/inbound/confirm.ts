import type { Version } from "../database/version.ts";
import { AppError } from "../error.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed } from "../ports/store.ts";
import { rename } from "../thread/rename.ts";
import type { ReceivedRecord, Route } from "./record.ts";
import { find, type ReceivedView, view } from "./view.ts";

type Needs = Pick<Ports, "store" | "clock" | "random">;

/**
 * The application has the mail: it is listed no more, and can be read until it expires. Repeated, it answers the same.
 * @param record_id which record the application has made of a mail that made a new one (R-IN-3): from then on the thread
 *   is that record's. Given later it is taken as well.
 * @throws AppError not_found; conflict for a record id of a mail that made no new record, or a record that has a thread
 *   already; invalid_parameter
 */
export async function confirm(ports: Needs, version: Version, id: string, record_id?: string): Promise<ReceivedView> {
  const record = await find(ports, version.id, id);
  const route = record_id === undefined ? record.route : await named(ports, version, record, record_id);
  const confirmed_at = record.confirmed_at ?? new Date(ports.clock.now()).toISOString();
  if (record.confirmed_at !== null && route === record.route) return view(record);
  try {
    await ports.store.write({
      update: keys.received(version.id, id),
      set: { confirmed_at, ...(route !== record.route && { route }) },
      remove: ["mark_pk", "mark_sk"],
      if: "attribute_exists(pk) AND #confirmed_at = :seen AND #status = :status",
      values: { seen: record.confirmed_at, status: record.status },
    });
    return view({ ...record, confirmed_at, route });
  } catch (error) {
    // Confirmed, or routed by hand, or gone meanwhile: what is there now decides
    if (!(error instanceof ConditionFailed)) throw error;
    return confirm(ports, version, id, record_id);
  }
}

/** The thread gets the record's id first: a crash before the mail says so leaves what the next call finds done. */
async function named(ports: Needs, version: Version, { route }: ReceivedRecord, record_id: string): Promise<Route> {
  const { thread } = route;
  if (thread?.new !== true && thread?.record_id !== record_id)
    throw new AppError(
      "conflict",
      "This mail made no new record that is to be named, or it has its name already: confirm it without `record_id`.",
    );
  if (!thread.new) return route;
  await rename(ports, version, thread, record_id);
  return { ...route, thread: { ...thread, record_id, new: false } };
}
