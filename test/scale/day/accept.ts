import { batchLimit, patience } from "../constants.ts";
import { limits } from "../limits.ts";
import { add, type Request, type State, touch } from "./state.ts";

const hour = 3_600;

/** Takes a mail, or a batch. @returns how many of it were accepted, now or to be held */
export function accept(state: State, { database, kind, mails, at }: Request): number {
  const { counts, second } = state;
  state.trace?.({ database, kind, mails, at });
  counts.asked += mails;
  counts.requests++;
  touch(second, database);
  useKey(state, database);
  const left = state.left[database] ?? 0;
  const fits = Math.min(mails, left);
  if (fits === mails || (state.population.holds[database] === 1 && mails <= (state.population.limits[database] ?? 0)))
    return take(state, { database, kind, mails, at }, fits);
  counts.refused += mails;
  refuse(state, { database, kind, mails, at }, left);
  return 0;
}

function take(state: State, { database, kind, mails, at }: Request, fits: number): number {
  const { counts } = state;
  if (fits > 0) charge(state, database, fits, kind === "mass");
  if (kind === "mass") state.mass.push(database, at, fits, 0);
  else if (fits > 0) state.transactional.push(database, at, 0);
  counts.accepted += mails;
  counts.held += mails - fits;
  add(state.held, database, mails - fits);
  state.steps.held += mails - fits;
  return mails;
}

/** What a charge costs, which depends on what was left before it. */
function charge(state: State, database: number, n: number, isBatch: boolean): void {
  const { second, steps, left } = state;
  const before = left[database] ?? 0;
  left[database] = before - n;
  open(state, database, isBatch);
  if (isCrossed(state, database, before, before - n)) {
    steps[isBatch ? "threshold crossed by a batch" : "threshold crossed"]++;
    add(second.beside, database, 2);
  }
  if (before === n) state.full[database] = 1;
  if (!isBatch) {
    steps.accepted++;
    add(second.singles, database, 1);
    return;
  }
  steps.batch++;
  steps["mail of a batch"] += n;
  add(second.batches, database, 1);
  add(second.batched, database, n);
}

/** Whoever is first in a day, accepted or refused, makes its counter. */
function open({ opened, steps, second }: State, database: number, isBatch: boolean): void {
  if (opened[database] === 1) return;
  opened[database] = 1;
  steps[isBatch ? "first batch of a day" : "first of a day"]++;
  add(second.beside, database, 3);
}

function isCrossed({ marks, full }: State, database: number, before: number, after: number): boolean {
  if (full[database] === 1) return false;
  for (const mark of marks) {
    const at = mark[database] ?? 0;
    if (before > at && after <= at) return true;
  }
  return false;
}

function refuse(state: State, { database, kind, mails }: Request, left: number): void {
  const { steps, second, refusals } = state;
  const known = (refusals[database] ?? 0) >= state.scenario.processes;
  open(state, database, kind === "mass");
  add(refusals, database, 1);
  if (kind === "mass") steps[known ? "batch refused" : "batch refused, unforeseen"]++;
  else steps[known ? "refused" : "refused, unforeseen"]++;
  if (!known) add(second.beside, database, 2);
  if (left === 0 || state.full[database] === 1 || mails > (state.population.limits[database] ?? 0)) return;
  state.full[database] = 1;
  steps["limit told"]++;
  add(second.beside, database, 2);
}

function useKey({ used, steps, now }: State, database: number): void {
  const since = Math.floor(now / hour);
  if (used[database] === since) return;
  used[database] = since;
  steps["key used, first of an hour"]++;
}

/**
 * A request that needs the counter of a database: so many a second get through, the next wait for their turn, and who
 * would wait for too long is answered 503.
 */
export function queue(state: State, request: Request): number {
  const { database } = request;
  const { singles, batches, freed } = state.second;
  const turns = (singles[database] ?? 0) + (batches[database] ?? 0) + (freed[database] ?? 0);
  if (!state.waiting.has(database) && turns < limits.item) return accept(state, request);
  const before = state.waiting.get(database) ?? 0;
  if (before < limits.item * patience) state.waiting.set(database, before + 1);
  else {
    state.counts.asked++;
    state.counts.requests++;
    state.counts.unavailable++;
  }
  return 0;
}

/** Those that waited for their turn come first. */
export function goOn(state: State): void {
  for (const [database, n] of [...state.waiting]) {
    const turns = Math.min(n, limits.item - (state.second.freed[database] ?? 0));
    for (let turn = 0; turn < turns; turn++)
      accept(state, { database, kind: "transactional", mails: 1, at: state.now });
    if (n > turns) state.waiting.set(database, n - turns);
    else state.waiting.delete(database);
  }
}

/** The next batch of a campaign that has so many mails left. */
export const nextBatch = (left: number): number => Math.min(left, batchLimit);
