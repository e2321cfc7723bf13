import { patch as change } from "@posthouse/core/database/patch";
import { read } from "@posthouse/core/database/version";
import { run as dispatch } from "@posthouse/core/dispatch/batch";
import * as Server from "@posthouse/core/server/server";
import { patch } from "@posthouse/core/settings/patch";
import { tick } from "@posthouse/core/tick/run";
import { createClient } from "./api.ts";
import { type Cost, counter } from "./cost.ts";
import { createAccount, startWorld, type World } from "./world.ts";

/** Mails that wait, of each kind; the figures are a mail's share of theirs. */
export const waiting = 30;

/** What it takes to wait: for a limit of a server's own, or held for the platform's daily limit. */
export interface Waiting {
  /** Joining the line of a server whose minute is full. */
  readonly joins: Cost;
  /** A look at a line that has no room, whoever waits in it. */
  readonly look: Cost;
  /** Being let through by it: released and enqueued. */
  readonly released: Cost;
  /** Held at acceptance, all of it. */
  readonly held: Cost;
  readonly heldReleased: Cost;
}

const minute = 60_000;

/** Counts calls and capacity units of mail that waits. Exact: the same at every run. */
export async function countWaiting(): Promise<Waiting> {
  return { ...(await alone(behindServer)), ...(await alone(overLimit)) };
}

/** Each on a world of its own, so that no tick finds what is another's. */
async function alone<T>(work: (world: World) => Promise<T>): Promise<T> {
  const world = await startWorld({ start: Date.parse("2026-11-22T12:00:10Z") });
  try {
    return await work(world);
  } finally {
    await world.close();
  }
}

/** A platform record with a limit a minute: the way of the mail is the platform's, the limit the server's. */
async function behindServer(world: World): Promise<Pick<Waiting, "joins" | "look" | "released">> {
  const { ports, env } = world;
  const account = await createAccount(ports, "throttled");
  const version = () => read(ports.store, account.id);
  await Server.create(ports, await version(), { name: "slow", kind: "platform", limit_per_minute: waiting });
  const send = createClient(ports)(account);
  const count = counter(world);
  const go = async (mails: number) => {
    for (let n = 0; n < mails; n++) await send();
    return env.jobs.take("dispatch");
  };
  await dispatch(ports, await go(waiting + 1));
  const jobs = await go(waiting);
  const joins = await count(() => dispatch(ports, jobs));
  await tick(ports);
  const look = await count(() => tick(ports));
  env.advance(minute);
  const released = await count(() => tick(ports));
  return { joins: share(joins), look, released: share(released) };
}

async function overLimit(world: World): Promise<Pick<Waiting, "held" | "heldReleased">> {
  const { ports } = world;
  const account = await createAccount(ports, "full");
  await patch(ports, await read(ports.store, account.id), { on_limit: "hold" });
  await change(ports, "full", { daily_limit: 1 });
  const send = createClient(ports)(account);
  const count = counter(world);
  for (let n = 0; n < 3; n++) await send();
  await dispatch(ports, await world.env.jobs.take("dispatch"));
  const held = await count(async () => {
    for (let n = 0; n < waiting; n++) await send();
  });
  await change(ports, "full", { daily_limit: 1_000 });
  world.env.advance(30 * minute);
  const heldReleased = await count(() => tick(ports));
  return { held: share(held), heldReleased: share(heldReleased) };
}

/** One mail's share. */
function share({ calls, reads, writes, indexes }: Cost): Cost {
  const part = (value: number): number => Number((value / waiting).toFixed(2));
  const parts = (values: Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, part(value)]));
  return { calls: parts(calls), reads: part(reads), writes: parts(writes), indexes: part(indexes) };
}
