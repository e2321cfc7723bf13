import type { Ports } from "../ports/main.ts";
import type { Change } from "./change.ts";
import { settle } from "./settle.ts";

/**
 * Takes in what a report tells of an email (R-FAIL-4), which by then is proved to be of that email: states, timeline,
 * suppression, red envelope, counts and webhooks, once however often it is told.
 * @throws StoreBusy, or what stood in the way: it is to be told again.
 */
export async function apply(
  ports: Ports,
  { database, id }: { readonly database: string; readonly id: string },
  changes: readonly Change[],
): Promise<void> {
  const failed = await settle(ports, database, [{ id, told: [{ attempt: null, changes }] }]);
  for (const error of failed.values()) throw error;
}
