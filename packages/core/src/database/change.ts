import { diff } from "../audit/diff.ts";
import type * as Audit from "../audit/entry.ts";
import { commit, isBusy, type VersionChange } from "../configuration/commit.ts";
import { type Loaded, load } from "../configuration/load.ts";
import { AppError } from "../error.ts";
import { type Claims, none } from "../idempotency/once.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { type Check, isRefused, type Key, type Update, type Write } from "../ports/store.ts";
import { type Patience, patience, retry } from "../retry.ts";
import type { SettingsRecord } from "../settings/record.ts";
import { read, type Version } from "./version.ts";

/** What is to be written, decided on a configuration as it was loaded. */
export interface Change<T> {
  readonly writes: readonly (Write | Check)[];
  /** Settings that change with it. */
  readonly settings?: Partial<SettingsRecord>;
  readonly version?: VersionChange;
  /** What goes into the audit trail beside the records of the configuration. */
  readonly audited?: readonly Audit.Change[];
  /** What {@link change} answers once it is written. */
  readonly result: T;
}

type Needs = Pick<Ports, "store" | "operator" | "clock" | "random" | "actor">;

/** Of several changes of one database at once one is written, the others are decided again: that takes more tries. */
const among: Patience = { ...patience, tries: 30, within_ms: 10_000 };

/** The item of a database's settings; there is one. */
export const settingsKey = (db: string): Key => keys.configuration(db, "settings", "settings");

/**
 * Changes the configuration of a database: `decide` sees all of it and says what to write; it is written only if
 * nothing else was written since, else decided again. So rules over several records (unique names, a domain in use, a
 * server others depend on) hold exactly, and none needs an item of its own. What it changes of the records goes into
 * the audit trail with it, under the actor of the ports.
 * @param claims what an idempotency key claims for the result: written in the same transaction.
 * @throws what `decide` throws; AppError conflict when others kept changing it, not_found when the database is gone.
 */
export async function change<T>(
  ports: Needs,
  version: Version,
  decide: (loaded: Loaded) => Change<T> | Promise<Change<T>>,
  claims: Claims<T> = none,
): Promise<T> {
  let current = version;
  try {
    return await retry(
      ports,
      isRefused,
      async () => {
        const loaded = await load(ports, current);
        const decided = await decide(loaded);
        try {
          const claimed = await claims(decided.result);
          const writes = [guard(loaded, decided.settings), ...decided.writes, ...claimed];
          const audited = [...diff(loaded, decided.writes, decided.settings), ...(decided.audited ?? [])];
          await commit(ports, version.id, writes, decided.version, audited);
        } catch (error) {
          if (isRefused(error)) current = await read(ports.store, version.id);
          throw error;
        }
        return decided.result;
      },
      among,
    );
  } catch (error) {
    if (!isRefused(error) && !isBusy(error)) throw error;
    throw new AppError("conflict", "The configuration is being changed by others: try again.", { cause: error });
  }
}

/** Writes the settings, on condition that the configuration is the one decided on; always the first action. */
function guard({ version, settings }: Loaded, changed: Partial<SettingsRecord> = {}): Update {
  return {
    update: settingsKey(version.id),
    ...(Object.keys(changed).length > 0 ? { set: changed } : {}),
    add: { revision: 1 },
    if: "#revision = :revision",
    values: { revision: settings.revision },
  };
}
