import * as Audit from "../audit/entry.ts";
import { isBusy } from "../configuration/commit.ts";
import { due } from "../email/due.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import {
  ConditionFailed,
  type Delete,
  isRefused,
  type Put,
  StoreBusy,
  TransactionCanceled,
  type Write,
} from "../ports/store.ts";
import * as Provision from "../provision/remove.ts";
import { retry } from "../retry.ts";
import { type Erased, erase, Unfinished } from "./erase.ts";
import { find } from "./list.ts";
import type { Version } from "./version.ts";

/** How long one call erases, in ms: below the API function's time-out. */
const defaultTime = 20_000;
/** How long nobody else gets the name: old replies must not reach a new owner (R-ADDR-1). */
const nameDays = 400;

type Needs = Pick<Ports, "store" | "blobs" | "clock" | "operator" | "random" | "provider" | "log" | "actor">;

/** How a deletion may be done. */
export interface Removal {
  /** How long this call erases, in ms. */
  readonly time_ms?: number;
  /** When the name is anybody's again, epoch seconds; absent = in 400 days. */
  readonly name_until?: number;
}

/**
 * Deletes a database: from its first write on it is `deleting`, and its keys open nothing. Then everything stored of
 * it is erased, at SES first, at last the database itself; of its name a tombstone stays. A call that ran out of time,
 * or was killed, is made again until it answers true; the tick makes it too.
 * @returns whether all is gone.
 * @throws AppError not_found
 */
export async function remove(ports: Needs, name: string, how: Removal = {}): Promise<boolean> {
  const { time_ms = defaultTime, name_until } = how;
  const deadline = ports.clock.now() + time_ms;
  const version = await find(ports, name);
  const closing: Version = name_until === undefined ? version : { name_until, ...version };
  await close(ports, closing);
  return finish(ports, closing, deadline);
}

/**
 * Goes on with a database that is `deleting`.
 * @param deadline ms @returns whether all is gone.
 */
export async function finish(ports: Needs, version: Version, deadline: number): Promise<boolean> {
  try {
    if (!(await release(ports, version, deadline))) return false;
    await erase(ports, version, keys.version(version.id).sk, deadline);
  } catch (error) {
    if (error instanceof Unfinished) return false;
    throw error;
  }
  await bury(ports, version);
  return true;
}

/**
 * Sweeps a deleted database once more: a request that had begun before may have written after the first time.
 * @param deadline ms @returns whether nothing of it is left.
 */
export async function sweep(ports: Needs, database: Erased, deadline: number): Promise<boolean> {
  const key = keys.sweep(database.id);
  try {
    if (!(await release(ports, database, deadline))) return false;
    await erase(ports, database, key.sk, deadline);
  } catch (error) {
    if (error instanceof Unfinished) return false;
    throw error;
  }
  await ports.store.write({ delete: key });
  return true;
}

/** What it has at SES. A provider that fails keeps the deletion waiting, and no caller is told of an error of ours. */
async function release(ports: Needs, { id }: Erased, deadline: number): Promise<boolean> {
  try {
    return await Provision.remove(ports, { id }, deadline);
  } catch (error) {
    if (error instanceof StoreBusy) throw error;
    ports.log.warn("the provider has not let go of a deleted database yet", { database: id, error });
    return false;
  }
}

/** Every accept and every key check sees this at once; the due index has it until all is gone. */
async function close(ports: Needs, { id, name, plan, name_until }: Version): Promise<void> {
  const update: Write = {
    update: keys.version(id),
    set: {
      status: "deleting",
      due_n: 0,
      ...due(id, ports.clock.now() + ports.operator.waits.recovery * 1000),
      ...(name_until !== undefined && { name_until }),
    },
    add: { config_version: 1, key_epoch: 1 },
    if: "attribute_exists(pk) AND #status <> :deleting",
    values: { deleting: "deleting" },
  };
  const trail = Audit.putOperators(ports, [
    { noun: "database", id: name, action: "delete", before: { plan }, after: null },
  ]);
  const busy = (error: unknown) => error instanceof StoreBusy || (isCanceled(error) && !isRefused(error));
  await retry(ports, busy, async () => {
    try {
      await ports.store.transact([update, ...trail]);
    } catch (error) {
      // Another call has closed it, or finished it, meanwhile: the rest of this one does nothing
      if (!(error instanceof ConditionFailed) && !isRefused(error)) throw error;
    }
  });
}

const isCanceled = (error: unknown): error is TransactionCanceled => error instanceof TransactionCanceled;

async function bury(ports: Needs, version: Version): Promise<void> {
  const { id, created_at, reset_utc } = version;
  const again = due(id, ports.clock.now() + ports.operator.waits.recovery * 1000);
  const writes: Write[] = [
    { delete: keys.version(id) },
    tombstone(ports, version),
    { put: { ...keys.sweep(id), id, created_at, reset_utc, due_n: 0, ...again } },
  ];
  await retry(ports, isBusy, () => ports.store.transact(writes));
}

/** What stays of the name: when it is anybody's again; nothing where that is now. */
function tombstone({ clock }: Needs, { id, name, name_until }: Version): Put | Delete {
  const now = Math.floor(clock.now() / 1000);
  const expires_at = name_until ?? now + nameDays * 86_400;
  const ours = { if: "attribute_not_exists(pk) OR #database = :id", values: { id } };
  if (expires_at <= now) return { delete: keys.nameClaim(name), ...ours };
  return { put: { ...keys.nameClaim(name), database: id, expires_at }, ...ours };
}
