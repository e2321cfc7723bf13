import { accept } from "@posthouse/core/email/accept";
import { list } from "@posthouse/core/email/list";
import type { SendRequest } from "@posthouse/core/email/request";
import { usage } from "@posthouse/core/limit/usage";
import { patch } from "@posthouse/core/settings/patch";
import { tick } from "@posthouse/core/tick/run";
import type { TestPorts } from "@posthouse/local/testing";
import { deliver, mail, makeDatabase, type TestDatabase } from "./database.ts";

/** A database that holds mail at its daily limit, as a test uses it. */
export interface HoldingDatabase extends TestDatabase {
  send(changes?: Partial<SendRequest>): Promise<string>;
  use(): ReturnType<typeof usage>;
  /** The ids of what is held, newest first. */
  held(): Promise<string[]>;
  /** Subjects of what is on the wire, in order. */
  sent(): string[];
}

let made = 0;

/** Makes one. */
export async function makeHolding(env: TestPorts, daily_limit: number): Promise<HoldingDatabase> {
  const { ports } = env;
  const db = await makeDatabase(ports, { name: `hold${made++}`, daily_limit });
  await patch(ports, await db.version(), { on_limit: "hold" });
  return {
    ...db,
    send: async (changes = {}) => (await accept(ports, await db.version(), mail(changes))).id,
    use: async () => usage(ports, await db.version()),
    held: async () => (await list(ports, await db.version(), { status: "held", limit: 100 })).data.map(({ id }) => id),
    sent: () =>
      env.ses.mailbox
        .list()
        .filter(({ tenant }) => tenant === db.id)
        .map(({ subject }) => subject ?? "")
        .toReversed(),
  };
}

/** Moves the clock on, and plays the tick and what it enqueues. */
export async function later(env: TestPorts, seconds: number): Promise<void> {
  env.advance(seconds * 1000);
  await tick(env.ports);
  await deliver(env);
}

/** To just after the next reset at 23:00 UTC. */
export async function nextDay(env: TestPorts): Promise<void> {
  const now = env.ports.clock.now();
  const reset = new Date(now).setUTCHours(23, 0, 0, 0);
  await later(env, ((reset > now ? reset : reset + 86_400_000) - now) / 1000 + 1);
}
