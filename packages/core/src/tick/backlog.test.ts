import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { makeHook, pump, tell } from "../../../../test/support/webhooks.ts";
import { accept } from "../email/accept.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { tick } from "./run.ts";

let env: TestPorts;
let db: TestDatabase;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts();
});
beforeEach(async () => {
  db = await makeDatabase(env.ports, { name: `backlog${made++}`, daily_limit: 10_000 });
});
afterAll(() => env.close());

/** The queues as they are, but that each says it is `depth` long. */
const withDepth = (depth: number, asked: string[] = []): Ports => ({
  ...env.ports,
  queue: {
    ...env.ports.queue,
    depth: (name) => {
      asked.push(name);
      return Promise.resolve(depth);
    },
  },
});
const send = async () => (await accept(env.ports, await db.version(), mail({ kind: "mass" }))).id;
const queued = () => env.jobs.peek("mass").filter(({ body }) => (body as { database: string }).database === db.id);
/** Until the tick has to look at what was accepted, and then at what it has looked at. */
const waits = [16, 16, 46];

describe("a queue with a backlog", () => {
  it("gets no second message for mail that is in it, at any look", async () => {
    for (let n = 0; n < 5; n++) await send();
    const asked: string[] = [];
    for (const wait of waits) {
      env.advance(wait * 1000);
      await tick(withDepth(1_000, asked));
    }
    expect(queued()).toHaveLength(5);
    // Once a tick, not once a mail
    expect(asked).toEqual(["mass", "mass", "mass"]);
    await deliver(env);
  });

  it("G1 keeps no lost job of transactional mail waiting: it is enqueued at every look, whoever fills its queue", async () => {
    await accept(env.ports, await db.version(), mail());
    for (const wait of waits) {
      await env.jobs.take("dispatch");
      env.advance(wait * 1000);
      await tick(withDepth(1_000_000));
      expect(env.jobs.peek("dispatch")).toHaveLength(1);
    }
    await deliver(env);
  });

  it("is asked for its length by nobody while nothing is due", async () => {
    const asked: string[] = [];
    await tick(withDepth(1_000, asked));
    expect(asked).toEqual([]);
  });

  it("G1 short enough, mail that was accepted and never enqueued is", async () => {
    const ports = { ...env.ports, queue: { ...env.ports.queue, send: () => Promise.reject(new Error("down")) } };
    await accept(ports, await db.version(), mail({ kind: "mass" }));
    env.advance(16_000);
    await tick(withDepth(999));
    expect(queued()).toHaveLength(1);
    await deliver(env);
  });

  it("gets no more of what webhooks are to be told, but now and then", async () => {
    const one = await makeHook(env.ports, db.id);
    await tell(env.ports, db.id, "em_1");
    await env.jobs.take("webhook");
    for (const wait of [31, 16, 46]) {
      env.advance(wait * 1000);
      await tick(withDepth(1_000));
      expect(env.jobs.peek("webhook")).toEqual([]);
    }
    env.advance(181_000);
    await tick(withDepth(1_000));
    expect(env.jobs.peek("webhook")).toHaveLength(1);
    await pump(env, env.ports);
    expect(one.received).toHaveLength(1);
    await one.close();
  });

  it("counts what the tick itself has put there", async () => {
    for (let n = 0; n < 8; n++) await send();
    await env.jobs.take("mass");
    env.advance(16_000);
    await tick(withDepth(997));
    const { length } = queued();
    expect(length).toBeGreaterThanOrEqual(3);
    expect(length).toBeLessThan(8);
    await deliver(env);
  });

  it("G1 however long it stays so, each mail is put there again now and then", async () => {
    await send();
    await env.jobs.take("mass");
    for (const wait of [16, 16, 46, 181]) {
      expect(queued()).toHaveLength(0);
      env.advance(wait * 1000);
      await tick(withDepth(1_000_000));
    }
    expect(queued()).toHaveLength(1);
    await deliver(env);
  });

  it("what waited for its next try is on no queue: it is always enqueued", async () => {
    const id = await send();
    await env.jobs.take("mass");
    const key = keys.emailHead(db.id, id);
    await env.ports.store.write({ update: key, set: { state: "deferred", due_n: 0 } });
    env.advance(16_000);
    await tick(withDepth(1_000_000));
    expect(queued()).toHaveLength(1);
    await deliver(env);
  });
});

describe("the tick", () => {
  it("takes up mail before what webhooks are to be told, however much of that is due", async () => {
    const one = await makeHook(env.ports, db.id);
    for (let n = 0; n < 40; n++) await tell(env.ports, db.id, `before_${n}`);
    await env.jobs.take("webhook", 100);
    env.advance(20_000);
    await accept(env.ports, await db.version(), mail());
    await env.jobs.take("dispatch");
    env.advance(16_000);
    const order: string[] = [];
    const send: Ports["queue"]["send"] = (name, messages) => {
      order.push(name);
      return env.ports.queue.send(name, messages);
    };
    await tick({ ...env.ports, queue: { ...env.ports.queue, send } });
    expect(order).toEqual(["dispatch", ...Array.from({ length: 40 }, () => "webhook")]);
    await pump(env, env.ports);
    await deliver(env);
    await one.close();
  });

  it("begins no new page when its time is up, and the next one goes on where others waited", async () => {
    for (let n = 0; n < 60; n++) await send();
    await env.jobs.take("mass");
    env.advance(16_000);
    let late = 0;
    let queries = 0;
    const query: Ports["store"]["query"] = (one) => {
      if (one.index === "due") {
        queries++;
        late = 41_000;
      }
      return env.ports.store.query(one);
    };
    const slow = (): Ports => {
      late = 0;
      return {
        ...env.ports,
        clock: { ...env.ports.clock, now: () => env.ports.clock.now() + late },
        store: { ...env.ports.store, query },
      };
    };
    await tick(slow());
    expect(queries).toBe(1);
    for (let n = 0; n < 50 && queued().length < 60; n++) {
      env.advance(env.ports.operator.waits.tick * 1000);
      await tick(slow());
    }
    expect(queued().length).toBe(60);
    await deliver(env);
  });
});
