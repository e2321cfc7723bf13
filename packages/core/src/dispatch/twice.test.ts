import type { Fault } from "@posthouse/local/ses/fault";
import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase, takeEvents } from "../../../../test/support/database.ts";
import { startSink } from "../../../../test/support/sink.ts";
import * as Domain from "../domain/domain.ts";
import { accept } from "../email/accept.ts";
import { get } from "../email/read.ts";
import * as keys from "../keys.ts";
import { usage } from "../limit/usage.ts";
import type { Ports } from "../ports/main.ts";
import { StoreBusy } from "../ports/store.ts";
import * as Server from "../server/server.ts";
import { tick } from "../tick/run.ts";
import { run } from "./batch.ts";

/** What is done twice (a job delivered twice, a write whose answer was lost and that is repeated) counts once. */

let env: TestPorts;
let db: TestDatabase;
let fault: (moment: "before" | "after") => Fault | undefined;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts({ ses: { hook: (moment) => fault(moment) } });
});
beforeEach(async () => {
  fault = () => undefined;
  db = await makeDatabase(env.ports, { name: `twice${made++}`, daily_limit: 10 });
});
afterAll(() => env.close());

const used = async () => (await usage(env.ports, await db.version())).used;
const view = (id: string) => get(env.ports, db.id, id);
const later = async (seconds: number) => {
  env.advance(seconds * 1000);
  await tick(env.ports);
  await deliver(env);
};
/** A store that makes each write and loses its first answer. */
const forgetful = (ports: Ports): Ports => {
  const lost = new Set<string>();
  const once = (key: unknown) => {
    const text = JSON.stringify(key);
    if (lost.has(text)) return;
    lost.add(text);
    throw new StoreBusy("the answer was lost");
  };
  const { store } = ports;
  return {
    ...ports,
    store: {
      ...store,
      write: async (write) => {
        const item = await store.write(write);
        once("update" in write ? write : Object.keys(write));
        return item;
      },
      transact: async (writes, token) => {
        await store.transact(writes, token);
        once(writes);
      },
    },
  };
};

/** A server of the database's own, and a mail that waits for it. */
async function external(port: number) {
  const version = await db.version();
  await Domain.create(env.ports, version, { name: "company.com" });
  const connection = { host: "127.0.0.1", port, encryption: "none" as const, from_filter: "company.com" };
  return Server.create(env.ports, await db.version(), { name: "own", ...connection });
}

describe("G2 what is given back or charged at dispatch is so once", () => {
  it.each([
    ["a job that comes five times at once", (ports: Ports) => ports, 5],
    ["answers that are lost", forgetful, 1],
  ])("R-LIM-3 recipients left out: %s", async (_name, through, times) => {
    await accept(env.ports, await db.version(), mail({ to: ["stays@a.test", "goes@a.test"] }));
    await env.ports.store.write({ put: { ...keys.suppression(db.id, "goes@a.test"), scope: "all" } });
    env.advance(61_000);
    const jobs = await env.jobs.take("dispatch");
    await Promise.all(Array.from({ length: times }, () => run(through(env.ports), jobs)));
    expect(await used()).toBe(1);
  });

  it.each([
    ["a job that comes six times at once", (ports: Ports) => ports, 6],
    ["answers that are lost", forgetful, 1],
  ])("R-LIM-3 rerouted to the platform: %s", async (_name, through, times) => {
    const server = await external(2526);
    await accept(env.ports, await db.version(), mail({ from: "sales@company.com" }));
    await Server.remove(env.ports, await db.version(), server.id);
    const jobs = await env.jobs.take("external");
    await Promise.all(Array.from({ length: times }, () => run(through(env.ports), jobs)));
    expect(await used()).toBe(1);
    await deliver(env);
    await later(20);
    expect(env.ses.mailbox.list().filter(({ tenant }) => tenant === db.id)).toHaveLength(1);
  });

  it("a claim whose answer was lost is still ours: the mail goes out", async () => {
    const { id } = await accept(env.ports, await db.version(), mail({ kind: "mass" }));
    await run(forgetful(env.ports), await env.jobs.take("mass"));
    expect((await view(id)).status).toBe("sent");
  });

  it("that the provider's id could not be kept does not make an acceptance unknown", async () => {
    const { id } = await accept(env.ports, await db.version(), mail());
    const { store } = env.ports;
    const write: typeof store.write = (one) =>
      "put" in one && one.put.pk.startsWith("MID#") ? Promise.reject(new Error("no")) : store.write(one);
    await run({ ...env.ports, store: { ...store, write } }, await env.jobs.take("dispatch"));
    expect((await view(id)).status).toBe("sent");
  });

  it("an acceptance whose commit lost its answer is no refusal, though it took the last of the limit", async () => {
    const last = await makeDatabase(env.ports, { name: `last${made++}`, daily_limit: 1 });
    const { id } = await accept(forgetful(env.ports), await last.version(), mail());
    expect((await usage(env.ports, await last.version())).used).toBe(1);
    expect((await get(env.ports, last.id, id)).status).toBe("queued");
    await deliver(env);
  });
});

