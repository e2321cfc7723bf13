import { isBusy } from "../configuration/commit.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, StoreBusy } from "../ports/store.ts";
import { retry } from "../retry.ts";
import { erase, Unfinished } from "./erase.ts";
import { find } from "./list.ts";
import type { Version } from "./version.ts";

/** How long one call erases, in ms: below the API function's time-out. */
const defaultTime = 20_000;
/** How long nobody else gets the name: old replies must not reach a new owner (R-ADDR-1). */
const nameDays = 400;

type Needs = Pick<Ports, "store" | "blobs" | "clock" | "operator" | "random">;

/**
 * Deletes a database: from its first write on it is `deleting`, and its keys open nothing. Then everything stored of
 * it is erased, at last the database itself; of its name a tombstone stays. A call that ran out of time, or was
 * killed, is made again until it answers true.
 * @returns whether all is gone.
 * @throws AppError not_found
 */
export async function remove(ports: Needs, name: string, { time_ms = defaultTime } = {}): Promise<boolean> {
  const start = ports.clock.now();
  const version = await find(ports, name);
  await close(ports, version);
  try {
    await erase(ports, version, start + time_ms);
  } catch (error) {
    if (error instanceof Unfinished) return false;
    throw error;
  }
  await bury(ports, version);
  return true;
}

/** Every accept and every key check sees this at once; the due index forgets a provisioning that was waited for. */
async function close(ports: Needs, { id }: Version): Promise<void> {
  const update = {
    update: keys.version(id),
    set: { status: "deleting" },
    add: { config_version: 1, key_epoch: 1 },
    remove: ["due_pk", "due_sk"],
    if: "attribute_exists(pk)",
  };
  await retry(
    ports,
    (error) => error instanceof StoreBusy,
    async () => {
      try {
        await ports.store.write(update);
      } catch (error) {
        // Another call has finished it meanwhile: the rest of this one does nothing
        if (!(error instanceof ConditionFailed)) throw error;
      }
    },
  );
}

async function bury(ports: Needs, { id, name }: Version): Promise<void> {
  const expires_at = Math.floor(ports.clock.now() / 1000) + nameDays * 86_400;
  const tombstone = {
    put: { ...keys.nameClaim(name), database: id, expires_at },
    if: "attribute_not_exists(pk) OR #database = :id",
    values: { id },
  };
  await retry(ports, isBusy, () => ports.store.transact([{ delete: keys.version(id) }, tombstone]));
}
