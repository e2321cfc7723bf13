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
  return daily_limit ?? Math.max(plans[plan] ?? 0, ...apps.map((app) => values[app] ?? 0));
}
