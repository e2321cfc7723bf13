import { AppError } from "../error.ts";
import type { Table } from "../operator/table.ts";

/** The most apps a database names, the most characters of one, and the highest daily limit. */
const maximum = { apps: 200, app: 64, limit: 1_000_000_000 };

/** @throws AppError invalid_parameter for a plan that the operator's table does not have (R-LIM-1). */
export function assertPlan({ plans }: Pick<Table, "plans">, plan: string): void {
  if (Object.hasOwn(plans, plan)) return;
  throw refusal("plan", `is none of the operator's: ${Object.keys(plans).join(", ")}`);
}

/** @throws AppError invalid_parameter. An app without a value of its own in the operator's table is fine (R-LIM-1). */
export function assertApps(apps: readonly string[]): void {
  if (apps.length > maximum.apps) throw refusal("apps", `names more than ${maximum.apps} apps`);
  if (apps.some((app) => app === "" || app.length > maximum.app))
    throw refusal("apps", `holds a name that is blank or longer than ${maximum.app} characters`);
}

/** @throws AppError invalid_parameter for what is no whole number of recipients. */
export function assertLimit(limit: number | null): void {
  if (limit === null || (Number.isInteger(limit) && limit >= 0 && limit <= maximum.limit)) return;
  throw refusal("daily_limit", `is to be a whole number from 0 to ${maximum.limit}, or null for that of plan and apps`);
}

const refusal = (field: string, why: string): AppError =>
  new AppError("invalid_parameter", `${field} ${why}.`, { details: { field } });
