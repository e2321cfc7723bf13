import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { type Sink, startSink } from "../../../../test/support/sink.ts";
import * as Domain from "../domain/domain.ts";
import { accept } from "../email/accept.ts";
import { get } from "../email/read.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import * as Server from "../server/server.ts";
import { tick } from "../tick/run.ts";
import { run } from "./batch.ts";

/** A server that is changed while its mail is under way: each mail goes to one place, with what is that place's own. */

let env: TestPorts;
let db: TestDatabase;
let id: string;
let made = 0;
const sinks: Sink[] = [];
beforeAll(async () => {
  env = await startTestPorts();
});
afterAll(() => env.close());
afterEach(async () => {
  for (const sink of sinks.splice(0)) await sink.close();
});

/** An SMTP server, and the passwords that it was shown. */
async function listen(received: () => Promise<unknown> = async () => undefined): Promise<Sink & { shown: string[] }> {
  const shown: string[] = [];
  const sink = await startSink({
    authOptional: false,
    onAuth: ({ password, username }, _session, done) => {
      shown.push(password ?? "");
      done(null, { user: username });
    },
    onRcptTo: (_address, _session, done) => void received().then(() => done(), done),
  });
  sinks.push(sink);
  return Object.assign(sink, { shown });
}

async function setUp(port: number) {
  const connection = { host: "127.0.0.1", port, encryption: "none" as const };
  const login = { username: "mary", password: "OLD", from_filter: "company.com" };
  ({ id } = await Server.create(env.ports, await db.version(), { name: "tx", ...connection, ...login }));
}

beforeEach(async () => {
  db = await makeDatabase(env.ports, { name: `moved${made++}` });
  await Domain.create(env.ports, await db.version(), { name: "company.com" });
});

const patch = async (input: Parameters<typeof Server.patch>[3]) =>
  Server.patch(env.ports, await db.version(), id, input);
const send = async () => accept(env.ports, await db.version(), mail({ from: "sales@company.com" }));

/** Ports with which something happens right before the server's secrets are read. */
function before(act: () => Promise<unknown>): Ports {
  const { sk } = keys.secret(db.id, id);
  const { store } = env.ports;
  const get: typeof store.get = async (key, options) => {
    if (key.sk === sk) await act();
    return store.get(key, options);
  };
  return { ...env.ports, store: { ...store, get } };
}

it("G5 a server that is changed within a batch: what comes after goes to the new host, and no password to the other", async () => {
  const next = await listen();
  let changed: Promise<unknown> | undefined;
  const old = await listen(() => (changed ??= patch({ port: next.port, password: "NEW" })));
  await setUp(old.port);
  for (let n = 0; n < 5; n++) await send();
  // one message group, so that no other mail is in somebody's hands at the change
  const jobs = (await env.jobs.take("external")).map((job) => ({ ...job, group: "one" }));
  await run(env.ports, jobs);
  expect([old.shown, old.caught.length]).toEqual([["OLD"], 1]);
  expect([next.shown, next.caught.length]).toEqual([["NEW"], 4]);
});

it("G6 a password set between the reading of a server and of its secrets is never shown to the old host", async () => {
  const [old, next] = [await listen(), await listen()];
  await setUp(old.port);
  const { id: email } = await send();
  let changed: Promise<unknown> | undefined;
  await deliver({ ...env, ports: before(() => (changed ??= patch({ port: next.port, password: "NEW" }))) });
  expect([old.connections(), next.shown]).toEqual([0, ["NEW"]]);
  expect((await get(env.ports, db.id, email)).events.map(({ type }) => type)).toEqual(["queued", "sent"]);
});

it("G6 a server that is deleted at that moment gets no mail", async () => {
  const old = await listen();
  await setUp(old.port);
  await send();
  let gone: Promise<unknown> | undefined;
  const ports = before(async () => {
    gone ??= Server.remove(env.ports, await db.version(), id, null);
    await gone;
  });
  await deliver({ ...env, ports });
  expect(old.connections()).toBe(0);
});

it("G6 a mail whose server is changed again and again waits: no try, and nothing against the server", async () => {
  const sink = await listen();
  await setUp(sink.port);
  const { id: email } = await send();
  let n = 0;
  const ports = before(() => patch({ username: `mary${n++}`, password: `word ${n}` }));
  await deliver({ ...env, ports });
  expect([sink.connections(), n]).toEqual([0, 3]);
  expect(await get(env.ports, db.id, email)).toMatchObject({ status: "queued", events: [{ type: "queued" }] });
  expect(await env.ports.store.get(keys.breaker(db.id, id))).toBeUndefined();
  env.advance(70_000);
  await tick(env.ports);
  await deliver(env);
  expect(sink.shown).toEqual(["word 3"]);
});
