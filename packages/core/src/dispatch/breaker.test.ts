import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { type Sink, startSink } from "../../../../test/support/sink.ts";
import * as Domain from "../domain/domain.ts";
import { accept } from "../email/accept.ts";
import { get } from "../email/read.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import * as Health from "../server/health.ts";
import * as Probe from "../server/probe.ts";
import type { ServerRecord } from "../server/record.ts";
import * as Server from "../server/server.ts";
import { tick } from "../tick/run.ts";
import { run } from "./batch.ts";

/** The circuit breaker of a server, counted at the server's own socket. */

let env: TestPorts;
let db: TestDatabase;
let sink: Sink;
let server: ServerRecord;
/** What the server does to who connects and who logs in. */
let refused: { connect?: string; login?: string };
let attempts = 0;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts();
  const no = (code: number, text: string) => Object.assign(new Error(text), { responseCode: code });
  sink = await startSink({
    onConnect(_session, done) {
      attempts++;
      done(refused.connect === undefined ? null : no(421, refused.connect));
    },
    onAuth: ({ username }, _session, done) =>
      refused.login === undefined ? done(null, { user: username }) : done(no(535, refused.login)),
  });
});
beforeEach(async () => {
  refused = {};
  attempts = 0;
  db = await makeDatabase(env.ports, { name: `breaker${made++}` });
  await Domain.create(env.ports, await db.version(), { name: "company.com" });
  server = await Server.create(env.ports, await db.version(), {
    name: "tx",
    host: "127.0.0.1",
    port: sink.port,
    encryption: "none",
    username: "tx@company.com",
    password: "planted word",
    from_filter: "company.com",
  });
});
afterAll(async () => {
  await sink.close();
  await env.close();
});

const send = async (changes = {}) =>
  (await accept(env.ports, await db.version(), mail({ from: "sales@company.com", ...changes }))).id;
const view = (id: string) => get(env.ports, db.id, id);
const health = async () => (await Health.add(env.ports, db.id, [server]))[0]?.health;
const later = async (minutes: number) => {
  env.advance(minutes * 60_000 + 1_000);
  await tick(env.ports);
  await deliver(env);
};
/** Ports of another process: they share the table, and no memory. */
const another = (): Ports => ({ ...env.ports, store: { ...env.ports.store } });

