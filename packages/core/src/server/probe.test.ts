import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { type Sink, startSink } from "../../../../test/support/sink.ts";
import * as Domain from "../domain/domain.ts";
import * as keys from "../keys.ts";
import type { ServerInput } from "./input.ts";
import * as Probe from "./probe.ts";
import * as Server from "./server.ts";

let env: TestPorts;
let sink: Sink;
let db: TestDatabase;
let made = 0;
const envelopes: string[] = [];
beforeAll(async () => {
  env = await startTestPorts();
  sink = await startSink({
    onMailFrom: ({ address }, _session, done) => done(void envelopes.push(address)),
    onRcptTo: ({ address }, _session, done) => done(void envelopes.push(address)),
  });
});
beforeEach(async () => {
  db = await makeDatabase(env.ports, { name: `probe${made++}` });
  envelopes.length = 0;
});
afterAll(async () => {
  await sink.close();
  await env.close();
});

const connection = () => ({ host: "127.0.0.1", port: sink.port, encryption: "none" as const });
const test = async (input: ServerInput & { kind?: "platform" } = {}) =>
  Probe.unsaved(env.ports, await db.version(), input.kind === "platform" ? input : { ...connection(), ...input });

describe("R-SRV-5 the From that is tried", () => {
  const cases: [string, string | null, string][] = [
    ["the first full address of the filter", "company.com, sales@b.example, a@b.example", "sales@b.example"],
    ["an alias domain's default-from that it covers", "other.com, company.com", "hello@company.com"],
    ["else notifications@ its first domain", "other.com, foreign.com", "notifications@other.com"],
    ["without a filter N", null, "hello@company.com"],
  ];
  it.each(cases)("R-SRV-5 %s", async (_, from_filter, from) => {
    await Domain.create(env.ports, await db.version(), { name: "company.com", default_from: "hello" });
    expect((await test({ from_filter })).from).toBe(from);
    expect(envelopes).toEqual([from, "postmaster@posthouse.test"]);
  });
});

describe("R-SRV-5 tests", () => {
  it("R-SRV-5 a stored server is tested with its own login, also while it is inactive", async () => {
    const login = { username: "mary", password: "word of mary" };
    const input = { ...connection(), ...login, name: "tx", from_filter: "company.com", active: false };
    const server = await Server.create(env.ports, await db.version(), input);
    const { ok, steps, note } = await Probe.stored(env.ports, await db.version(), server.id);
    expect([ok, steps.map(({ step }) => step)]).toEqual([
      true,
      ["connect", "tls", "auth", "mail_from", "rcpt_to", "data"],
    ]);
    expect(note).toContain("does not prove delivery");
    expect(steps[2]?.reply).toBe("logged in as mary");
    expect(sink.caught).toEqual([]);
    const other = await makeDatabase(env.ports, { name: `probe${made++}` });
    await expect(Probe.stored(env.ports, await other.version(), server.id)).rejects.toMatchObject({
      name: "not_found",
    });
  });

  it("R-SRV-5 a server that is changed during its test is to be tested again, and its new password goes nowhere", async () => {
    const server = { ...connection(), name: "tx", username: "mary", password: "old word" };
    const { id } = await Server.create(env.ports, await db.version(), server);
    const { store } = env.ports;
    const get: typeof store.get = async (key, options) => {
      if (key.sk === keys.secret(db.id, id).sk)
        await Server.patch(env.ports, await db.version(), id, { username: "anne", password: "new word" });
      return store.get(key, options);
    };
    const ports = { ...env.ports, store: { ...store, get } };
    const connected = sink.connections();
    await expect(Probe.stored(ports, await db.version(), id)).rejects.toMatchObject({ name: "conflict" });
    expect(sink.connections()).toBe(connected);
  });

  it("R-SRV-5 unsaved values are checked as they would be stored, and no secret is taken from elsewhere", async () => {
    await Server.create(env.ports, await db.version(), {
      ...connection(),
      name: "tx",
      username: "mary",
      password: "word of mary",
    });
    await expect(test({ username: "mary" })).rejects.toMatchObject({
      name: "missing_required_field",
      details: { field: "password" },
    });
    await expect(test({ port: 25 })).rejects.toMatchObject({ name: "port_not_allowed" });
    await expect(test({ from_filter: "posthouse.test" })).rejects.toMatchObject({ name: "invalid_from_filter" });
    expect(await Server.list(env.ports, await db.version())).toHaveLength(1);
  });
});

describe("R-SRV-4 the test of the platform", () => {
  const steps = async () =>
    (await test({ kind: "platform" })).steps.map(({ step, ok, class: problem }) => [step, ok, problem]);

  it("R-SRV-4 is quota, identity and tenant", async () => {
    const probe = await test({ kind: "platform" });
    expect(probe).toMatchObject({
      ok: true,
      from: expect.stringMatching(/^notifications@probe\d+\.posthouse\.test$/),
      steps: [
        { step: "quota", reply: expect.stringMatching(/^\d+ of unlimited recipients used/) },
        { step: "identity", reply: "posthouse.test is verified at SES" },
        { step: "tenant", reply: "sending is enabled" },
      ],
    });
    env.ses.control.pauseTenant(db.id, true);
    expect((await steps())[2]).toEqual(["tenant", false, "refused"]);
    env.ses.control.suspend(true);
    expect((await steps())[0]).toEqual(["quota", false, "refused"]);
    env.ses.control.suspend(false);
    db = await makeDatabase(env.ports, { name: `probe${made++}` }, { provisioned: false });
    expect((await steps())[2]).toEqual(["tenant", false, "refused"]);
  });

  it("R-SRV-4 is that of the relay where the platform is one", async () => {
    const operator = {
      ...env.ports.operator,
      platform: "smtp" as const,
      platform_smtp_url: `smtp://127.0.0.1:${sink.port}`,
    };
    const probe = await Probe.unsaved({ ...env.ports, operator }, await db.version(), { kind: "platform" });
    expect([probe.ok, probe.steps.at(-1)?.step]).toEqual([true, "data"]);
  });
});

it("R-SRV-5 ten tests of a database at once, then one in six seconds; what is refused as it stands counts for none", async () => {
  let now = env.ports.clock.now();
  const ports = { ...env.ports, clock: { ...env.ports.clock, now: () => now } };
  const version = await db.version();
  const tested = (input: ServerInput = {}) => Probe.unsaved(ports, version, { ...connection(), ...input });
  for (let n = 0; n < 3; n++) await expect(tested({ port: 25 })).rejects.toMatchObject({ name: "port_not_allowed" });
  for (let n = 0; n < 10; n++) expect((await tested()).ok).toBe(true);
  const connected = envelopes.length;
  await expect(tested()).rejects.toMatchObject({ name: "rate_limit_exceeded", details: { retry_after_seconds: 6 } });
  expect(envelopes).toHaveLength(connected);
  now += 6_000;
  expect((await tested()).ok).toBe(true);
  await expect(tested()).rejects.toMatchObject({ name: "rate_limit_exceeded" });
});
