import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { startSink } from "../../../../test/support/sink.ts";
import * as Domain from "../domain/domain.ts";
import { accept } from "../email/accept.ts";
import { get } from "../email/read.ts";
import type { Id } from "../id.ts";
import { usage } from "../limit/usage.ts";
import type { ServerInput } from "../server/input.ts";
import * as Server from "../server/server.ts";
import { tick } from "../tick/run.ts";

let env: TestPorts;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts();
});
afterAll(() => env.close());

/** A database whose alias domain is company.com, and a server for it on that port. */
async function setUp(port: number, input: Omit<ServerInput, "name"> = {}, daily_limit = 50) {
  const db = await makeDatabase(env.ports, { name: `external${made++}`, daily_limit });
  await Domain.create(env.ports, await db.version(), { name: "company.com" });
  const server = await Server.create(env.ports, await db.version(), {
    name: "tx",
    host: "127.0.0.1",
    port,
    encryption: "none",
    authentication: "login",
    username: "tx@company.com",
    password: "pw",
    from_filter: "company.com",
    ...input,
  });
  return { db, server };
}

const send = async (db: TestDatabase, changes = {}) =>
  accept(env.ports, await db.version(), mail({ from: "sales@company.com", ...changes }));
const states = async (db: TestDatabase, id: string) =>
  (await get(env.ports, db.id, id)).recipients.map(({ address, state }) => `${address} ${state}`);
const later = async (seconds: number) => {
  env.advance(seconds * 1000);
  await tick(env.ports);
  await deliver(env);
};

describe("dispatch over an external server", () => {
  it("R-LIM-1 is not counted; a batch of one server shares a connection for each of its slots", async () => {
    const sink = await startSink();
    const { db } = await setUp(sink.port);
    const sent = await Promise.all(Array.from({ length: 12 }, () => send(db)));
    await deliver(env);
    expect(sink.caught).toHaveLength(12);
    expect(sink.caught.every(({ user }) => user === "tx@company.com")).toBe(true);
    // 12 mails come in two batches of at most 10, each on two slots.
    expect(sink.connections()).toBeLessThanOrEqual(4);
    expect((await usage(env.ports, await db.version())).used).toBe(0);
    const email = await get(env.ports, db.id, sent[0]?.id ?? "");
    expect(email).toMatchObject({ status: "sent", rule: "from_domain" });
    await sink.close();
  });

  it("R-FAIL-1 each recipient has its own state; those refused for now are tried again, alone", async () => {
    let grey = true;
    const sink = await startSink({
      onRcptTo({ address }, _session, done) {
        if (address.startsWith("gone"))
          return done(Object.assign(new Error("5.1.1 no such user"), { responseCode: 550 }));
        if (address.startsWith("grey") && grey)
          return done(Object.assign(new Error("4.7.1 greylisted"), { responseCode: 451 }));
        done();
      },
    });
    const { db } = await setUp(sink.port);
    const { id } = await send(db, { to: ["ok@a.test", "gone@a.test"], cc: ["grey@a.test"] });
    await deliver(env);
    expect(await states(db, id)).toEqual(["ok@a.test sent", "gone@a.test failed", "grey@a.test deferred"]);
    grey = false;
    await later(61);
    expect(await states(db, id)).toEqual(["ok@a.test sent", "gone@a.test failed", "grey@a.test sent"]);
    expect(sink.caught.map(({ recipients }) => recipients)).toEqual([["ok@a.test"], ["grey@a.test"]]);
    const { attention, recipients } = await get(env.ports, db.id, id);
    expect(attention).toBe(true);
    expect(recipients[1]).toMatchObject({ failure_type: "smtp_permanent", reply: "550 5.1.1 no such user" });
    await sink.close();
  });

  it("RFC 5322 §3.6.4 a mail that is tried again has the Message-ID of the first try, on the wire", async () => {
    const offered: string[] = [];
    const sink = await startSink({
      onData(stream, _session, done) {
        const chunks: Buffer[] = [];
        stream.on("data", (chunk: Buffer) => chunks.push(chunk));
        stream.on("end", () => {
          offered.push(Buffer.concat(chunks).toString());
          done(offered.length === 1 ? Object.assign(new Error("4.3.0 later"), { responseCode: 451 }) : null);
        });
      },
    });
    const { db } = await setUp(sink.port);
    const { id } = await send(db);
    await deliver(env);
    expect(await states(db, id)).toEqual(["customer@example.net deferred"]);
    await later(61);
    expect(await states(db, id)).toEqual(["customer@example.net sent"]);
    const [first, second, ...more] = offered.map((raw) => raw.match(/^Message-ID: .*$/gim));
    expect(first).toEqual([expect.stringContaining(id)]);
    expect([second, more]).toEqual([first, []]);
    await sink.close();
  });

  it("R-FAIL-6 a server that does not answer defers with its class, and the rest of the batch with it", async () => {
    const { port, close } = await startSink();
    await close();
    const { db } = await setUp(port);
    const sent = await Promise.all(Array.from({ length: 4 }, () => send(db)));
    await deliver(env);
    for (const { id } of sent)
      expect(await get(env.ports, db.id, id)).toMatchObject({
        status: "deferred",
        recipients: [{ failure_type: "connection" }],
      });
    const sink = await startSink();
    await Server.patch(env.ports, await db.version(), (await list(db))[0]?.id ?? "", {
      port: sink.port,
      password: "pw",
    });
    await later(61);
    expect(sink.caught).toHaveLength(4);
    await sink.close();
  });

  it("email_too_large: a message over the server's own limit fails", async () => {
    const sink = await startSink();
    const { db } = await setUp(sink.port, { max_email_size_mb: 1 });
    const { id } = await send(db, { text: "x".repeat(1_200_000) });
    await deliver(env);
    expect(await get(env.ports, db.id, id)).toMatchObject({
      status: "failed",
      recipients: [{ failure_type: "email_too_large" }],
    });
    await sink.close();
  });
});

