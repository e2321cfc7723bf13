import { compare } from "../audit/diff.ts";
import * as Audit from "../audit/entry.ts";
import { isBusy } from "../configuration/commit.ts";
import { due } from "../email/due.ts";
import { AppError } from "../error.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { isRefused, type Put } from "../ports/store.ts";
import { retry } from "../retry.ts";
import { read, type Table } from "./table.ts";
import { walk } from "./walk.ts";

/** What the operator may change of the settings; entries not named stay. */
export interface OperatorInput {
  /** A plan stays once it is named: databases may have it. */
  readonly plans?: Readonly<Record<string, number>> | undefined;
  /** Null takes an app's value away. */
  readonly apps?: Readonly<Record<string, number | null>> | undefined;
  readonly reset_utc?: string | undefined;
  readonly custom_email_servers?: Readonly<Record<string, boolean>> | undefined;
}

/** The settings, and whether every database has them. */
export interface OperatorView extends Omit<Table, "revision"> {
  /** False while they are still being carried to the databases; the tick goes on with it. */
  readonly applied: boolean;
}

type Needs = Pick<Ports, "store" | "clock" | "random" | "operator" | "actor" | "log">;

/** Entries of a table at most, and the characters of a name. */
const maximum = { entries: 1_000, name: 64 };
/** How long the call itself carries them to the databases, in ms. */
const patience = 10_000;

/** The operator's settings. */
export async function get(ports: Pick<Ports, "store" | "operator">): Promise<OperatorView> {
  const { revision: _revision, ...table } = await read(ports);
  return { ...table, applied: (await ports.store.get(keys.operatorWalk, { consistent: true }))?.["sweep"] !== 1 };
}

/**
 * Changes the operator's settings. The order to carry them to every database is written with them, and given again by
 * the tick until it is done: whatever dies, none is left behind (R-LIM-1, R-LIM-2, R-SRV-10).
 * @throws AppError invalid_parameter; conflict when others kept changing them.
 */
export async function patch(ports: Needs, input: OperatorInput): Promise<OperatorView> {
  const again = (error: unknown) => isBusy(error) || isRefused(error);
  try {
    await retry(ports, again, async () => {
      const before = await read(ports);
      const after = merged(before, input);
      await ports.store.transact(writes(ports, before, after));
    });
  } catch (error) {
    if (!again(error)) throw error;
    throw new AppError("conflict", "The settings are being changed by others: try again.", { cause: error });
  }
  try {
    await walk(ports, ports.clock.now() + patience);
  } catch (error) {
    // The settings stand; the tick finds the order in the due index
    ports.log.warn("settings not carried to every database, left to the tick", { operation: "operator", error });
  }
  return get(ports);
}

function writes(ports: Needs, before: Table, after: Table): Put[] {
  const { revision } = before;
  const condition =
    revision === 0 ? { if: "attribute_not_exists(pk)" } : { if: "#revision = :before", values: { before: revision } };
  const { revision: _before, ...was } = before;
  const { revision: _after, ...is } = after;
  const changed = compare(was, is);
  const at = due(keys.operatorWalk.sk, ports.clock.now() + ports.operator.waits.recovery * 1000);
  return [
    { put: { ...keys.operatorSettings, ...after }, ...condition },
    { put: { ...keys.operatorWalk, revision: after.revision, sweep: 1, after: null, due_n: 0, ...at } },
    ...Audit.putOperators(
      ports,
      changed ? [{ noun: "operator_settings", id: "settings", action: "update", ...changed }] : [],
    ),
  ];
}

function merged(before: Table, input: OperatorInput): Table {
  const plans = { ...before.plans, ...input.plans };
  const apps = Object.entries({ ...before.apps, ...input.apps }).filter(([, limit]) => limit !== null);
  const after: Table = {
    revision: before.revision + 1,
    plans,
    apps: Object.fromEntries(apps) as Record<string, number>,
    reset_utc: input.reset_utc ?? before.reset_utc,
    custom_email_servers: { ...before.custom_email_servers, ...input.custom_email_servers },
  };
  assertNames("plans", after.plans);
  assertNames("apps", after.apps);
  const unknown = Object.keys(after.custom_email_servers).find((plan) => !Object.hasOwn(plans, plan));
  if (unknown !== undefined) throw refusal("custom_email_servers", "names a plan that is none of `plans`");
  return after;
}

function assertNames(field: string, table: Readonly<Record<string, unknown>>): void {
  const names = Object.keys(table);
  if (names.length > maximum.entries) throw refusal(field, `has more than ${maximum.entries} entries`);
  if (names.some((name) => name.trim() === "" || name.length > maximum.name))
    throw refusal(field, `has a name that is blank or longer than ${maximum.name} characters`);
  // What every object has already cannot be a name in one: the store's own encoding trips over \`constructor\`
  const taken = names.find((name) => name in Object.prototype);
  if (taken !== undefined) throw refusal(field, `cannot have the name ${taken}`);
}

const refusal = (field: string, why: string): AppError =>
  new AppError("invalid_parameter", `${field} ${why}.`, { details: { field } });
