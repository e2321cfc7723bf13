import type { Version } from "../database/version.ts";
import type { Ports } from "../ports/main.ts";
import type { Put } from "../ports/store.ts";
import * as Outbox from "../webhook/outbox.ts";
import { wanted } from "../webhook/wanted.ts";

/** Who paused a database, and for what. */
type Pause = Pick<Version, "paused_by" | "paused_for">;

/**
 * `database.paused`, in the transaction of the pause: once for each, by the version it was made on. No action where
 * nobody is to be told.
 */
export async function paused(
  ports: Pick<Ports, "store" | "clock">,
  { id, name, config_version }: Version,
  { paused_by, paused_for }: Pause,
): Promise<Put[]> {
  if (!(await wanted(ports, id)).has("database.paused")) return [];
  const data = { database: name, paused_by, ...(paused_for && { ...paused_for }) };
  const event = {
    id: `database.paused.${String(config_version).padStart(10, "0")}`,
    type: "database.paused",
    data,
  } as const;
  return [Outbox.put(id, event, ports.clock.now())];
}
