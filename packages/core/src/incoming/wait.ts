import type { PollError } from "./record.ts";

/** The longest wait, and the shortest after a login was refused: servers lock accounts for less. */
const most = 60;
const afterLogin = 30;

/**
 * Minutes until a mailbox is looked into again: as chosen, and after failures 1, 2, 4 … 60, or longer where that was
 * chosen. A login that was refused is not tried again before 30.
 * @param failures polls that failed in a row.
 */
export function waitAfter(chosen: number, failures: number, failed?: Pick<PollError, "class">): number {
  if (failures === 0) return chosen;
  const growing = Math.min(most, 2 ** Math.min(failures - 1, 10));
  return Math.max(chosen, growing, failed?.class === "authentication" ? afterLogin : 0);
}
