import type { Seeded } from "../support/seeded.ts";
import type { Fleet } from "./fleet/fleet.ts";
import { type Death, functions, type Role, roles } from "./fleet/protocol.ts";
import type { Load } from "./load/run.ts";

/** What happens to the product under load, in order. */
interface Blow {
  readonly victims: readonly Role[];
  readonly at?: Death;
}

/** How many blows fell on whom. */
export type Toll = Readonly<Record<string, number>>;

/** Is told how far a run has come. */
export type Say = (line: string) => void;

interface Storm {
  readonly random: Seeded;
  /** How many the load makes. */
  readonly requests: number;
  readonly kills: number;
  /** How far the clock moves on in all. */
  readonly ahead_ms: number;
  readonly say: Say;
}

/** Writes a process makes at most before it dies at one. */
const furthest = 20;

/** The blows of a run: every process has its turn before one has its second, and so have all at once. */
function blows(random: Seeded, count: number): Blow[] {
  const turns: (readonly Role[])[] = [];
  while (turns.length < count) turns.push(...shuffled(random, [...roles.map((role) => [role]), roles]));
  return turns.slice(0, count).map((victims) => blow(random, victims));
}

/** A function dies rather often at one of its writes. */
function blow(random: Seeded, victims: readonly Role[]): Blow {
  const [role] = victims;
  const mortal = victims.length === 1 && (functions as readonly (Role | undefined)[]).includes(role);
  if (!mortal || random.below(3) === 0) return { victims };
  const moment = random.below(2) === 0 ? "before" : "after";
  return { victims, at: { writes: random.below(furthest), moment } };
}

const shuffled = <T>(random: Seeded, list: readonly T[]): T[] =>
  list
    .map((one) => ({ one, place: random.below(1_000_000) }))
    .sort((a, b) => a.place - b.place)
    .map(({ one }) => one);

/**
 * Kills under load: each blow falls at a random moment of its share of the load, and between two of them the clock
 * moves on.
 */
export async function storm(
  fleet: Fleet,
  load: Load,
  { random, requests, kills, ahead_ms, say }: Storm,
): Promise<Toll> {
  const toll: Record<string, number> = {};
  const share = requests / (kills + 1);
  let over = false;
  const end = load.done.finally(() => {
    over = true;
  });
  for (const [n, { victims, at }] of blows(random, kills).entries()) {
    load.gate.open((n + 1) * share + share / 2);
    const after = n * share + random.below(Math.max(1, Math.floor(share)));
    while (load.answered() < after && !over) await pause(5);
    await pause(random.below(100));
    await fleet.kill(victims, at);
    const name = `${victims.length > 1 ? "all" : victims[0]}${at ? " at a write" : ""}`;
    toll[name] = (toll[name] ?? 0) + 1;
    say(`${n + 1}/${kills} killed ${name}, ${load.answered()} of ${requests} requests answered`);
    await fleet.advance(Math.ceil(ahead_ms / kills));
  }
  load.gate.open(requests);
  await end;
  return toll;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
