import * as Audit from "../audit/entry.ts";
import { AppError } from "../error.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { type Check, StoreBusy, TransactionCanceled, type Update, type Write } from "../ports/store.ts";
import { retry } from "../retry.ts";

/** What a configuration write does to the version item beside raising `config_version`. */
export type VersionChange = Pick<Update, "set" | "add">;

/**
 * Writes configuration records of a database and raises its `config_version`, all or nothing: what any function has
 * compiled before is out of date from this moment on. Conflicts with other transactions are tried again.
 * @param audited what of it goes into the audit trail, in the same transaction.
 * @throws TransactionCanceled with the reasons of `writes`, in their order, when one of their conditions failed;
 *   AppError not_found when the database is gone or being deleted.
 */
export async function commit(
  ports: Pick<Ports, "store" | "clock" | "random" | "actor">,
  db: string,
  writes: readonly (Write | Check)[],
  change: VersionChange = {},
  audited: readonly Audit.Change[] = [],
): Promise<void> {
  const bump: Update = {
    update: keys.version(db),
    ...change,
    add: { ...change.add, config_version: 1 },
    if: "attribute_exists(pk) AND #status <> :deleting",
    values: { deleting: "deleting" },
  };
  const trail = Audit.put(ports, db, audited);
  await retry(
    ports,
    (error) => isBusy(error),
    async () => {
      try {
        await ports.store.transact([...writes, bump, ...trail]);
      } catch (error) {
        if (error instanceof TransactionCanceled && error.reasons[writes.length]?.code === "ConditionalCheckFailed")
          throw new AppError("not_found", "The database does not exist (any more).", { cause: error });
        throw error;
      }
    },
  );
}

/** Whether a later try can succeed: nothing but conflicts and throttling stood in the way. */
export function isBusy(error: unknown): boolean {
  if (error instanceof StoreBusy) return true;
  if (!(error instanceof TransactionCanceled)) return false;
  const codes = error.reasons.map((reason) => reason.code).filter((code) => code !== "None");
  return codes.length > 0 && codes.every((code) => code === "TransactionConflict" || code === "ThrottlingError");
}
