import type { Version } from "../database/version.ts";
import { AppError } from "../error.ts";
import { percent, thresholds } from "./rate.ts";

/** The refusal of platform mail of a database that is paused for its reputation (R-FAIL-7): what for, and what to do. */
export function refusal(paused_for: Version["paused_for"]): AppError {
  const why = paused_for ? `: ${reason(paused_for)}` : " for its bounce or complaint rate";
  return new AppError(
    "database_paused",
    `Platform mail of this database is paused${why}. Take the addresses that bounced or complained off your lists, then ask the operator to resume it. Mail over servers of your own goes on; what waits for the platform is held back.`,
    { details: { paused_by: "reputation", ...paused_for } },
  );
}

function reason({ recipients, bounce_rate, complaint_rate }: NonNullable<Version["paused_for"]>): string {
  const most = (what: keyof typeof thresholds) => percent(thresholds[what].paused / 10_000);
  const bounced = bounce_rate * 10_000 >= thresholds.bounced.paused;
  return bounced
    ? `${percent(bounce_rate)} of its ${recipients} recipients within seven days bounced, and ${most("bounced")} is too much`
    : `${percent(complaint_rate)} of its ${recipients} recipients within seven days complained, and ${most("complained")} is too much`;
}
