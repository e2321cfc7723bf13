import type { OperatorSettings } from "../operator/settings.ts";

/**
 * The daily limit of platform mail in recipients (R-LIM-1): the operator's override, else the highest of the plan's
 * value and each installed app's.
 * @param plan a plan of the operator's table; an unknown one counts 0.
 */
export function dailyLimit(
  { plans, apps: values }: Pick<OperatorSettings, "plans" | "apps">,
  { plan, apps, daily_limit }: { plan: string; apps: readonly string[]; daily_limit: number | null },
): number {
  return daily_limit ?? Math.max(of(plans, plan), ...apps.map((app) => of(values, app)));
}

/** Names come from outside: `constructor` is one like any other. */
const of = (table: Readonly<Record<string, number>>, name: string): number =>
  Object.hasOwn(table, name) ? (table[name] ?? 0) : 0;