describe("the circuit breaker of a server", () => {
  it("a wrong password does not lock the account out: three logins, then one at each end of a stop", async () => {
    refused = { login: "5.7.8 no, not planted word" };
    for (let n = 0; n < 3; n++) {
      await send();
      await deliver(env);
    }
    expect(attempts).toBe(3);
    const id = await send();
    await deliver(env);
    expect(attempts).toBe(3);
    expect(await view(id)).toMatchObject({ status: "deferred", recipients: [{ failure_type: "auth" }] });
    expect(JSON.stringify([await health(), await view(id), env.log])).not.toContain("planted word");
    for (const [minutes, count] of [
      [1, 4],
      [1, 4],
      [1, 5],
      [4, 6],
    ] as const) {
      await later(minutes);
      expect(attempts).toBe(count);
    }
  });

  it("R-FAIL-6 waiting for it is no try, has one entry in the timeline, and ends at `expires_in` with its words", async () => {
    refused = { connect: "4.3.2 out of order" };
    for (let n = 0; n < 3; n++) {
      await send();
      await deliver(env);
    }
    const id = await send({ expires_in: 600 });
    await deliver(env);
    const stored = async () => env.ports.store.get(keys.emailHead(db.id, id), { consistent: true });
    expect(await stored()).toMatchObject({ try: 0, stopped: true });
    // others try at the ends of the stops, and it goes on waiting
    await env.ports.store.write({
      update: keys.breaker(db.id, server.id),
      set: { until: new Date(env.ports.clock.now() + 3_600_000).toISOString() },
    });
    await later(2);
    await later(2);
    const waiting = await view(id);
    expect(waiting.events.map(({ type }) => type)).toEqual(["queued", "deferred"]);
    expect(waiting.events[1]).toMatchObject({
      failure_type: "smtp_temporary",
      note: expect.stringContaining("no try"),
    });
    await later(8);
    expect(await view(id)).toMatchObject({
      status: "failed",
      attention: true,
      recipients: [{ failure_type: "smtp_temporary", reply: "421 4.3.2 out of order" }],
    });
  });

  it("a token endpoint that refuses is asked as seldom", async () => {
    let asked = 0;
    const endpoint = createServer((_request, response) => {
      asked++;
      response.writeHead(400, { "content-type": "application/json" }).end('{"error":"invalid_grant"}');
    });
    await new Promise<void>((resolve) => endpoint.listen(0, "127.0.0.1", resolve));
    const token_url = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/token`;
    const oauth2 = { client_id: "id of us", client_secret: "our secret", refresh_token: "planted token", token_url };
    await Server.patch(env.ports, await db.version(), server.id, { authentication: "oauth2", ...oauth2 });
    for (let n = 0; n < 6; n++) {
      await send();
      await deliver(env);
    }
    expect(asked).toBe(3);
    expect(await health()).toMatchObject({ state: "open", class: "auth", reply: "token endpoint: 400 invalid_grant" });
    await new Promise((resolve) => endpoint.close(resolve));
  });

  it("exactly one mail tries when a stop is over, of all processes", async () => {
    refused = { connect: "4.3.2 out of order" };
    for (let n = 0; n < 3; n++) {
      await send();
      await deliver(env);
    }
    env.advance(61_000);
    await Promise.all(Array.from({ length: 12 }, () => send()));
    const jobs = await env.jobs.take("external");
    attempts = 0;
    await Promise.all(jobs.map((job) => run(another(), [job])));
    expect(jobs.length).toBeGreaterThanOrEqual(8);
    expect(attempts).toBe(1);
    expect((await health())?.failures).toBe(4);
  });

  it("what it says of one message is no failure of the server", async () => {
    const picky = await startSink({
      onMailFrom: (_address, _session, done) => done(Object.assign(new Error("5.7.1 not you"), { responseCode: 550 })),
    });
    await Server.patch(env.ports, await db.version(), server.id, { port: picky.port, password: "planted word" });
    const ids: string[] = [];
    for (let n = 0; n < 4; n++) ids.push(await send());
    await deliver(env);
    for (const id of ids) expect(await view(id)).toMatchObject({ status: "failed" });
    expect(await health()).toMatchObject({ state: "ok" });
    await picky.close();
  });

  it.each([
    ["a connection test that works", async () => void (await Probe.stored(env.ports, await db.version(), server.id))],
    [
      "another password",
      async () => void (await Server.patch(env.ports, await db.version(), server.id, { password: "right" })),
    ],
    [
      "another host, in another process",
      async () =>
        void (await Server.patch(another(), await db.version(), server.id, { host: "localhost", password: "right" })),
    ],
  ])("is closed by %s", async (_, mend) => {
    refused = { login: "5.7.8 no" };
    for (let n = 0; n < 3; n++) {
      await send();
      await deliver(env);
    }
    expect(await health()).toMatchObject({ state: "open", failures: 3, class: "auth" });
    refused = {};
    await Server.patch(env.ports, await db.version(), server.id, { name: "renamed" });
    expect(await health()).toMatchObject({ state: "open" });
    await mend();
    expect(await health()).toMatchObject({ state: "ok" });
    const id = await send();
    await deliver(env);
    expect((await view(id)).status).toBe("sent");
  });

  it("a test that fails closes nothing, and a server that is deleted leaves nothing", async () => {
    refused = { login: "5.7.8 no" };
    for (let n = 0; n < 3; n++) {
      await send();
      await deliver(env);
    }
    expect((await Probe.stored(env.ports, await db.version(), server.id)).ok).toBe(false);
    expect(await health()).toMatchObject({ state: "open" });
    await Server.remove(env.ports, await db.version(), server.id);
    expect(await env.ports.store.get(keys.breaker(db.id, server.id))).toBeUndefined();
  });

  it("costs platform mail nothing, and a burst over a server that works two small reads a connection", async () => {
    const reads = async (work: () => Promise<unknown>) => {
      const seen: string[] = [];
      const { store } = env.ports;
      const spied: Ports = {
        ...env.ports,
        store: {
          ...store,
          get: (key, options) => {
            seen.push(key.sk);
            return store.get(key, options);
          },
        },
      };
      await work();
      for (const queue of ["dispatch", "external"] as const) await run(spied, await env.jobs.take(queue));
      return seen.filter((sk) => sk.startsWith("BREAKER#")).length;
    };
    const platform = await makeDatabase(env.ports, { name: `breaker${made++}` });
    expect(await reads(async () => accept(env.ports, await platform.version(), mail()))).toBe(0);
    expect(await reads(() => Promise.all(Array.from({ length: 10 }, () => send())))).toBeLessThanOrEqual(4);
  });

  // last, and with time enough: should it run late on a busy machine, it disturbs no other test
  it("200 mails to a dead server are a handful of connections; when it is back all arrive", async () => {
    let dead = true;
    let connections = 0;
    const own = await startSink({
      onConnect(_session, done) {
        connections++;
        done(dead ? Object.assign(new Error("4.3.2 out of order"), { responseCode: 421 }) : null);
      },
    });
    await Server.patch(env.ports, await db.version(), server.id, { port: own.port, password: "planted word" });
    const ids = await Promise.all(Array.from({ length: 200 }, () => send()));
    await deliver(env);
    await later(1);
    expect(await health()).toMatchObject({ state: "open", class: "temporary", reply: "421 4.3.2 out of order" });
    // the mails of a batch that share a connection share its failure
    expect((await health())?.failures).toBeLessThanOrEqual(connections);
    await later(1);
    expect(connections).toBeLessThanOrEqual(5);
    dead = false;
    await later(2);
    await later(9);
    expect(own.caught.length).toBe(200);
    expect((await view(ids.at(-1) ?? "")).status).toBe("sent");
    expect(await health()).toMatchObject({ state: "ok", failures: 0 });
    await own.close();
  }, 240_000);
});
