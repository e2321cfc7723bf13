import { isBusy } from "../configuration/commit.ts";
import { read as readVersion, type Version } from "../database/version.ts";
import { AppError } from "../error.ts";
import type { Ports } from "../ports/main.ts";
import { type Check, type Item, TransactionCanceled, type Write } from "../ports/store.ts";
import { jitter, patience } from "../retry.ts";
import * as Counter from "./counter.ts";
import { dayOf, resetsAt } from "./day.ts";
import { inTurn } from "./turn.ts";

/** A commit that takes its share of the daily limit in the same transaction. */
export interface Commit {
  /** Recipients to be counted; 0 = not counted at all (R-LIM-1). */
  readonly count: number;
  /** The actions beside the counter's, for the counting day they are charged to. */
  actions(day: string): readonly (Write | Check)[];
  /** Called when one of `actions` failed its condition, with what was there: takes it as an answer, or throws. */
  refused(position: number, item: Item | undefined): void;
}

type Needs = Pick<Ports, "store" | "clock" | "random" | "operator">;

/**
 * Commits a transaction together with the counter (R-LIM-3): either the share of the limit and everything else is
 * written, or nothing. Exactly `limit` recipients of a day get through, whatever the concurrency. Transactions that
 * overlap on the counter are cancelled by DynamoDB; before each new try the counter is read, so that a full one is
 * the answer at once.
 * @throws AppError daily_quota_exceeded (429, with `resets_at`) when the counter has too little left;
 *   limit_unavailable (503) when no try got through: never taken for a refusal, never let through.
 */
export async function reserve(ports: Needs, version: Version, commit: Commit): Promise<void> {
  if (commit.count === 0) return attempt(ports, version, commit);
  await inTurn(ports.store, version.id, () => attempt(ports, version, commit));
}

async function attempt(ports: Needs, version: Version, commit: Commit): Promise<void> {
  const { clock } = ports;
  const start = clock.now();
  let current = version;
  let cause: unknown;
  for (let n = 1; n <= patience.tries && (n === 1 || clock.now() - start < patience.within_ms); n++) {
    const day = dayOf(clock.now(), ports.operator.reset_utc);
    try {
      if (cause !== undefined && commit.count > 0) await assertLeft(ports, current, day, commit.count);
      const failed = await transact(ports, current, day, commit);
      if (!failed) return;
      current = await realign(ports, current, day, commit.count, failed.counter);
      cause = undefined;
    } catch (error) {
      if (!isBusy(error)) throw error;
      cause = error;
      await clock.sleep(jitter(ports, Math.min(patience.longest_ms, patience.base_ms * 2 ** (n - 1))));
    }
  }
  throw unavailable(cause);
}

/**
 * One try at the transaction.
 * @returns undefined when it is written, or was before; the counter as it stood when that was what failed.
 */
async function transact(
  { store, random }: Needs,
  version: Version,
  day: string,
  commit: Commit,
): Promise<{ counter: Item | undefined } | undefined> {
  const actions = commit.actions(day);
  const counted = commit.count > 0 ? [Counter.charge(version, day, commit.count)] : [];
  try {
    await store.transact([...actions, ...counted], Buffer.from(random.bytes(16)).toString("hex"));
    return undefined;
  } catch (error) {
    if (!(error instanceof TransactionCanceled)) throw error;
    const position = error.reasons.findIndex(({ code }) => code === "ConditionalCheckFailed");
    if (position < 0) throw error;
    const item = error.reasons[position]?.item;
    if (position === actions.length) return { counter: item };
    commit.refused(position, item);
    return undefined;
  }
}

/** After the counter's condition failed: is it full, of another revision, or not there yet? */
async function realign(ports: Needs, version: Version, day: string, n: number, item?: Item): Promise<Version> {
  const counter = item as unknown as Counter.Counter | undefined;
  if (counter && counter.limit_rev === version.limit_rev && counter.left < n)
    throw exceeded(ports, version, counter, n);
  if (counter && counter.limit_rev > version.limit_rev) return await readVersion(ports.store, version.id);
  await Counter.align(ports.store, version, day, ports.clock.now(), item);
  return version;
}

/** Reads the counter: too little left is the answer, whoever else is still trying. */
async function assertLeft(ports: Needs, version: Version, day: string, n: number): Promise<void> {
  const counter = await Counter.read(ports.store, version.id, day);
  if (counter && counter.limit_rev === version.limit_rev && counter.left < n)
    throw exceeded(ports, version, counter, n);
}

function exceeded({ clock, operator }: Needs, version: Version, counter: Counter.Counter, n: number): AppError {
  const resets_at = resetsAt(clock.now(), operator.reset_utc);
  const remaining = Math.max(0, counter.left);
  return new AppError(
    "daily_quota_exceeded",
    `The daily limit of ${version.limit} recipients is reached: ${remaining} left, ${n} asked. It is reset at ` +
      `${resets_at}. Wait until then, ask the operator for a higher limit, or send over a server of your own.`,
    { details: { limit: version.limit, used: version.limit - counter.left, remaining, requested: n, resets_at } },
  );
}

const unavailable = (cause: unknown): AppError =>
  new AppError(
    "limit_unavailable",
    "The mail was not accepted: the daily counter is too busy. Try again in a second.",
    {
      cause,
    },
  );
