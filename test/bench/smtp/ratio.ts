import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { read } from "@posthouse/core/database/version";
import { run as dispatch } from "@posthouse/core/dispatch/batch";
import { accept } from "@posthouse/core/email/accept";
import type { Job } from "@posthouse/core/job";
import * as keys from "@posthouse/core/keys";
import type { Ports } from "@posthouse/core/ports/main";
import * as Server from "@posthouse/core/server/server";
import { createTransport } from "nodemailer";
import { mail } from "../../support/database.ts";
import { createMemory } from "../memory.ts";
import { median, ratio } from "../statistics.ts";
import { createAccount, fixture, startWorld, type World } from "../world.ts";

/** Connections that the mails share. */
export const connections = 10;

/** Where the server and the store are. */
export interface Distance {
  /** ms until the server replies. */
  readonly reply_ms: number;
  /** ms until the store answers. */
  readonly store_ms: number;
}

/** Dispatch beside nodemailer's own pool, over as many connections to the same server. */
export interface Ratio {
  /** Mails a second. */
  readonly dispatch: number;
  readonly bare: number;
  /** How much of the bare rate dispatch has: the median over the rounds. */
  readonly of: number;
}

/**
 * Hands the same mails over by dispatch and by nodemailer's pool, in alternating rounds. Dispatch is whole (reads the
 * mail, composes it, claims it, hands it over, writes what became of it), but for the store's machine: see `memory.ts`.
 */
export async function measure({ reply_ms, store_ms }: Distance, rounds: number, mails: number): Promise<Ratio> {
  const world = await startWorld();
  const { port, child } = await startServer(reply_ms);
  try {
    const product = await prepare(world, port);
    const rates = { dispatch: [] as number[], bare: [] as number[] };
    for (let round = -1; round < rounds; round++) {
      const count = round < 0 ? Math.ceil(mails / 4) : mails;
      const jobs = await product.accept(count);
      product.store.ms = store_ms;
      const ours = await rate(count, () => dispatch(product.ports, jobs));
      product.store.ms = 0;
      const bare = await rate(count, () => pool(port, count));
      if (round < 0) continue;
      rates.dispatch.push(ours);
      rates.bare.push(bare);
    }
    await product.check();
    return { dispatch: median(rates.dispatch), bare: median(rates.bare), of: ratio(rates.dispatch, rates.bare) };
  } finally {
    child.kill();
    await world.close();
  }
}

/** The SMTP server, in a process of its own. */
async function startServer(reply_ms: number): Promise<{ port: number; child: ChildProcess }> {
  const child = fork(new URL("./process.ts", import.meta.url), [String(reply_ms)]);
  const [port] = (await once(child, "message")) as [number];
  return { port, child };
}

async function rate(mails: number, work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (mails / (performance.now() - start)) * 1_000;
}

/** A database with that server, on a store in memory; the jobs of what it accepts are kept instead of enqueued. */
async function prepare(world: World, port: number) {
  const jobs: Job[] = [];
  const store = createMemory();
  let next = 0;
  const lane = (n: number) => `server#${n % connections}`;
  const ports: Ports = {
    ...world.ports,
    store,
    queue: {
      send: async (queue, messages) =>
        void (
          queue === "external" && jobs.push(...messages.map(({ body }) => ({ id: "", group: lane(next++), body })))
        ),
      depth: async () => 0,
    },
  };
  const { id } = await createAccount(ports, "ratio");
  const input = { name: "bench", host: "127.0.0.1", port, encryption: "none", authentication: "none" } as const;
  await Server.create(ports, await read(store, id), input);
  const request = mail({ ...fixture, to: [fixture.to] });
  const seen: Job[] = [];
  return {
    ports,
    store,
    async accept(count: number): Promise<readonly Job[]> {
      for (let n = 0; n < count; n++) await accept(ports, await read(store, id), request);
      const taken = jobs.splice(0);
      seen.push(...taken);
      return taken;
    },
    /** @throws Error unless all were handed over. */
    async check() {
      const heads = await store.batchGet(seen.map(({ body }) => keys.emailHead(id, (body as { id: string }).id)));
      const sent = heads.filter(({ state }) => state === "sent").length;
      if (sent < seen.length) throw new Error(`${sent} of ${seen.length} mails were handed over`);
    },
  };
}

/** nodemailer as anyone would use it, with as many connections. */
async function pool(port: number, count: number): Promise<void> {
  const where = { host: "127.0.0.1", port, ignoreTLS: true };
  const transport = createTransport({ ...where, pool: true, maxConnections: connections, maxMessages: Infinity });
  await Promise.all(Array.from({ length: count }, () => transport.sendMail({ ...fixture })));
  transport.close();
}
