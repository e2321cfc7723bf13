import { comesAgain, periods, type Share, shareOf, tick, waitAfter } from "../constants.ts";
import { limits } from "../limits.ts";
import * as Keys from "./keys.ts";
import { add, type Later, type State, touch } from "./state.ts";
import { handOver } from "./times.ts";

/** Hands over what a second has room for. */
export type Send = (state: State) => Sent;

/** What a second handed over. */
export interface Sent {
  /** Invocations that leased slots: of transactional mail, and of mass mail. */
  readonly runs: number;
  readonly massRuns: number;
  /** Mail that was read and found no slot. */
  readonly away: number;
}

/** SES's rate, its quota, and how many invocations there may be: whichever is least. */
export function create({ scenario, readers }: State): Send {
  const share = scenario.ses && shareOf(scenario.ses.rate);
  const most = Math.floor(limits.concurrency / handOver);
  let quota = scenario.ses?.quota ?? Number.POSITIVE_INFINITY;
  return (state) => {
    comeBack(state);
    const room = share?.all ?? Number.POSITIVE_INFINITY;
    const before = state.counts.sent;
    const fresh = sendAll(state, "transactional", Math.min(room, most), quota);
    const old = sendAll(state, "released", Math.min(room, most) - fresh, quota - state.counts.sent + before);
    const singles = state.counts.sent - before;
    const part = share ? Math.min(share.mass(state.now), room - fresh - old) : room;
    const massRuns = sendMass(state, part, quota - singles, readers.mass.most ?? limits.concurrency);
    quota -= state.counts.sent - before;
    const away = share ? sendAway(state, share) : 0;
    // What waits fills the batches that readers get, what comes by itself is read by itself
    const runs = state.transactional.size > 0 ? Math.ceil(fresh / readers.dispatch.size) : fresh;
    return { runs: runs + Math.ceil(old / readers.dispatch.size), massRuns, away };
  };
}

/** Transactional mail, in its order. @returns how many were tried */
function sendAll(state: State, kind: "transactional" | "released", room: number, quota: number): number {
  const lane = state[kind];
  const most = Math.min(lane.size, room);
  for (let n = 0, left = quota; n < most; n++) {
    const { database, at, tries } = lane.shift();
    const mail = { database, kind, at, tries, n: 1 } as const;
    const refused = left < 1 || isRefused(state);
    (refused ? putOff : hand)(state, mail);
    if (!refused) left--;
  }
  return most;
}

const isRefused = ({ scenario, chance }: State): boolean => scenario.refused > 0 && chance.next() < scenario.refused;

/** @returns invocations */
function sendMass(state: State, part: number, quota: number, readers: number): number {
  const { size } = state.readers.mass;
  const ready = state.mass.size - state.away.n;
  const most = Math.floor(readers / handOver);
  let left = Math.min(ready, part);
  let runs = 0;
  for (; left > 0 && runs < most; runs++) {
    const whose = new Set<number>();
    state.mass.take(Math.min(size, left), (database, { at, tries }, n) => {
      left -= n;
      const refused = quota < n ? n : Math.min(n, state.chance.times(n * state.scenario.refused));
      if (refused > 0) putOff(state, { database, kind: "mass", at, tries, n: refused });
      if (n === refused) return;
      quota -= n - refused;
      hand(state, { database, kind: "mass", at, tries, n: n - refused });
      whose.add(database);
    });
    for (const database of whose) run(state, database);
  }
  return runs;
}

/** An invocation with mass mail of a database reads the key of its links. */
function run({ second, steps, counts, keys, now, readers }: State, database: number): void {
  add(second.runs, database, 1);
  steps["key of links read"]++;
  counts.keys_opened += Keys.open(keys.mass, database, now, 1, readers.mass.most ?? limits.concurrency);
}

function hand(state: State, { database, kind, at, n }: Later): void {
  const { second, steps, counts, delays, now } = state;
  touch(second, database);
  counts.sent += n;
  delays[kind].add(now - at, n);
  steps[kind === "mass" ? "sent, mass" : "sent, transactional"] += n;
  add(kind === "mass" ? second.mass : second.sent, database, n);
}

/** SES says no for now: tried again after a wait, by the next tick (R-FAIL-6). */
function putOff(state: State, mail: Later): void {
  const { later, now, steps, counts } = state;
  const at = Math.ceil((now + waitAfter(mail.tries + 1)) / tick) * tick;
  const others = later.get(at) ?? [];
  later.set(at, others);
  others.push({ ...mail, tries: mail.tries + 1 });
  steps["put off"] += mail.n;
  counts.put_off += mail.n;
}

function comeBack(state: State): void {
  const { later, now, mass, away } = state;
  for (const { database, kind, at, tries, n } of later.get(now) ?? [])
    if (kind === "mass") mass.push(database, at, n, tries);
    else for (let one = 0; one < n; one++) state[kind].push(database, at, tries);
  later.delete(now);
  away.n -= away.back.get(now) ?? 0;
  away.back.delete(now);
}

/**
 * What readers hold in hand and finds no slot in the next periods goes back to its queue, and was read in vain. Only a low
 * rate has that: with a higher one, all that readers can hold has a slot.
 */
function sendAway(state: State, share: Share): number {
  const { readers, mass, away, now, steps, counts, transactional } = state;
  const inHand = Math.min(mass.size - away.n, (readers.mass.most ?? limits.concurrency) * readers.mass.size);
  const cycle = periods.mass - 0.5;
  const back = Math.round(Math.max(0, inHand - share.mass(now) * periods.mass) / cycle);
  const at = now + Math.round(comesAgain.mass);
  away.back.set(at, (away.back.get(at) ?? 0) + back);
  away.n += back;
  const crowd = Math.max(0, transactional.size - share.all * periods.transactional);
  const others = Math.round(Math.min(crowd, limits.concurrency) / (periods.transactional + comesAgain.transactional));
  steps["sent away"] += back + others;
  steps["key of links read"] += Math.ceil(back / readers.mass.size);
  counts.sent_away += back + others;
  return back + others;
}
