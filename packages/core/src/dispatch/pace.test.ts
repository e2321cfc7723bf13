import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { accept } from "../email/accept.ts";
import type { Kind } from "../email/head.ts";
import { get } from "../email/read.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { run } from "./batch.ts";
import { Busy, create } from "./pace.ts";

let env: TestPorts;
let db: TestDatabase;
beforeEach(async () => {
  env = await startTestPorts();
  db = await makeDatabase(env.ports, { daily_limit: 10_000 });
});
afterEach(() => env.close());

const address = (kind: Kind, n: number) => `${kind}-${n}@example.net`;
const sendAll = async (kind: Kind, count: number) => {
  const version = await db.version();
  const one = (_: unknown, n: number) => accept(env.ports, version, mail({ kind, to: [address(kind, n)] }));
  return (await Promise.all(Array.from({ length: count }, one))).map(({ id }) => id);
};
/** A process of its own, as far as it remembers anything. */
const process = (): Ports => ({ ...env.ports, store: { ...env.ports.store }, provider: { ...env.ports.provider } });

/** Works a queue off, one batch at a time, as one process does. */
async function work(queue: "dispatch" | "mass", until: () => boolean): Promise<void> {
  const ports = process();
  while (!until()) {
    const jobs = await env.jobs.take(queue, 10);
    if (jobs.length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    else expect(await run(ports, jobs)).toEqual({ failed: [] });
  }
}

describe("R-KIND-4 the rate of SES", () => {
  it("is kept by all processes together: no mail is throttled, none lost, mass mail leaves 30 %", async () => {
    env.ses.control.set({ maxSendRate: 50 });
    const ids = [...(await sendAll("mass", 200)), ...(await sendAll("transactional", 100))];
    const start = env.ports.clock.now();
    const sent = () => env.ses.mailbox.list();
    const done = () => sent().length === 300;
    const queues = ["mass", "mass", "mass", "dispatch", "dispatch"] as const;
    await Promise.all(queues.map((queue) => work(queue, done)));
    const heads = await env.ports.store.batchGet(
      ids.map((id) => keys.emailHead(db.id, id)),
      { consistent: true },
    );
    expect(heads.filter(({ state, try: n }) => state === "sent" && n === 1)).toHaveLength(300);
    const seconds = Math.ceil((env.ports.clock.now() - start) / 1000) + 5;
    const periods = Array.from({ length: seconds }, (_, n) => keys.pace(Math.floor(start / 1000) + n, 1_000));
    const leased = await env.ports.store.batchGet(periods, { consistent: true });
    expect(leased.length).toBeGreaterThan(5);
    expect(Math.max(...leased.map(({ all }) => Number(all)))).toBeLessThanOrEqual(45);
    expect(Math.max(...leased.map(({ mass = 0 }) => Number(mass)))).toBeLessThanOrEqual(32);
    const last = (kind: Kind) =>
      Math.max(
        ...sent()
          .filter(({ recipients }) => recipients[0]?.startsWith(kind))
          .map(({ at }) => Date.parse(at)),
      );
    expect(last("transactional")).toBeLessThan(last("mass"));
  }, 180_000);

  it("is one write an invocation, however many mails it has", async () => {
    env.ses.control.set({ maxSendRate: 1_000 });
    await sendAll("mass", 10);
    const writes: string[] = [];
    const write: Ports["store"]["write"] = (one) => {
      if ("update" in one) writes.push(one.update.pk.slice(0, 5));
      return env.ports.store.write(one);
    };
    const now = env.ports.clock.now();
    const clock = { now: () => now, sleep: () => Promise.resolve() };
    await run({ ...env.ports, clock, store: { ...env.ports.store, write } }, await env.jobs.take("mass", 10));
    expect(writes.filter((pk) => pk === "PACE#")).toHaveLength(1);
  });

  it("costs nothing where SES has none", async () => {
    await create(env.ports, 1).turn("mass", 1);
    env.meter.reset();
    await create(env.ports, 1).turn("mass", 1);
    expect(env.meter.read()).toMatchObject({ reads: 0, writes: 0 });
  });

  it("used up for seconds: the mail goes to the end of its queue, and that is no try", async () => {
    env.ses.control.set({ maxSendRate: 2 });
    const [id = ""] = await sendAll("mass", 1);
    const jobs = await env.jobs.take("mass");
    const now = env.ports.clock.now();
    const ports = { ...env.ports, clock: { now: () => now, sleep: () => Promise.resolve() } };
    const turns = await Promise.allSettled(Array.from({ length: 12 }, () => create(ports, 1).turn("mass", 1)));
    expect(turns.at(-1)).toMatchObject({ reason: expect.any(Busy) });
    expect(await run(ports, jobs)).toEqual({ failed: [] });
    expect(env.jobs.peek("mass").map(({ body }) => body)).toEqual([{ database: db.id, id, busy: 1 }]);
    expect(await env.ports.store.get(keys.emailHead(db.id, id))).toMatchObject({ state: "queued", try: 0, rev: 0 });
  });

  it("a mail with more recipients than a second takes goes, and the seconds after it owe them", async () => {
    env.ses.control.set({ maxSendRate: 10 });
    await create(env.ports, 1).turn("transactional", 20);
    const now = Math.floor(env.ports.clock.now() / 1000);
    const items = await env.ports.store.batchGet(
      [now - 1, now, now + 1, now + 2, now + 3].map((n) => keys.pace(n, 1_000)),
    );
    expect(items.map(({ all }) => Number(all)).toSorted((a, b) => a - b)).toEqual([2, 9, 9]);
  });

  it("a flood of mail to one starves none to many: sent away, it reserves ahead of them, and no second has more", async () => {
    env.ses.control.set({ maxSendRate: 14 });
    let now = env.ports.clock.now();
    const start = now;
    const ports = { ...process(), clock: { now: () => now, sleep: () => Promise.resolve() } };
    const away = new Map<number, number>();
    let large: number | undefined;
    // whoever was sent away comes again, and there are always more than a second takes
    const flood = async (count: number) => {
      for (let one = 0; one < count; one++)
        await create(ports, 1)
          .turn("transactional", 1, away.get(one) ?? 0)
          .then(() => away.set(one, 0))
          .catch(() => away.set(one, (away.get(one) ?? 0) + 1));
    };
    await flood(60);
    for (let n = 0; n < 30 && large === undefined; n++, now += 1_000) {
      await flood(15);
      await create(ports, 1)
        .turn("transactional", 10, n)
        .then(() => (large = n))
        .catch((error: unknown) => expect(error).toBeInstanceOf(Busy));
    }
    expect(large).toBeGreaterThan(0);
    expect(large).toBeLessThan(10);
    const first = Math.floor(start / 1000);
    const items = await env.ports.store.batchGet(
      Array.from({ length: 45 }, (_, n) => keys.pace(first + n, 1_000)),
      { consistent: true },
    );
    expect(Math.max(...items.map(({ all }) => Number(all)))).toBeLessThanOrEqual(12);
  });

  it.each([
    ["TooManyRequestsException: Rate exceeded", true],
    ["ThrottlingException: Too many requests", true],
    ["Throttling: Maximum sending rate exceeded.", true],
    ["TooManyRequestsException: Daily message quota exceeded.", false],
    ["MessageRejected: Email address is not verified.", false],
  ])("is asked for less after %s: %s", async (reply, slower) => {
    const refused = { outcome: "refused", reply, failure: "temporary", retry: true } as const;
    await sendAll("transactional", 1);
    await run({ ...env.ports, ses: { send: () => Promise.resolve(refused) } }, await env.jobs.take("dispatch"));
    expect((await env.ports.store.get(keys.paceFactor)) !== undefined).toBe(slower);
  });

  it("adapts: once SES throttles, all processes ask for less, and it recovers", async () => {
    env.ses.control.set({ maxSendRate: 50 });
    const throttled = {
      outcome: "refused",
      reply: "TooManyRequestsException: Maximum sending rate exceeded.",
      failure: "temporary",
      retry: true,
    } as const;
    const [first = ""] = await sendAll("transactional", 1);
    const ses = { send: () => Promise.resolve(throttled) };
    await run({ ...env.ports, ses }, await env.jobs.take("dispatch"));
    expect((await get(env.ports, db.id, first)).status).toBe("deferred");
    expect(await env.ports.store.get(keys.paceFactor)).toMatchObject({ factor: 0.7 });
    const { turn } = create(process(), 100);
    await turn("transactional", 1);
    const now = Math.floor(env.ports.clock.now() / 1000);
    const items = await env.ports.store.batchGet([now - 1, now, now + 1].map((n) => keys.pace(n, 1_000)));
    // A whole second has 31 slots now, no longer 45
    expect(Math.max(...items.map(({ all }) => Number(all)))).toBeLessThanOrEqual(31);
  });
});