describe("R-LIM-3 what may have been handed over is never given back", () => {
  it("an unknown try, then throttling to the end: it stays counted, and the late event corrects it", async () => {
    fault = (moment) => (moment === "after" ? { drop: true } : undefined);
    env.ses.control.set({ holdEvents: true });
    const { id } = await accept(env.ports, await db.version(), mail({ expires_in: 120 }));
    await deliver(env);
    fault = (moment) =>
      moment === "before" ? { error: { name: "TooManyRequestsException", status: 429 } } : undefined;
    await later(45);
    await later(60);
    await later(60);
    expect(await view(id)).toMatchObject({ status: "failed", recipients: [{ failure_type: "unknown" }] });
    expect(await used()).toBe(1);
    env.ses.control.set({ holdEvents: false });
    while (env.ses.control.pending() > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await takeEvents(env);
    expect(await view(id)).toMatchObject({ status: "delivered", attention: false });
  });

  it("partly sent over a relay, then rerouted: only those not handed over are given back", async () => {
    let grey = true;
    const relay = await startSink({
      onRcptTo: ({ address }, _session, done) =>
        address.startsWith("grey") && grey
          ? done(Object.assign(new Error("4.7.1 later"), { responseCode: 451 }))
          : done(),
    });
    const operator = { platform: "smtp", platform_smtp_url: `smtp://127.0.0.1:${relay.port}` } as const;
    const ports = { ...env.ports, operator: { ...env.ports.operator, ...operator } };
    const to = ["a@a.test", "b@a.test", "grey@a.test"];
    const server = await Server.create(ports, await db.version(), { name: "platform", kind: "platform" });
    const { id } = await accept(ports, await db.version(), mail({ to }));
    await deliver({ ...env, ports });
    expect(await used()).toBe(3);
    const own = await startSink();
    const connection = { host: "127.0.0.1", port: own.port, encryption: "none" as const };
    await Server.create(ports, await db.version(), { name: "own", ...connection });
    await Server.remove(ports, await db.version(), server.id);
    grey = false;
    env.advance(61_000);
    await tick(ports);
    await deliver({ ...env, ports });
    expect(await used()).toBe(2);
    expect((await view(id)).status).toBe("sent");
    expect(own.caught.map(({ recipients }) => recipients)).toEqual([["grey@a.test"]]);
    await Promise.all([relay.close(), own.close()]);
  });
});

describe("the envelope", () => {
  it("keeps the case of a local part (RFC 5321 §2.4)", async () => {
    const { id } = await accept(env.ports, await db.version(), mail({ to: ["Reply+AbCdEf0Z@Example.NET"] }));
    await deliver(env);
    expect(env.ses.mailbox.list()[0]?.recipients).toEqual(["Reply+AbCdEf0Z@example.net"]);
    expect((await view(id)).recipients[0]?.address).toBe("Reply+AbCdEf0Z@example.net");
  });
});
