import * as Audit from "../audit/entry.ts";
import { isBusy } from "../configuration/commit.ts";
import { fromItem, type Version } from "../database/version.ts";
import { due } from "../email/due.ts";
import * as keys from "../keys.ts";
import { dayOf } from "../limit/day.ts";
import type { Ports } from "../ports/main.ts";
import { isRefused, type Store, type Write } from "../ports/store.ts";
import { retry } from "../retry.ts";
import { paused } from "./event.ts";
import { judge, type Rates, rates } from "./rate.ts";
import * as Switch from "./switch.ts";
import * as Window from "./window.ts";

type Needs = Pick<Ports, "store" | "clock" | "random" | "log" | "provider" | "operator">;

/** A process looks at the rates of a database at most so often, in ms; in between it leaves a note for the tick. */
const between = 5_000;

interface Looked {
  readonly at: number;
  readonly noted: boolean;
}
const looked = new WeakMap<Store, Map<string, Looked>>();
const remembered = 10_000;

/**
 * To be called after bounces or complaints of databases were counted: one that is too bad for the platform is paused
 * there (R-FAIL-7). What was counted stands whatever becomes of this: it is logged, and the tick looks again.
 */
export async function check(ports: Needs, databases: Iterable<string>): Promise<void> {
  await Promise.all([...new Set(databases)].map((db) => checkOne(ports, db)));
}

async function checkOne(ports: Needs, db: string): Promise<void> {
  const known = looked.get(ports.store) ?? new Map<string, Looked>();
  looked.set(ports.store, known);
  const now = ports.clock.now();
  const last = known.get(db);
  const fresh = last !== undefined && Math.abs(now - last.at) < between;
  if (fresh && last.noted) return;
  if (known.size > remembered) known.clear();
  known.set(db, { at: fresh ? last.at : now, noted: fresh });
  try {
    await (fresh ? note(ports, db, last.at + between) : look(ports, db));
  } catch (error) {
    known.delete(db);
    ports.log.error("the reputation of a database was not looked at", { operation: "reputation", database: db, error });
    await note(ports, db, now).catch((again: unknown) =>
      ports.log.error("nor was that noted", { operation: "reputation", database: db, error: again }),
    );
  }
}

/** Whoever counts the last bounce of many must not be the one who is not looked at. `at` in ms. */
async function note({ store }: Needs, db: string, at: number): Promise<void> {
  await store.write({ update: keys.reputation(db), set: { database: db, due_n: 0, ...due(db, at) } });
}

/** Looks at the rates of a database now, and warns or pauses. */
export async function look(ports: Needs, db: string): Promise<void> {
  const outdated = (error: unknown) => isBusy(error) || isRefused(error);
  const acted = await retry(ports, outdated, async () => {
    const item = await ports.store.get(keys.version(db), { consistent: true });
    const version = item && fromItem(item);
    if (version?.status !== "active") return "nothing";
    const window = await Window.read(ports, version, ports.clock.now());
    const verdict = judge(window);
    if (verdict === "paused") await pause(ports, version, rates(window));
    else if (verdict === "warning") await warn(ports, version, rates(window));
    return verdict;
  });
  if (acted === "paused") await Switch.carry(ports, db);
}

/** On the version as it was read: whoever has resumed it, or paused it, since is not overruled by what was then. */
async function pause(ports: Needs, version: Version, found: Rates): Promise<void> {
  const { id, config_version } = version;
  const paused_for = { at: new Date(ports.clock.now()).toISOString(), ...found };
  const set = { status: "paused", paused_by: "reputation", paused_for } as const;
  await ports.store.transact([
    {
      update: keys.version(id),
      set,
      add: { config_version: 1 },
      if: "#config_version = :seen AND #status = :active",
      values: { seen: config_version, active: "active" },
    },
    Switch.order(ports, id),
    ...(await paused(ports, version, set)),
    ...trail(ports, version, { status: "active", paused_by: null }, set),
  ]);
  ports.log.warn("platform mail of a database is paused for its reputation", { database: id });
}

/** Once a counting day, in the audit trail; the rates themselves are on the database and its usage at any time. */
async function warn(ports: Needs, version: Version, found: Rates): Promise<void> {
  const day = dayOf(ports.clock.now(), version.reset_utc);
  const key = keys.reputation(version.id);
  const item = await ports.store.get(key, { consistent: true });
  if (item?.["warned_on"] === day) return;
  await ports.store.transact([
    {
      update: key,
      set: { database: version.id, warned_on: day },
      if: "attribute_not_exists(#warned_on) OR #warned_on <> :day",
      values: { day },
    },
    ...trail(ports, version, { reputation: "ok" }, { reputation: "warning", ...found }),
  ]);
  ports.log.warn("the bounce or complaint rate of a database is high", { database: version.id });
}

/** In the database's own trail and in the operator's; nobody did it but the machinery. */
function trail(ports: Needs, { id, name }: Version, before: object, after: object): Write[] {
  const own = { clock: ports.clock, random: ports.random };
  const entry = (of: string): Audit.Change[] => [
    { noun: "database", id: of, action: "update", before: { ...before }, after: { ...after } },
  ];
  return [...Audit.put(own, id, entry(id)), ...Audit.putOperators(own, entry(name))];
}
