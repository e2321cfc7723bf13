import { lineTime, releasedTogether, sideBySide, tick, tickTime } from "../constants.ts";
import { add, type State, touch } from "./state.ts";

/** Groups of one line in a second, one after another: each reads its front and its counter, and is a transaction of 25. */
const perSecond = 10;

interface Line {
  readonly database: number;
  /** Mails that are left. */
  n: number;
  /** Nothing of it was released yet: the day has no counter before its first group. */
  first: boolean;
}

/** Releases what yesterday has left, a second at a time (R-LIM-4). */
export type Release = (state: State) => void;

/** Where a tick is: lines that it has not come to, and those in hand since a second. */
interface Round {
  readonly todo: Line[];
  inHand: Line[];
  since: number;
}

/**
 * What was held yesterday, and is released as far as today's limit has room: its share of the limit is taken at once,
 * since what is new queues behind it.
 */
export function create(state: State): Release {
  let lines = linesOf(state);
  let round: Round = { todo: [], inHand: [], since: 0 };
  return (state) => {
    const { now } = state;
    if (now < tick) return;
    if (now % tick === 0) {
      lines = lines.filter(({ n }) => n > 0);
      round = { todo: [...lines], inHand: [], since: now };
    }
    if (round.inHand.every(({ n }) => n === 0) || now - round.since >= lineTime) takeUp(round, now);
    for (const line of round.inHand) release(state, line);
  };
}

/** The next lines, side by side; a tick begins none once its time is over. */
function takeUp(round: Round, now: number): void {
  round.inHand = now % tick < tickTime ? round.todo.splice(0, sideBySide) : [];
  round.since = now;
}

function linesOf({ population, chance, held, left, opened }: State): Line[] {
  const lines: Line[] = [];
  for (const [database, holds] of population.holds.entries()) {
    if (holds === 0) continue;
    const limit = population.limits[database] ?? 0;
    const over = Math.max(0, chance.times(population.demand[database] ?? 0) - limit);
    const n = Math.min(over, limit);
    add(held, database, over - n);
    add(left, database, -n);
    if (n === 0) continue;
    lines.push({ database, n, first: true });
    // What is new waits for that, too
    opened[database] = 1;
  }
  return lines;
}

/** A second of one line. */
function release({ steps, counts, released, second, now }: State, line: Line): void {
  const { database } = line;
  for (let groups = perSecond; groups > 0 && line.n > 0; groups--) {
    const n = Math.min(line.n, releasedTogether);
    for (let one = 0; one < n; one++) released.push(database, now, 0);
    steps["group released"]++;
    steps.released += n;
    counts.released += n;
    touch(second, database);
    add(second.freed, database, 1);
    if (line.first) {
      steps["first group released"]++;
      steps["released in vain"] += n;
      add(second.beside, database, 3);
    }
    line.first = false;
    line.n -= n;
  }
}
