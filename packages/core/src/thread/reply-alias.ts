import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { ThreadRecord } from "./record.ts";

/** The address of the routing alias that answers on a thread come back to (R-REW-4); null = it has none (any more). */
export async function of(
  { store }: Pick<Ports, "store">,
  { database, alias }: Pick<ThreadRecord, "database" | "alias">,
): Promise<string | null> {
  if (alias === null) return null;
  return (await store.get(keys.alias(database, alias), { consistent: true })) ? alias : null;
}
