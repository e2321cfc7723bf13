import { isBusy } from "../configuration/commit.ts";
import { read as readVersion, type Version } from "../database/version.ts";
import type { Kind } from "../email/head.ts";
import * as Hold from "../email/hold.ts";
import { AppError } from "../error.ts";
import type { Ports } from "../ports/main.ts";
import { type Check, type Item, StoreBusy, TransactionCanceled, type Write } from "../ports/store.ts";
import { jitter, patience } from "../retry.ts";
import * as Counter from "./counter.ts";
import { dayOf, resetsAt } from "./day.ts";
import * as Full from "./full.ts";
import * as Reached from "./reached.ts";
import * as Threshold from "./threshold.ts";
import { inTurn } from "./turn.ts";

/** A commit that takes its share of the daily limit in the same transaction. */
export interface Commit {
  /** Recipients to be counted; 0 = not counted at all (R-LIM-1). */
  readonly count: number;
  /** The kind of the mail, which queues behind held mail (R-LIM-4); absent = it is the held mail that is let through. */
  readonly kind?: Kind;
  /** The actions beside the counter's, for the counting day they are charged to. */
  actions(day: string): readonly (Write | Check)[];
  /** Called when one of `actions` failed its condition, with what was there: takes it as an answer, or throws. */
  refused(position: number, item: Item | undefined): void;
}

/** How long a request waits for its turn at the counter, in ms: what is left of API Gateway's 30 s is for the rest. */
export const longestTurn = 22_000;
/** Tries that are made however long they take. */
const fewest = 3;

type Needs = Pick<Ports, "store" | "clock" | "random">;

/**
 * Commits a transaction together with the counter (R-LIM-3): either the share of the limit and everything else is
 * written, or nothing. Exactly `limit` recipients of a day get through, whatever the concurrency. Transactions that
 * overlap on the counter are cancelled by DynamoDB; before each new try the counter is read, so that a full one is
 * the answer at once.
 * @throws AppError daily_quota_exceeded (429, with `resets_at`) when the counter has too little left;
 *   limit_unavailable (503) when no try got through: never taken for a refusal, never let through.
 */
export async function reserve(ports: Needs, version: Version, commit: Commit): Promise<void> {
  const asked = ports.clock.now();
  if (commit.count === 0) return attempt(ports, version, commit);
  await inTurn(ports.store, version.id, () => {
    if (ports.clock.now() - asked > longestTurn) throw unavailable(undefined, false);
    return attempt(ports, version, commit);
  });
}

/** One request to the store: repeated under its token, it is made once. */
interface Trial {
  readonly token: string;
  readonly day: string;
}

const begin = ({ clock, random }: Needs, { reset_utc }: Version): Trial => ({
  token: Buffer.from(random.bytes(16)).toString("hex"),
  day: dayOf(clock.now(), reset_utc),
});

/**
 * Refuses early what a counter that was seen full would refuse anyway, before anything is written.
 * @throws AppError daily_quota_exceeded
 */
export async function assertRoom(ports: Needs, version: Version, count: number): Promise<void> {
  const { day } = begin(ports, version);
  if (count > 0 && Full.isNoted(ports.store, version.id, day, version.limit_rev))
    await assertLeft(ports, version, day, count);
}

async function attempt(ports: Needs, version: Version, commit: Commit): Promise<void> {
  const { clock } = ports;
  const start = clock.now();
  let current = version;
  let trial = begin(ports, current);
  let cause: unknown;
  let crossing: Threshold.Crossing | undefined;
  // Whether an answer was lost: what was sent may be written, so only the head says what is true
  let lost = false;
  for (let n = 1; n <= patience.tries && (n <= fewest || clock.now() - start < patience.within_ms); n++) {
    try {
      if (n === 1) await assertRoom(ports, current, commit.count);
      if (cause instanceof TransactionCanceled && !lost) await assertLeft(ports, current, trial.day, commit.count);
      const failed = await transact(ports, current, trial, commit, crossing);
      if (!failed) return;
      crossing = await crossed(ports, current, trial, commit.count, failed.counter);
      if (!crossing) current = await realign(ports, current, trial.day, commit, failed.counter);
      trial = begin(ports, current);
      cause = undefined;
    } catch (error) {
      if (!isBusy(error)) throw error;
      cause = error;
      if (error instanceof TransactionCanceled) trial = begin(ports, current);
      else lost = true;
      await clock.sleep(jitter(ports, Math.min(patience.longest_ms, patience.base_ms * 2 ** (n - 1))));
    }
  }
  throw unavailable(cause, lost);
}

/**
 * One try at the transaction.
 * @returns undefined when it is written, or was before; the counter as it stood when that was what failed.
 */
