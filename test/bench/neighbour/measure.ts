import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { type Spread, spread } from "../statistics.ts";

/** What a quiet database sees of a loud one. */
export interface Neighbour {
  /** Recipients SES takes a second; null = as many as it gets. */
  readonly rate: number | null;
  /** ms from the request to the hand-over of the quiet database's mail. */
  readonly idle: Spread;
  readonly busy: Spread;
  /** Mass mails that were waiting when the quiet database's mail was measured, and when it was done. */
  readonly waiting: readonly [number, number];
}

/** How much of it. */
export interface Extent {
  /** Mass mails of the loud database. */
  readonly mass: number;
  /** Mails of the quiet database, one a second, idle and busy each. */
  readonly quiet: number;
}

const size = 100;

/** Measures one mail a second with nothing else going on, then the same while another database sends a campaign. */
export async function measure(rate: number | null, { mass, quiet }: Extent): Promise<Neighbour> {
  const machine = await start(rate);
  try {
    const [loud, one] = [await machine.database("loud"), await machine.database("quiet")];
    await timed(machine, one, 3);
    const idle = await timed(machine, one, quiet);
    await campaign(machine, loud, mass);
    const before = mass - (await machine.sent());
    const busy = await timed(machine, one, quiet);
    const after = mass - (await machine.sent());
    return { rate, idle: spread(idle), busy: spread(busy), waiting: [before, after] };
  } finally {
    machine.close();
  }
}

type Machine = Awaited<ReturnType<typeof start>>;

async function start(rate: number | null) {
  const child = fork(new URL("./machine.ts", import.meta.url), [String(rate ?? 0)], { silent: true });
  child.stdout?.resume();
  child.stderr?.resume();
  const arrivals = new Map<string, number>();
  child.on("message", ({ id, at }: { id?: string; at?: number }) => {
    if (id !== undefined && at !== undefined) arrivals.set(id, at);
  });
  const { url } = await told<{ url?: string }>(child, "url");
  const post = async <T>(path: string, key: string, body: object): Promise<T> => {
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    const response = await fetch(`${url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
    return (await response.json()) as T;
  };
  return {
    post,
    /** @returns its key. */
    async database(name: string): Promise<string> {
      const { api_key } = await post<{ api_key: string }>("/v1/databases", "ph_op_bench", { name, daily_limit: 1e9 });
      return api_key;
    },
    async arrived(id: string): Promise<number> {
      for (;;) {
        const at = arrivals.get(id);
        if (at !== undefined) return at;
        await sleep(20);
      }
    },
    /** Mass mails handed over so far. */
    async sent(): Promise<number> {
      child.send("how many");
      return (await told<{ mass?: number }>(child, "mass")).mass ?? 0;
    },
    close: () => child.disconnect(),
  };
}

/** The next message that has this. */
async function told<T extends object>(child: ChildProcess, name: keyof T & string): Promise<T> {
  for (;;) {
    const [message] = (await once(child, "message")) as [T];
    if (name in message) return message;
  }
}

const letter = { from: "Mary <mary@example.com>", subject: "Your order of the 12th", text: "It is on its way." };

async function campaign(machine: Machine, key: string, mails: number): Promise<void> {
  for (let n = 0; n < mails; n += size) {
    const entry = (i: number) => ({ ...letter, kind: "mass", to: `mass${n + i}@example.net` });
    await machine.post(
      "/v1/emails/batch",
      key,
      Array.from({ length: Math.min(size, mails - n) }, (_, i) => entry(i)),
    );
  }
}

/** One mail a second. @returns ms each. */
async function timed(machine: Machine, key: string, mails: number): Promise<number[]> {
  const under: Promise<number>[] = [];
  for (let n = 0; n < mails; n++) {
    under.push(one(machine, key));
    await sleep(1_000);
  }
  return Promise.all(under);
}

async function one(machine: Machine, key: string): Promise<number> {
  const start = Date.now();
  const { id } = await machine.post<{ id: string }>("/v1/emails", key, { ...letter, to: "customer@example.net" });
  return (await machine.arrived(id)) - start;
}
