import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import * as Domain from "../domain/domain.ts";
import { accept } from "../email/accept.ts";
import { get } from "../email/read.ts";
import type { Job } from "../job.ts";
import * as keys from "../keys.ts";
import type { HandOver } from "../ports/mailer.ts";
import type { Ports } from "../ports/main.ts";
import * as Health from "../server/health.ts";
import type { ServerRecord } from "../server/record.ts";
import * as Server from "../server/server.ts";
import { tick } from "../tick/run.ts";
import { run } from "./batch.ts";

/** Servers that fall silent over a message, and what several processes know of one. */

let env: TestPorts;
let db: TestDatabase;
let server: ServerRecord;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts();
});
beforeEach(async () => {
  db = await makeDatabase(env.ports, { name: `silent${made++}` });
  await Domain.create(env.ports, await db.version(), { name: "company.com" });
  server = await Server.create(env.ports, await db.version(), {
    name: "own",
    host: "127.0.0.1",
    port: 2525,
    encryption: "none",
    from_filter: "company.com",
  });
});
afterAll(() => env.close());

const silent: HandOver = { outcome: "unknown", reply: "no answer after the message" };
const broken: HandOver = { outcome: "refused", reply: "reset", failure: "connection", retry: true };
const taken: HandOver = { outcome: "accepted", reply: "250 ok", provider_id: null, recipients: [] };

/** A process of its own, whose server answers so; `ms` = how long each answer takes. */
function process(answer: () => HandOver | Promise<HandOver>, ms = 0): { ports: Ports; count: () => number } {
  let count = 0;
  const send = async () => {
    count++;
    env.advance(ms);
    return answer();
  };
  const session = { send, alive: true, close: async () => {} };
  const smtp = { ...env.ports.smtp, open: async () => session };
  return { ports: { ...env.ports, smtp, store: { ...env.ports.store } }, count: () => count };
}

async function jobs(count: number): Promise<Job[]> {
  const version = await db.version();
  for (let n = 0; n < count; n++) await accept(env.ports, version, mail({ from: "sales@company.com" }));
  const all = await env.jobs.take("external");
  // as one connection of the server has them
  return all.filter(({ group }) => group?.startsWith(server.id)).map((job) => ({ ...job, group: "one" }));
}
const idOf = ({ body }: Job) => (body as { id: string }).id;
const headOf = (job: Job) => env.ports.store.get(keys.emailHead(db.id, idOf(job)), { consistent: true });
const health = async () => (await Health.add(env.ports, db.id, [server]))[0]?.health;

describe("a server that falls silent", () => {
  it.each([
    ["after the message", silent, 0],
    ["within it", broken, 30_000],
  ])(
    "%s keeps one mail of a batch waiting: the others are left for later, and that is no try",
    async (_, answer, ms) => {
      const batch = await jobs(5);
      const { ports, count } = process(() => answer, ms);
      await run(ports, batch);
      expect(count()).toBe(1);
      for (const job of batch.slice(1)) {
        const head = await headOf(job);
        expect(head).toMatchObject({ state: "queued", try: 0, due_n: 0 });
        expect(Date.parse(String(head?.["not_before"]))).toBeGreaterThan(env.ports.clock.now());
      }
      env.advance(31_000);
      await tick(env.ports);
      const again = await env.jobs.take("external");
      await run(process(() => taken).ports, again);
      for (const job of batch.slice(1)) expect((await get(env.ports, db.id, idOf(job))).status).toBe("sent");
    },
  );

  it("a connection that broke at once is opened again for the next mail", async () => {
    const { ports, count } = process(() => broken);
    await run(ports, await jobs(2));
    expect(count()).toBe(2);
  });

  it("three times in a row is left alone", async () => {
    const { ports } = process(() => silent);
    for (const job of await jobs(3)) await run(ports, [job]);
    expect(await health()).toMatchObject({ state: "open", failures: 3, class: "connection" });
  });
});

describe("failures in a row", () => {
  it("are none where it worked in between for another process, which read before the first was counted", async () => {
    const [a1, b1, a2, b2, a3, b3, a4] = (await jobs(7)).map((job) => [job]);
    const failing = process(() => broken).ports;
    const working = process(() => taken).ports;
    for (const [a = [], b = []] of [
      [[], b1],
      [a1, b2],
      [a2, b3],
    ]) {
      await run(failing, a);
      await run(working, b);
      expect(await health()).toMatchObject({ state: "ok", failures: 0 });
    }
    for (const batch of [a3, a4]) await run(failing, batch ?? []);
    expect(await health()).toMatchObject({ state: "failing", failures: 2 });
  });

  it("stay counted where it worked only before them", async () => {
    const [b1, a1, a2, a3] = (await jobs(4)).map((job) => [job]);
    const working = process(() => taken).ports;
    await run(working, b1 ?? []);
    const failing = process(() => broken).ports;
    env.advance(1_000);
    for (const batch of [a1, a2, a3]) await run(failing, batch ?? []);
    env.advance(4_000);
    await run(working, await jobs(1));
    expect(await health()).toMatchObject({ state: "open", failures: 3 });
  });

  it("that are counted while it works are found at the end of the batch, by one read for all of it", async () => {
    const batch = await jobs(6);
    const failing = process(() => broken).ports;
    const [last, ...rest] = batch;
    let reads = 0;
    const { ports } = process(async () => {
      if (last && reads === 1) await run(failing, [last]);
      return taken;
    });
    const store: Ports["store"] = {
      ...ports.store,
      get: (key, options) => {
        if (key.sk.startsWith("BREAKER#")) reads++;
        return env.ports.store.get(key, options);
      },
    };
    await run({ ...ports, store }, rest);
    expect(reads).toBe(2);
    expect(await health()).toMatchObject({ state: "ok", failures: 0 });
  });
});
