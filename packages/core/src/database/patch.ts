import { compare } from "../audit/diff.ts";
import * as Audit from "../audit/entry.ts";
import { isBusy } from "../configuration/commit.ts";
import { load } from "../configuration/load.ts";
import { AppError } from "../error.ts";
import * as keys from "../keys.ts";
import * as Operator from "../operator/table.ts";
import type { Ports } from "../ports/main.ts";
import { TransactionCanceled, type Update, type Write } from "../ports/store.ts";
import * as Reputation from "../reputation/event.ts";
import * as Switch from "../reputation/switch.ts";
import * as Window from "../reputation/window.ts";
import { retry } from "../retry.ts";
import { settingsKey } from "./change.ts";
import { assertSecrets, cleanDelivery } from "./delivery.ts";
import { find } from "./list.ts";
import { assertApps, assertLimit, assertPlan } from "./plan.ts";
import { read, type Version } from "./version.ts";

/** What the operator may change of a database. */
export interface PatchInput {
  readonly plan?: string | undefined;
  readonly apps?: readonly string[] | undefined;
  /** Null = back to that of plan and apps. */
  readonly daily_limit?: number | null | undefined;
  readonly status?: "active" | "paused" | undefined;
  readonly delivery?: Version["delivery"] | undefined;
  readonly redirect_to?: string | null | undefined;
}

type Needs = Pick<Ports, "store" | "clock" | "random" | "operator" | "actor" | "provider" | "log">;

/**
 * Changes a database. A new limit holds from this write on, in the middle of the day too: its revision is raised, and
 * a counter of an older one is moved by the difference (R-LIM-1). Paused or resumed, its tenant at SES is switched too;
 * resumed, its reputation is counted from then on (R-FAIL-7), or it would be paused again at once.
 * @throws AppError not_found, invalid_parameter; conflict when it is being deleted, or is to send over servers whose
 *   secrets it does not have.
 */
export async function patch(ports: Needs, name: string, input: PatchInput): Promise<Version> {
  if (input.apps !== undefined) assertApps(input.apps);
  if (input.daily_limit !== undefined) assertLimit(input.daily_limit);
  const outdated = (error: unknown) => isBusy(error) || isOutdated(error);
  const id = await retry(ports, outdated, async () => {
    const table = await Operator.read(ports);
    if (input.plan !== undefined) assertPlan(table, input.plan);
    const version = await find(ports, name);
    if (version.status === "deleting") throw new AppError("conflict", "The database is being deleted.");
    const changes = { ...changed(table, version, input), ...(await status(ports, version, input)) };
    if (version.delivery === "capture" && changes.delivery !== "capture") assertSecrets(await load(ports, version));
    await ports.store.transact([
      update(version, changes),
      ...outdate(version, changes),
      ...(await switched(ports, version, changes)),
      Operator.unchanged(table),
      ...trail(ports, version, changes),
    ]);
    return version.id;
  });
  if (input.status !== undefined) await Switch.carry(ports, id);
  return read(ports.store, id);
}

/** The version item, and the operator's table it is resolved from, are as they were read, or all is decided again. */
const isOutdated = (error: unknown): boolean =>
  error instanceof TransactionCanceled && error.reasons.some(({ code }) => code === "ConditionalCheckFailed");

/** What is set of the version item. */
type Changes = Pick<Version, "plan" | "apps" | "daily_limit" | "delivery" | "redirect_to"> &
  Operator.Resolved &
  Partial<Version>;

function changed(table: Operator.Table, version: Version, input: PatchInput): Changes {
  const { plan = version.plan, apps = version.apps, daily_limit = version.daily_limit } = input;
  const own = { plan, apps, daily_limit };
  return { ...own, ...Operator.resolve(table, own), ...cleanDelivery(input, version) };
}

/** The revision is raised even where the limit stays the same: two changes at once then see each other. */
function update(version: Version, changes: Changes): Update {
  return {
    update: keys.version(version.id),
    set: { ...changes },
    add: { limit_rev: 1, config_version: 1 },
    if: "#limit_rev = :rev AND #config_version = :compiled AND #status <> :deleting",
    values: { rev: version.limit_rev, compiled: version.config_version, deleting: "deleting" },
  };
}

/** A change of the configuration that was decided on where the mail went before is decided again. */
const outdate = ({ id, delivery }: Version, changes: Changes): Update[] =>
  changes.delivery === delivery ? [] : [{ update: settingsKey(id), add: { revision: 1 } }];

async function status(ports: Needs, version: Version, { status }: PatchInput): Promise<Partial<Version>> {
  if (status === undefined) return {};
  const set = { status, paused_by: status === "paused" ? "operator" : null, paused_for: null } as const;
  if (status === "paused" || version.status !== "paused") return set;
  return { ...set, reputation_from: await Window.restart(ports, version, ports.clock.now()) };
}

/** What a pause, or its end, brings with it. */
async function switched(ports: Needs, version: Version, changes: Changes): Promise<Write[]> {
  const { status, paused_by = null } = changes;
  if (status === undefined || (status === version.status && paused_by === version.paused_by)) return [];
  const told = status === "paused" ? await Reputation.paused(ports, version, { paused_by, paused_for: null }) : [];
  return [Switch.order(ports, version.id), ...told];
}

/** In the database's own trail and in the operator's. */
function trail(ports: Needs, version: Version, { operator_revision: _revision, ...changes }: Changes) {
  const found = compare({ ...version }, { ...version, ...changes });
  const entry = (id: string): Audit.Change[] => (found ? [{ noun: "database", id, action: "update", ...found }] : []);
  return [...Audit.put(ports, version.id, entry(version.id)), ...Audit.putOperators(ports, entry(version.name))];
}
