import { createServer } from "node:net";
import type { Seeded } from "../../support/seeded.ts";
import { type Process, startProcess } from "./process.ts";
import {
  type Command,
  type Copy,
  type Death,
  fair,
  type Role,
  roles,
  type Start,
  services,
  type TcpPorts,
  type Waiting,
  type Weather,
} from "./protocol.ts";

/** The product as processes that are killed and started again, on one directory and the same TCP ports. */
export interface Fleet {
  readonly url: string;
  readonly dynamodb_url: string;
  readonly operator_key: string;
  /** The product's time, in ms. */
  now(): number;
  /** Kills processes and starts them again; done when they are ready. @param at one kills itself at a write, soon */
  kill(victims: readonly Role[], at?: Death): Promise<void>;
  /** Moves everybody's clock on. */
  advance(ms: number): Promise<void>;
  weather(weather: Weather): Promise<void>;
  /** What waits in the queues and at SES. */
  waiting(): Promise<Waiting>;
  /** All that SES took. */
  copies(): Promise<readonly Copy[]>;
  /** Processes that nobody killed, and that ended. */
  crashes(): readonly string[];
  /** The last lines all have printed. */
  output(): string;
  close(): Promise<void>;
}

/** How long a process that is to die at a write may live on without one, in ms. */
const reprieve_ms = 2_000;

/** Starts all processes, the services first. @param offset_ms how far the product's time is ahead */
export async function startFleet(options: {
  readonly dir: string;
  readonly random: Seeded;
  readonly offset_ms: number;
}): Promise<Fleet> {
  const { dir, random } = options;
  const ports = await freePorts(random);
  const alive = new Map<Role, Process>();
  const common = { dir, ports, operator_key: "ph_op_of_chaos" };
  let state: Pick<Start, "offset_ms" | "weather" | "key_arn"> = {
    offset_ms: options.offset_ms,
    weather: fair,
    key_arn: "",
  };
  const crashes: string[] = [];
  const start = async (role: Role): Promise<void> => {
    const one = await startProcess({ ...common, ...state, role, seed: random.below(2 ** 31) });
    if (one.key_arn !== undefined) state = { ...state, key_arn: one.key_arn };
    alive.set(role, one);
    void one.dead.then((killed) => {
      if (!killed) crashes.push(`${role} ended by itself:\n${one.output()}`);
    });
  };
  const tell = (command: Command) => Promise.all([...alive.values()].map((one) => one.tell(command)));
  const get = (role: Role): Process => {
    const one = alive.get(role);
    if (!one) throw new Error(`${role} does not run`);
    return one;
  };
  const ask = async <T>(role: Role, what: "waiting" | "copies"): Promise<T> =>
    (await get(role).tell({ ask: what })) as T;
  for (const role of roles) await start(role);
  return {
    url: `http://127.0.0.1:${ports.api}`,
    dynamodb_url: `http://127.0.0.1:${ports.dynamodb}`,
    operator_key: common.operator_key,
    now: () => Date.now() + state.offset_ms,
    async kill(victims, at) {
      const chosen = victims.map(get);
      if (at) await Promise.all(chosen.map((one) => one.tell({ die: at })));
      for (const one of chosen) if (!at) one.kill();
      const impatience = setTimeout(() => chosen.forEach((one) => one.kill()), reprieve_ms);
      await Promise.all(chosen.map(({ dead }) => dead));
      clearTimeout(impatience);
      await inOrder(victims, start);
    },
    async advance(ms) {
      state = { ...state, offset_ms: state.offset_ms + ms };
      await tell({ advance_ms: ms });
    },
    async weather(weather) {
      state = { ...state, weather };
      await tell({ weather });
    },
    async waiting() {
      const [queues, ses] = await Promise.all([ask<Waiting>("queues", "waiting"), ask<Waiting>("ses", "waiting")]);
      return { count: queues.count + ses.count, dead: queues.dead };
    },
    copies: () => ask("ses", "copies"),
    crashes: () => crashes,
    output: () => [...alive].map(([role, one]) => `--- ${role}\n${one.output().slice(-3_000)}`).join("\n"),
    async close() {
      for (const one of alive.values()) one.kill();
      await Promise.all([...alive.values()].map(({ dead }) => dead));
    },
  };
}

/** The services first, and SES by itself: it tells the functions its key. */
async function inOrder(victims: readonly Role[], start: (role: Role) => Promise<void>): Promise<void> {
  const isService = (role: Role): boolean => (services as readonly Role[]).includes(role);
  await Promise.all(victims.filter(isService).map(start));
  await Promise.all(victims.filter((role) => !isService(role)).map(start));
}

/**
 * Free TCP ports outside of what Linux gives to connections of its own accord: a process that was killed finds its port
 * again, and nobody who tries to reach it meanwhile is connected to himself.
 */
async function freePorts(random: Seeded): Promise<TcpPorts> {
  const taken = new Set<number>();
  const free = async (): Promise<number> => {
    for (;;) {
      const port = 12_000 + random.below(18_000);
      if (taken.has(port) || !(await isFree(port))) continue;
      taken.add(port);
      return port;
    }
  };
  return {
    dynamodb: await free(),
    queues: await free(),
    ses: await free(),
    kms: await free(),
    api: await free(),
  };
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
      .once("error", () => resolve(false))
      .listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
