import { AppError } from "../error.ts";
import * as keys from "../keys.ts";
import { dailyLimit } from "../limit/plan.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Item, StoreBusy, type Update } from "../ports/store.ts";
import { retry } from "../retry.ts";
import { find } from "./list.ts";
import { assertApps, assertLimit, assertPlan } from "./plan.ts";
import { fromItem, type Version } from "./version.ts";

/** What the operator may change of a database. */
export interface PatchInput {
  readonly plan?: string | undefined;
  readonly apps?: readonly string[] | undefined;
  /** Null = back to that of plan and apps. */
  readonly daily_limit?: number | null | undefined;
  readonly status?: "active" | "paused" | undefined;
}

/**
 * Changes a database. A new limit holds from this write on, in the middle of the day too: its revision is raised, and
 * a counter of an older one is moved by the difference (R-LIM-1).
 * @throws AppError not_found, invalid_parameter; conflict when it is being deleted.
 */
export async function patch(
  ports: Pick<Ports, "store" | "clock" | "random" | "operator">,
  name: string,
  input: PatchInput,
): Promise<Version> {
  if (input.plan !== undefined) assertPlan(ports.operator, input.plan);
  if (input.apps !== undefined) assertApps(input.apps);
  if (input.daily_limit !== undefined) assertLimit(input.daily_limit);
  const outdated = (error: unknown) => error instanceof ConditionFailed || error instanceof StoreBusy;
  const item = await retry(ports, outdated, async () => {
    const version = await find(ports, name);
    if (version.status === "deleting") throw new AppError("conflict", "The database is being deleted.");
    return ports.store.write(update(ports, version, input));
  });
  return fromItem(item as Item);
}

/** The revision is raised even where the limit stays the same: two changes at once then see each other. */
function update({ operator }: Pick<Ports, "operator">, version: Version, input: PatchInput): Update {
  const { plan = version.plan, apps = version.apps, daily_limit = version.daily_limit } = input;
  const limit = dailyLimit(operator, { plan, apps, daily_limit });
  return {
    update: keys.version(version.id),
    set: { plan, apps, daily_limit, limit, ...status(input) },
    add: { limit_rev: 1 },
    if: "#limit_rev = :rev AND #status <> :deleting",
    values: { rev: version.limit_rev, deleting: "deleting" },
  };
}

const status = ({ status }: PatchInput): Partial<Version> =>
  status === undefined ? {} : { status, paused_by: status === "paused" ? "operator" : null };
