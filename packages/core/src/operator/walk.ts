import { fromItem, type Version } from "../database/version.ts";
import { due } from "../email/due.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Item, StoreBusy, type Update } from "../ports/store.ts";
import { retry } from "../retry.ts";
import { type Resolved, read, resolve, type Table } from "./table.ts";

/** Databases looked at together. */
const page = 100;
/** Of these, changed at once. */
const width = 20;

type Needs = Pick<Ports, "store" | "clock" | "random" | "operator">;

/** How far the settings of a revision have been carried. */
interface Walk {
  readonly revision: number;
  /** The list of databases may lack one that was just made, so it is walked a second time, later. */
  readonly sweep: 1 | 2;
  /** The name of the last database that has them. */
  readonly after: string | null;
}

/**
 * Carries the operator's settings to the databases that do not have them yet, and remembers how far it came: the next
 * call goes on there. Any number may walk at once; a database takes a newer revision only.
 * @param deadline ms
 */
export async function walk(ports: Needs, deadline: number): Promise<void> {
  const item = await ports.store.get(keys.operatorWalk, { consistent: true });
  if (!item) return;
  let state = item as unknown as Walk;
  const table = await read(ports);
  // Changed again meanwhile: whoever did has written an order of its own
  if (table.revision !== state.revision) return;
  while (ports.clock.now() < deadline) {
    const above = state.after === null ? {} : { above: state.after };
    const { items } = await ports.store.query({ index: "list", pk: "DATABASES", ...above, limit: page });
    await carry(ports, table, items);
    const last = items.at(-1)?.["list_sk"];
    if (typeof last !== "string") return finish(ports, state);
    const next = { ...state, after: last };
    if (!(await keep(ports, next))) return;
    state = next;
  }
}

async function carry(ports: Needs, table: Table, items: readonly Item[]): Promise<void> {
  const found = await ports.store.batchGet(
    items.map(({ pk, sk }) => ({ pk, sk })),
    { consistent: true },
  );
  const behind = found.map(fromItem).filter((version) => version.operator_revision < table.revision);
  for (let n = 0; n < behind.length; n += width)
    await Promise.all(behind.slice(n, n + width).map((version) => apply(ports, table, version)));
}

/** Its plan may be changed at the same moment: then it is resolved again from what it is now. */
async function apply(ports: Needs, table: Table, version: Version): Promise<void> {
  let current: Version | undefined = version;
  const outdated = (error: unknown) => error instanceof ConditionFailed || error instanceof StoreBusy;
  await retry(ports, outdated, async () => {
    if (!current || current.operator_revision >= table.revision || current.status === "deleting") return;
    try {
      await ports.store.write(update(current, resolve(table, current)));
    } catch (error) {
      if (error instanceof ConditionFailed) current = error.item && fromItem(error.item);
      throw error;
    }
  });
}

/** A new limit is a new revision of it; who may use servers of its own is part of what is compiled. */
function update(version: Version, resolved: Resolved): Update {
  const limited = resolved.limit !== version.limit;
  const compiled = resolved.custom_email_servers !== version.custom_email_servers;
  return {
    update: keys.version(version.id),
    set: { ...resolved },
    add: { limit_rev: limited ? 1 : 0, config_version: compiled ? 1 : 0 },
    if: "#limit_rev = :rev AND #operator_revision < :revision AND #status <> :deleting",
    values: { rev: version.limit_rev, revision: resolved.operator_revision, deleting: "deleting" },
  };
}

/** @returns false when another revision's order has taken its place. */
async function keep(ports: Needs, { revision, sweep, after }: Walk): Promise<boolean> {
  return written(ports, {
    update: keys.operatorWalk,
    set: { after },
    if: "#revision = :revision AND #sweep = :sweep",
    values: { revision, sweep },
  });
}

async function finish(ports: Needs, { revision, sweep }: Walk): Promise<void> {
  const again = due(keys.operatorWalk.sk, ports.clock.now() + ports.operator.waits.recovery * 1000);
  await written(ports, {
    update: keys.operatorWalk,
    set: { sweep: 2, after: null, due_n: 0, ...(sweep === 1 && again) },
    ...(sweep === 2 && { remove: ["due_pk", "due_sk"] }),
    if: "#revision = :revision AND #sweep = :sweep",
    values: { revision, sweep },
  });
}

async function written(ports: Needs, update: Update): Promise<boolean> {
  try {
    await retry(
      ports,
      (error) => error instanceof StoreBusy,
      () => ports.store.write(update),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionFailed) return false;
    throw error;
  }
}
