import type { TestPorts } from "@posthouse/local/testing";
import { describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase, takeEvents } from "../../../../test/support/database.ts";
import { beginFresh } from "../../../../test/support/fresh.ts";
import { startSink } from "../../../../test/support/sink.ts";
import { patch } from "../database/patch.ts";
import { accept } from "../email/accept.ts";
import { get } from "../email/read.ts";
import * as keys from "../keys.ts";
import { usage } from "../limit/usage.ts";
import * as Server from "../server/server.ts";
import { tick } from "../tick/run.ts";

let env: TestPorts;
let db: TestDatabase;
let name: string;
beginFresh("recheck", (fresh) => {
  ({ env, db, name } = fresh);
});

const send = async (changes = {}) => (await accept(env.ports, await db.version(), mail(changes))).id;
const status = async (id: string) => (await get(env.ports, db.id, id)).status;
const used = async () => (await usage(env.ports, await db.version())).used;
const suppress = (address: string) =>
  env.ports.store.write({ put: { ...keys.suppression(db.id, address), scope: "all" } });
const later = async (seconds: number) => {
  env.advance(seconds * 1000);
  await tick(env.ports);
  await deliver(env);
};

describe("before an email is sent", () => {
  it("a database paused by the operator keeps its mail, and sends it when it goes on", async () => {
    const id = await send();
    await patch(env.ports, name, { status: "paused" });
    await deliver(env);
    expect(await status(id)).toBe("queued");
    await expect(send()).rejects.toMatchObject({ name: "database_paused", statusCode: 403 });
    await patch(env.ports, name, { status: "active" });
    await later(301);
    expect(await status(id)).toBe("sent");
  });

  it("R-PERS-2 mail accepted for a server that then becomes somebody's own goes another way", async () => {
    const owner = "mary@company.com";
    const place = { host: "127.0.0.1", port: 2525, encryption: "none", authentication: "none" } as const;
    const { id: server } = await Server.create(env.ports, await db.version(), {
      ...place,
      name: "out",
      from_filter: owner,
    });
    const theirs = await send({ from: owner });
    const own = await send({ from: owner, creator: owner });
    await Server.patch(env.ports, await db.version(), server, { owner });
    await deliver(env);
    const went = async (id: string) => {
      const { events, server } = await get(env.ports, db.id, id);
      return [events.some(({ type }) => type === "rerouted"), server];
    };
    expect(await went(theirs)).toEqual([true, null]);
    expect(await went(own)).toEqual([false, server]);
  });

  it("a database that is being deleted drops its mail", async () => {
    const id = await send();
    await env.ports.store.write({ update: keys.version(db.id), set: { status: "deleting" } });
    const before = env.ses.mailbox.list().length;
    await deliver(env);
    expect(env.ses.mailbox.list()).toHaveLength(before);
    expect(await status(id)).toBe("queued");
  });

  it("R-LIM-3 a recipient suppressed since acceptance is left out and given back", async () => {
    const id = await send({ to: ["stays@a.test", "goes@a.test"] });
    const alone = await send({ to: ["goes@a.test"] });
    expect(await used()).toBe(3);
    await suppress("goes@a.test");
    env.advance(61_000);
    await deliver(env);
    await later(1);
    const { recipients, events } = await get(env.ports, db.id, id);
    expect(recipients.map(({ state }) => state)).toEqual(["sent", "suppressed"]);
    expect(events.map(({ type }) => type)).toEqual(["queued", "suppressed", "sent"]);
    expect(await status(alone)).toBe("suppressed");
    expect(await used()).toBe(1);
  });

  it("an entry whose end is past, or that is for mass mail only, leaves transactional mail alone", async () => {
    const end = Math.floor(env.ports.clock.now() / 1000) - 1;
    await env.ports.store.write({ put: { ...keys.suppression(db.id, "past@a.test"), scope: "all", expires_at: end } });
    await env.ports.store.write({ put: { ...keys.suppression(db.id, "mass@a.test"), scope: "mass" } });
    const version = await db.version();
    const answers = [
      await accept(env.ports, version, mail({ to: ["past@a.test", "mass@a.test"] })),
      await accept(env.ports, version, mail({ to: ["mass@a.test"], kind: "mass" })),
    ];
    expect(answers.map(({ suppressed }) => suppressed)).toEqual([
      [],
      [{ address: "mass@a.test", reason: "suppressed" }],
    ]);
    await deliver(env);
  });
});

describe("R-FAIL-1 mail that may be out, and is not sent again", () => {
  /** SES takes the next mail and its answer is lost; its events are kept back. */
  async function lose(to: string[]): Promise<string> {
    const { ses } = env.ports;
    env.ses.control.set({ holdEvents: true });
    const losing = async (message: Parameters<typeof ses.send>[0]) => {
      await ses.send(message);
      return { outcome: "unknown", reply: "reset" } as const;
    };
    const id = await send({ to });
    await deliver({ ...env, ports: { ...env.ports, ses: { send: losing } } });
    expect(await status(id)).toBe("sending");
    return id;
  }
  const settled = async () => {
    env.ses.control.set({ holdEvents: false });
    while (env.ses.control.pending() > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await takeEvents(env);
  };
  const suppressed = () => suppress("goes@a.test");
  const captured = async () => void (await patch(env.ports, name, { delivery: "capture" }));

  it.each([
    ["its recipient was suppressed", ["goes@a.test"], suppressed],
    ["all its recipients were", ["goes@a.test", "leaves@a.test"], () => suppress("leaves@a.test").then(suppressed)],
    ["its database keeps its mail", ["goes@a.test"], captured],
  ])("R-FAIL-1 since %s: unknown, and its events make it delivered", async (_, to, change) => {
    const id = await lose(to);
    await change();
    await later(240);
    const ended = await get(env.ports, db.id, id);
    expect(ended).toMatchObject({ status: "failed", recipients: to.map(() => ({ failure_type: "unknown" })) });
    expect(ended.events.at(-1)).toMatchObject({ type: "failed", note: expect.stringContaining("may have been") });
    expect(await used()).toBe(to.length);
    await settled();
    expect(await status(id)).toBe("delivered");
  });

  it("R-FAIL-1 one of several left out is unknown, the others are sent again", async () => {
    const id = await lose(["stays@a.test", "goes@a.test"]);
    await suppressed();
    await later(240);
    await later(1);
    const { recipients } = await get(env.ports, db.id, id);
    expect(recipients.map(({ state, failure_type }) => [state, failure_type])).toEqual([
      ["sent", null],
      ["failed", "unknown"],
    ]);
    await settled();
  });
});

describe("a plain SMTP relay as the platform", () => {
  it("R-REW-3 follows the smtp rule, and counts as platform mail", async () => {
    const sink = await startSink();
    const relay = { platform: "smtp", platform_smtp_url: `smtp://127.0.0.1:${sink.port}` } as const;
    const ports = { ...env.ports, operator: { ...env.ports.operator, ...relay } };
    const other = { ...env, ports };
    const database = await makeDatabase(ports, { name: "relayed" });
    await accept(ports, await database.version(), mail());
    await deliver(other);
    expect(sink.caught[0]?.envelope_from).toMatch(/^bounce\+[0-9a-z]{26}-[0-9a-f]{16}@relayed\.posthouse\.test$/);
    expect((await usage(ports, await database.version())).used).toBe(1);
    await sink.close();
  });
});
