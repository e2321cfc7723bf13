import { quiet } from "@posthouse/core/limit/threshold";
import type { Chance } from "../chance.ts";
import type { Population } from "../population.ts";
import type { Readers } from "../readers.ts";
import type { Scenario } from "../scenario.ts";
import { type Step, some } from "../units.ts";
import * as Delays from "./delays.ts";
import * as Fair from "./fair.ts";
import * as Keys from "./keys.ts";
import * as Lane from "./lane.ts";

/** What a database was asked for, as one request. */
export interface Request {
  readonly database: number;
  readonly kind: "transactional" | "mass";
  /** Mails: 1, or those of a batch. */
  readonly mails: number;
  /** Second. */
  readonly at: number;
}

/** What a second has of each database: written by whoever does it, and cleared at its end. */
export interface Second {
  /** Databases with anything in this second; `seen` says which are in it. */
  readonly touched: number[];
  readonly seen: Uint8Array;
  /** Mails accepted one by one, batches, mails of batches. */
  readonly singles: Int32Array;
  readonly batches: Int32Array;
  readonly batched: Int32Array;
  /** Units that the counter takes beside one ordinary charge each. */
  readonly beside: Int32Array;
  /** Groups of held mail that were released, each a transaction of the counter. */
  readonly freed: Int32Array;
  /** Mails handed over, by kind, and invocations that mass mail came in. */
  readonly sent: Int32Array;
  readonly mass: Int32Array;
  readonly runs: Int32Array;
  /** Transactions that count what became of its mail. */
  readonly groups: Float64Array;
}

/** What mail came to. */
export interface Counts {
  asked: number;
  accepted: number;
  refused: number;
  held: number;
  released: number;
  /** Answered 503: too many at one counter for too long. */
  unavailable: number;
  sent: number;
  bounced: number;
  complained: number;
  put_off: number;
  sent_away: number;
  /** Keys of databases that KMS was asked to open. */
  keys_opened: number;
  requests: number;
  told: number;
}

/** The cell, from second to second. */
export interface State {
  readonly scenario: Scenario;
  readonly readers: Readers;
  readonly chance: Chance;
  readonly population: Population;
  /** Told of each request, in their order. */
  readonly trace: ((request: Request) => void) | undefined;
  /** Hour (UTC) at which the day begins: when limits are reset (R-LIM-2). */
  readonly first: number;
  now: number;
  /** Of each database: what is left of its limit, what it holds, whom it refused, whether its full limit was told. */
  readonly left: Int32Array;
  readonly held: Int32Array;
  readonly refusals: Int32Array;
  readonly full: Uint8Array;
  /** 1 once the day has a counter. */
  readonly opened: Uint8Array;
  /** The hour (since the day began) of its key's last use, and whether it had a mail yet. */
  readonly used: Int16Array;
  /** Of those that send mass mail, and those that tell webhooks. */
  readonly keys: { readonly mass: Keys.Keys; readonly webhook: Keys.Keys };
  /** Requests that wait for their turn at its counter. */
  readonly waiting: Map<number, number>;
  /** What is left where each threshold of the limit is crossed (R-LIM-5), by database. */
  readonly marks: readonly Int32Array[];
  readonly transactional: Lane.Lane;
  /** Mail that was held yesterday: whole lines of it, that a fair queue has wait behind all others. */
  readonly released: Lane.Lane;
  readonly mass: Fair.Fair;
  /** What comes back later, by second. */
  readonly later: Map<number, Later[]>;
  /** Mass mail that was sent back to its queue with a delay. */
  readonly away: { n: number; readonly back: Map<number, number> };
  /** Events waiting to be taken in, and to be told. */
  readonly queues: { feedback: number; webhook: number };
  readonly second: Second;
  readonly steps: Record<Step, number>;
  readonly counts: Counts;
  readonly delays: Readonly<Record<Lined, Delays.Delays>>;
}

/** How mail waits. */
export type Lined = "transactional" | "released" | "mass";

/** Mail SES refused for now. */
export interface Later {
  readonly database: number;
  readonly kind: Lined;
  readonly at: number;
  readonly tries: number;
  readonly n: number;
}

/** A day about to begin. */
export function create(
  scenario: Scenario,
  readers: Readers,
  chance: Chance,
  population: Population,
  first: number,
  trace?: (request: Request) => void,
): State {
  const n = scenario.databases;
  return {
    ...{ scenario, readers, chance, population, first, trace, now: 0 },
    left: Int32Array.from(population.limits),
    held: new Int32Array(n),
    refusals: new Int32Array(n),
    full: new Uint8Array(n),
    opened: new Uint8Array(n),
    used: new Int16Array(n).fill(-1),
    keys: { mass: Keys.create(n), webhook: Keys.create(n) },
    waiting: new Map(),
    marks: marksOf(population),
    transactional: Lane.create(),
    released: Lane.create(),
    mass: Fair.create(n),
    later: new Map(),
    away: { n: 0, back: new Map() },
    queues: { feedback: 0, webhook: 0 },
    second: blank(n),
    steps: some({}),
    counts: { ...none },
    delays: { transactional: Delays.create(), released: Delays.create(), mass: Delays.create() },
  };
}

const none: Counts = {
  ...{ asked: 0, accepted: 0, refused: 0, held: 0, released: 0, unavailable: 0, sent: 0, bounced: 0 },
  ...{ complained: 0, put_off: 0, sent_away: 0, keys_opened: 0, requests: 0, told: 0 },
};

function marksOf({ limits }: Population): Int32Array[] {
  const known = new Map([...new Set(limits)].map((limit) => [limit, leftAt(limit)]));
  return leftAt(0).map((_, n) => limits.map((limit) => known.get(limit)?.[n] ?? 0));
}

/** What a charge of nothing compares with is what is left at each threshold. */
const leftAt = (limit: number): number[] =>
  Object.entries(quiet(limit, 0).values)
    .filter(([name]) => name.startsWith("left"))
    .map(([, left]) => Number(left));

const blank = (n: number): Second => ({
  touched: [],
  seen: new Uint8Array(n),
  ...{ singles: new Int32Array(n), batches: new Int32Array(n), batched: new Int32Array(n) },
  ...{ beside: new Int32Array(n), sent: new Int32Array(n), mass: new Int32Array(n), runs: new Int32Array(n) },
  freed: new Int32Array(n),
  groups: new Float64Array(n),
});

/** Notes that a database has something in this second. */
export function touch({ touched, seen }: Second, database: number): void {
  if (seen[database] === 1) return;
  seen[database] = 1;
  touched.push(database);
}

/** Adds to a place of an array of numbers. */
export function add(array: Int32Array, place: number, n: number): void {
  array[place] = (array[place] ?? 0) + n;
}

/** Forgets what the second had. */
export function clear(second: Second): void {
  const { touched, seen, singles, batches, batched, beside, freed, sent, mass, runs, groups } = second;
  for (const array of [seen, singles, batches, batched, beside, freed, sent, mass, runs]) empty(array, touched);
  for (const database of touched) groups[database] = 0;
  touched.length = 0;
}

function empty(array: Uint8Array | Int32Array, places: readonly number[]): void {
  for (const place of places) array[place] = 0;
}