describe("R-DOM-8 routed again only when the route no longer stands", () => {
  it("scenario 23: the server is deleted, the platform sends, and the mail is counted", async () => {
    const sink = await startSink();
    const { db, server } = await setUp(sink.port);
    const { id } = await send(db);
    await Server.remove(env.ports, await db.version(), server.id);
    await deliver(env);
    expect(sink.caught).toHaveLength(0);
    const email = await get(env.ports, db.id, id);
    expect(email).toMatchObject({ status: "sent", server: null, rule: "platform" });
    expect(email.from).toContain("<notifications@external");
    expect(email.events.map(({ type }) => type)).toContain("rerouted");
    expect((await usage(env.ports, await db.version())).used).toBe(1);
    await sink.close();
  });

  it("R-LIM-3 with the platform's limit full it waits for the reset, and is never sent above it", async () => {
    const sink = await startSink();
    const { db, server } = await setUp(sink.port, {}, 1);
    const { id } = await send(db, { expires_in: 3600 });
    await Server.remove(env.ports, await db.version(), server.id);
    await accept(env.ports, await db.version(), mail());
    await deliver(env);
    expect((await get(env.ports, db.id, id)).status).toBe("held");
    const { used, resets_at } = await usage(env.ports, await db.version());
    expect(used).toBe(1);
    await later((Date.parse(resets_at) - env.ports.clock.now()) / 1000 + 1);
    expect((await usage(env.ports, await db.version())).used).toBe(1);
    expect((await get(env.ports, db.id, id)).status).toBe("sent");
    await sink.close();
  });

  it("a server that changed but still stands keeps its mail", async () => {
    const [first, second] = await Promise.all([startSink(), startSink()]);
    const { db } = await setUp(first.port, { priority: 5 });
    await send(db);
    await Server.create(env.ports, await db.version(), {
      name: "better",
      host: "127.0.0.1",
      port: second.port,
      encryption: "none",
      from_filter: "sales@company.com",
      priority: 1,
    });
    await deliver(env);
    expect([first.caught.length, second.caught.length]).toEqual([1, 0]);
    await Promise.all([first.close(), second.close()]);
  });
});

const list = async (db: TestDatabase): Promise<{ id: Id<"server"> }[]> => Server.list(env.ports, await db.version());
