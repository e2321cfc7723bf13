import type { TestPorts } from "@posthouse/local/testing";
import { describe, expect, it } from "vitest";
import { deliver, type TestDatabase } from "../../../../test/support/database.ts";
import { beginFresh } from "../../../../test/support/fresh.ts";
import { telling } from "../../../../test/support/telling.ts";
import { retry } from "../email/retry.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { create } from "../webhook/create.ts";
import { run } from "./batch.ts";

let env: TestPorts;
let db: TestDatabase;
let ses: ReturnType<typeof telling>;
beginFresh(
  "earlier",
  (fresh) => {
    ({ env, db } = fresh);
    ses = telling(env, db);
  },
  { daily_limit: 10_000 },
);

const again = async (id: string) => {
  env.advance(60_000);
  await retry(env.ports, await db.version(), id);
  await deliver(env);
};
const soft = { type: "Transient", words: { status: "4.2.2" } };

describe("what is told of an earlier attempt", () => {
  it("R-FAIL-5 a complaint suppresses its maker and is counted, once; the new attempt's state stays", async () => {
    await create(env.ports, db.id, { endpoint: "https://hooks.example.com/", events: ["email.complained"] });
    const id = await ses.mailTo(["again@example.net"]);
    await ses.take(ses.bounce(id, ["again@example.net"], soft));
    await again(id);
    const job = ses.complaint(id, ["again@example.net"], 1);
    await Promise.all([ses.take(job, job), run({ ...env.ports, store: { ...env.ports.store } }, [job])]);
    expect(await ses.suppressed("again@example.net")).toMatchObject({ origin: "complaint" });
    expect(await ses.history()).toMatchObject({ complained: 1 });
    const { status, events } = await ses.view(id);
    expect([status, events.filter(({ type }) => type === "complained").length]).toEqual(["sent", 1]);
    const { items } = await env.ports.store.query({ pk: keys.outbox(db.id, "").pk });
    expect(items.filter(({ type }) => type === "email.complained")).toHaveLength(1);
  });

  it("R-FAIL-5 so does one that comes while the new attempt waits", async () => {
    const id = await ses.mailTo(["waits@example.net"]);
    await ses.take(ses.bounce(id, ["waits@example.net"], soft));
    await retry(env.ports, await db.version(), id);
    await env.jobs.take("dispatch");
    await ses.take(ses.complaint(id, ["waits@example.net"], 1));
    expect(await ses.suppressed("waits@example.net")).toBeDefined();
    expect(await ses.states(id)).toEqual(["queued"]);
  });

  it("R-FAIL-5 a dead bounce suppresses, and moves no state", async () => {
    const id = await ses.mailTo(["dead@example.net"]);
    await ses.take(ses.bounce(id, ["dead@example.net"], soft));
    await again(id);
    await ses.take(ses.bounce(id, ["dead@example.net"], { words: { status: "5.1.1" } }));
    expect(await ses.suppressed("dead@example.net")).toBeDefined();
    expect(await ses.view(id)).toMatchObject({ status: "sent", attention: false });
  });

  it("R-FAIL-5 a complaint of several of whom one stayed with that attempt is theirs", async () => {
    const [a, b] = ["a@example.net", "b@example.net"];
    const id = await ses.mailTo([a, b]);
    await ses.take(ses.bounce(id, [a], soft));
    await again(id);
    await ses.take(ses.complaint(id, [a, b], 1));
    expect(await ses.states(id)).toEqual(["sent", "complained"]);
    expect(await ses.suppressed(a)).toBeUndefined();
  });

  it("G6 an erasure between its look and its write leaves nothing of it", async () => {
    const to = ["a@example.net", "b@example.net"];
    const id = await ses.mailTo(to);
    await ses.take(ses.bounce(id, to, soft));
    await again(id);
    const { store } = env.ports;
    let erased = false;
    const transact: typeof store.transact = async (writes, token) => {
      const update = { update: keys.emailHead(db.id, id), set: { erased: true }, add: { rev: 1 } };
      if (!erased) await store.write(update);
      erased = true;
      return store.transact(writes, token);
    };
    const job = ses.complaint(id, ["a@example.net"], 1);
    expect(await run({ ...env.ports, store: { ...store, transact } }, [job])).toEqual({ failed: [] });
    expect(erased).toBe(true);
    expect((await ses.view(id)).events.map(({ type }) => type)).not.toContain("complained");
    expect(await ses.suppressed("a@example.net")).toBeUndefined();
  });

  it("G3 waits while the new attempt is being handed over: an acceptance is written on the head as it was claimed", async () => {
    const [a, b] = ["a@example.net", "b@example.net"];
    const id = await ses.mailTo([a, b]);
    await ses.take(ses.bounce(id, [b], soft));
    env.advance(60_000);
    await retry(env.ports, await db.version(), id);
    const job = ses.delivery(id, [a], 1);
    let early: Awaited<ReturnType<typeof run>> | undefined;
    const asking: Ports = {
      ...env.ports,
      ses: {
        async send(message) {
          early = await run({ ...env.ports, clock: { ...env.ports.clock, sleep: async () => undefined } }, [job]);
          return env.ports.ses.send(message);
        },
      },
    };
    await deliver({ ...env, ports: asking });
    expect(early).toEqual({ failed: [job.id] });
    expect((await ses.view(id)).events.filter(({ type }) => type === "sent")).toHaveLength(2);
    expect(await ses.states(id)).toEqual(["sent", "sent"]);
    expect(await ses.take(job)).toEqual({ failed: [] });
    expect(await ses.states(id)).toEqual(["delivered", "sent"]);
  });

  it("G4 what was told before the retry writes nothing, however often it comes", async () => {
    const id = await ses.mailTo(["old@example.net"]);
    const first = ses.bounce(id, ["old@example.net"], soft);
    await ses.take(first);
    await again(id);
    let writes = 0;
    const { store } = env.ports;
    const write: typeof store.write = (one) => {
      writes++;
      return store.write(one);
    };
    const counted: Ports = { ...env.ports, store: { ...store, write } };
    for (let n = 0; n < 5; n++) expect(await run(counted, [first])).toEqual({ failed: [] });
    // That events come in is noted now and then
    expect(writes).toBeLessThanOrEqual(1);
    expect(await ses.history()).toMatchObject({ bounced: 1 });
  });
});
