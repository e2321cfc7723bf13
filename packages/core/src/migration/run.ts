import type { Ports } from "../ports/main.ts";
import type { Item } from "../ports/store.ts";
import type { Migration } from "./migration.ts";
import { registry } from "./registry.ts";
import * as State from "./state.ts";
import { walk } from "./walk.ts";
import { write } from "./write.ts";

/** Items written at a time. */
const width = 16;
/** Pages that one call reads, of 100 items each, and after how many it writes how far it is. */
const pages = { most: 2_000, between: 25 };

type Needs = Pick<Ports, "store" | "clock" | "random" | "log">;

/**
 * Goes on with the first migration that has not ended, and with those after it, as long as there is time. It remembers how
 * far it came; a call that was killed is made again from there, and does again what was done without harm. Any number may
 * run at once, of several releases too: each does what it knows.
 * @param deadline ms
 * One that has ended with items left behind is walked again after a day.
 * @returns when there is something to do again, ms; Infinity = when an earlier release has run again, or a day is over.
 * @throws StoreBusy
 */
export async function run(
  ports: Needs,
  deadline: number,
  migrations: readonly Migration[] = registry,
): Promise<number> {
  const found = await State.all(ports);
  for (const migration of migrations) {
    const known = found.get(migration.id);
    const now = ports.clock.now();
    if (known && State.isDone(known, now)) continue;
    if (now >= deadline) return 0;
    // What was read may be behind: where it matters, a write under its revision says so
    const state = known?.finished_at ? anew(known, now) : (known ?? (await State.begin(ports, migration)));
    const after = state.resume_at > ports.clock.now() ? state : await advance(ports, migration, state, deadline);
    if (!isFinished(after)) return after?.resume_at ?? 0;
  }
  return Number.POSITIVE_INFINITY;
}

/** One that has ended with failures: nobody of an earlier release is to be waited for. */
const anew = (state: State.State, now: number): State.State => ({ ...State.again(state, now), resume_at: now });

const isFinished = (state: State.State | undefined): boolean => state !== undefined && state.finished_at !== null;

/** @returns how far it then is; undefined where somebody else has gone on. */
async function advance(
  ports: Needs,
  migration: Migration,
  start: State.State,
  deadline: number,
): Promise<State.State | undefined> {
  let state: State.State | undefined = start;
  let count = 0;
  for await (const { items, next } of walk(ports, migration.of, start)) {
    state = add({ ...state, ...next }, await writeAll(ports, migration, items), state.after !== next.after);
    count++;
    const isOver = count >= pages.most || ports.clock.now() >= deadline;
    if (isOver || count % pages.between === 0) state = await State.save(ports, state);
    if (isOver || !state) return state;
  }
  return State.save(ports, ended(state, ports.clock.now()));
}

type Counts = Pick<State.State, "read" | "changed" | "failed">;

const add = (state: State.State, more: Counts, isDone: boolean): State.State => ({
  ...state,
  read: state.read + more.read,
  changed: state.changed + more.changed,
  failed: state.failed + more.failed,
  databases: state.databases + (isDone ? 1 : 0),
});

/** The end of a sweep. */
function ended(state: State.State, now: number): State.State {
  if (state.sweep === 2) return { ...state, finished_at: new Date(now).toISOString() };
  return State.again(state, now);
}

async function writeAll(ports: Needs, migration: Migration, items: readonly Item[]): Promise<Counts> {
  const counts = { read: items.length, changed: 0, failed: 0 };
  for (let n = 0; n < items.length; n += width) {
    const part = items.slice(n, n + width).map((item) => one(ports, migration, item));
    for (const what of await Promise.all(part)) if (what) counts[what]++;
  }
  return counts;
}

/** One item that cannot be taken forward does not keep the others from it: readers go on knowing its old shape. */
async function one(ports: Needs, migration: Migration, item: Item): Promise<"changed" | "failed" | undefined> {
  try {
    return (await write(ports, migration, item)) ? "changed" : undefined;
  } catch (error) {
    ports.log.error("an item was not taken forward", { operation: "migration", code: migration.id, error });
    return "failed";
  }
}