async function transact(
  { store }: Needs,
  version: Version,
  { token, day }: Trial,
  commit: Commit,
  crossing?: Threshold.Crossing,
): Promise<{ counter: Item | undefined } | undefined> {
  const actions = commit.actions(day);
  const counted = commit.count > 0 ? [Counter.charge(version, day, commit.count, crossing?.charge)] : [];
  try {
    await store.transact([...actions, ...counted, ...(crossing?.events ?? [])], token);
    return undefined;
  } catch (error) {
    if (!(error instanceof TransactionCanceled)) throw error;
    const { reasons } = error;
    const position = reasons.findIndex(({ code }) => code === "ConditionalCheckFailed");
    if (position < 0) throw error;
    const item = reasons[position]?.item;
    if (position < actions.length) {
      commit.refused(position, item);
      return undefined;
    }
    // The counter's no counts only where nothing hides what the caller's own conditions say
    if (reasons.slice(0, position).some(({ code }) => code !== "None")) throw new StoreBusy(error.message);
    return { counter: item };
  }
}

/** After the counter's condition failed: had it room, and only a threshold was crossed that is to be told (R-LIM-5)? */
async function crossed(
  ports: Needs,
  version: Version,
  { day }: Trial,
  n: number,
  item?: Item,
): Promise<Threshold.Crossing | undefined> {
  const counter = item as unknown as Counter.Counter | undefined;
  if (!counter || counter.limit_rev !== version.limit_rev || counter.left < n) return undefined;
  const now = ports.clock.now();
  const when = { day, resets_at: resetsAt(now, version.reset_utc) };
  const crossing = Threshold.crossing(version, when, counter, n, now);
  return { ...crossing, events: await Threshold.told(ports, version, crossing.events) };
}

/**
 * After the counter's condition failed: is it full, of another revision, or not there yet? In a new day the line goes
 * first, whatever `on_limit` says: else who is a moment faster than the tick could keep mail held for ever (R-LIM-4).
 */
async function realign(
  ports: Needs,
  version: Version,
  day: string,
  { count: n, kind }: Commit,
  item?: Item,
): Promise<Version> {
  const counter = item as unknown as Counter.Counter | undefined;
  if (counter && counter.limit_rev === version.limit_rev && counter.left < n)
    throw await exceeded(ports, version, day, counter, n);
  if (!counter && kind && (await Hold.isBehind(ports.store, version.id, kind))) throw behind(ports, version, n);
  if (counter && counter.limit_rev > version.limit_rev) return await readVersion(ports.store, version.id);
  await Counter.align(ports.store, version, day, ports.clock.now(), item);
  return version;
}

/** Reads the counter: too little left is the answer, whoever else is still trying. */
async function assertLeft(ports: Needs, version: Version, day: string, n: number): Promise<void> {
  if (n === 0) return;
  const counter = await Counter.read(ports.store, version.id, day);
  if (counter && counter.limit_rev === version.limit_rev && counter.left < n)
    throw await exceeded(ports, version, day, counter, n);
}

async function exceeded(
  ports: Needs,
  version: Version,
  day: string,
  counter: Counter.Counter,
  n: number,
): Promise<AppError> {
  const { clock, store } = ports;
  Full.note(store, version.id, day, version.limit_rev);
  await Reached.tell(ports, version, day, counter, n);
  const resets_at = resetsAt(clock.now(), version.reset_utc);
  const remaining = Math.max(0, counter.left);
  return new AppError(
    "daily_quota_exceeded",
    `The daily limit of ${version.limit} recipients is reached: ${remaining} left, ${n} asked. It is reset at ` +
      `${resets_at}. Wait until then, ask the operator for a higher limit, or send over a server of your own.`,
    { details: { limit: version.limit, used: version.limit - counter.left, remaining, requested: n, resets_at } },
  );
}

/** The tick looks at the line each minute once the limit was reset. */
function behind({ clock }: Needs, version: Version, requested: number): AppError {
  const { limit, reset_utc } = version;
  return new AppError(
    "daily_quota_exceeded",
    "The daily limit was reset a moment ago, and mail that is held goes first: try again in a minute.",
    {
      details: {
        ...{ limit, used: 0, remaining: 0, requested, resets_at: resetsAt(clock.now(), reset_utc) },
        retry_after_seconds: 60,
      },
    },
  );
}

const unavailable = (cause: unknown, lost: boolean): AppError =>
  new AppError(
    "limit_unavailable",
    lost
      ? "The store gave no answer: whether the mail was accepted is not known. Repeat it with an Idempotency-Key that it had from the start, or look into the list of emails."
      : "The mail was not accepted: too many are being accepted at once. Try again in a second.",
    { cause },
  );
