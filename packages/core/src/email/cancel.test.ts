import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase, takeEvents } from "../../../../test/support/database.ts";
import { startSink } from "../../../../test/support/sink.ts";
import { run as dispatch } from "../dispatch/batch.ts";
import * as Domain from "../domain/domain.ts";
import { AppError } from "../error.ts";
import type { Job } from "../job.ts";
import * as keys from "../keys.ts";
import { usage } from "../limit/usage.ts";
import * as Server from "../server/server.ts";
import { patch } from "../settings/patch.ts";
import { tick } from "../tick/run.ts";
import { accept } from "./accept.ts";
import { cancel } from "./cancel.ts";
import { get } from "./read.ts";

let env: TestPorts;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts({ start: Date.parse("2026-11-22T12:00:00Z") });
});
afterAll(() => env.close());

const setUp = (daily_limit = 1_000) => makeDatabase(env.ports, { name: `cancel${made++}`, daily_limit });
const used = async (db: TestDatabase) => (await usage(env.ports, await db.version())).used;
const send = async (db: TestDatabase, changes = {}) => (await accept(env.ports, await db.version(), mail(changes))).id;
const show = (db: TestDatabase, id: string) => get(env.ports, db.id, id);
const outcome = (canceling: Promise<void>) =>
  canceling.then(
    () => "canceled",
    (error: unknown) => (error instanceof AppError ? error.name : String(error)),
  );
async function later(seconds: number) {
  env.advance(seconds * 1000);
  await tick(env.ports);
  await deliver(env);
}

describe("cancel", () => {
  it("R-LIM-3 a queued mail is sent to nobody, its share is given back, and canceled again it answers the same", async () => {
    const db = await setUp();
    const id = await send(db, { to: ["a@example.net", "b@example.net"] });
    expect(await used(db)).toBe(2);
    await cancel(env.ports, db.id, id);
    await cancel(env.ports, db.id, id);
    expect(await used(db)).toBe(0);
    const before = env.ses.mailbox.list().length;
    await deliver(env);
    await later(3_600);
    expect(env.ses.mailbox.list()).toHaveLength(before);
    expect(await show(db, id)).toMatchObject({
      status: "canceled",
      last_event: "canceled",
      recipients: [{ state: "canceled" }, { state: "canceled" }],
      events: [{ type: "queued" }, { type: "canceled" }],
    });
    const head = await env.ports.store.get(keys.emailHead(db.id, id));
    expect(Object.keys(head ?? {}).filter((name) => name.startsWith("due_"))).toEqual([]);
  });

  it("R-LIM-4 a held mail leaves its line, and those behind it move up", async () => {
    const db = await setUp(1);
    await patch(env.ports, await db.version(), { on_limit: "hold" });
    await send(db);
    const [first, second] = [
      await send(db, { to: ["first@example.net"] }),
      await send(db, { to: ["2nd@example.net"] }),
    ];
    await cancel(env.ports, db.id, first);
    const line = await env.ports.store.query({ pk: keys.line(db.id, "platform").pk, prefix: keys.placePrefix });
    expect(line.items.map((item) => item["id"])).toEqual([second]);
    await later(24 * 3_600);
    expect([(await show(db, first)).status, (await show(db, second)).status]).toEqual(["canceled", "sent"]);
  });

  it("a scheduled mail, and a mail forced to a server no longer keeps it (R-SRV-6)", async () => {
    const db = await setUp();
    await Domain.create(env.ports, await db.version(), { name: "company.com" });
    const server = await Server.create(env.ports, await db.version(), {
      name: "own",
      host: "127.0.0.1",
      port: 2525,
      encryption: "none",
      from_filter: "company.com",
    });
    const id = await send(db, { server: server.id, from: "a@company.com", scheduled_at: "in 1 day" });
    await cancel(env.ports, db.id, id);
    expect((await show(db, id)).status).toBe("canceled");
    await Server.remove(env.ports, await db.version(), server.id, undefined);
  });

  it("of a mail that some have got already: the others never do", async () => {
    const sink = await startSink({
      onRcptTo({ address }, _session, done) {
        if (!address.startsWith("grey")) return done();
        done(Object.assign(new Error("4.7.1 greylisted"), { responseCode: 451 }));
      },
    });
    const db = await setUp();
    await Domain.create(env.ports, await db.version(), { name: "company.com" });
    await Server.create(env.ports, await db.version(), {
      name: "own",
      host: "127.0.0.1",
      port: sink.port,
      encryption: "none",
      from_filter: "company.com",
    });
    const id = await send(db, { from: "a@company.com", to: ["ok@example.net", "grey@example.net"] });
    await deliver(env);
    await cancel(env.ports, db.id, id);
    await later(3_600);
    const { recipients, status, events } = await show(db, id);
    expect(recipients.map(({ address, state }) => [address, state])).toEqual([
      ["ok@example.net", "sent"],
      ["grey@example.net", "canceled"],
    ]);
    expect(status).toBe("canceled");
    expect(events.at(-1)).toMatchObject({ type: "canceled", recipients: ["grey@example.net"] });
    expect(sink.caught).toHaveLength(1);
    await sink.close();
  });

  it("what is sent, of another database, or no mail is refused", async () => {
    const db = await setUp();
    const id = await send(db);
    const other = await setUp();
    for (const wrong of [id, "em_x", ""])
      await expect(cancel(env.ports, other.id, wrong)).rejects.toMatchObject({ name: "not_found" });
    await deliver(env);
    await expect(cancel(env.ports, db.id, id)).rejects.toMatchObject({
      name: "not_cancelable",
      message: expect.stringContaining("is sent"),
    });
  });

  it("G3 a mail whose answer was lost may be canceled before it is sent again; a late event still says it went out", async () => {
    const db = await setUp();
    const id = await send(db, { to: ["lost@example.net"] });
    const [job] = await env.jobs.take("dispatch");
    const lost = {
      send: async (message: never) => (await env.ports.ses.send(message), { outcome: "unknown", reply: "reset" }),
    };
    await dispatch({ ...env.ports, ses: lost as never }, job ? [job] : []);
    expect(await outcome(cancel(env.ports, db.id, id))).toBe("not_cancelable");
    // Longer while no events come in
    for (let n = 0; n < 20 && (await show(db, id)).status === "sending"; n++) {
      env.advance(60_000);
      await tick(env.ports);
    }
    expect(await outcome(cancel(env.ports, db.id, id))).toBe("canceled");
    expect(await used(db)).toBe(1);
    expect((await show(db, id)).events.at(-1)?.note).toMatch(/may have been accepted/);
    while (env.ses.control.pending() > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await takeEvents(env);
    expect((await show(db, id)).status).toBe("delivered");
    await deliver(env);
  });

  it("raced by its dispatch 200 times: canceled and never on the wire, or not cancelable and sent; charged exactly", async () => {
    const db = await setUp();
    await deliver(env);
    const ids = await Promise.all(Array.from({ length: 200 }, (_, n) => send(db, { to: [`race${n}@example.net`] })));
    const jobs: Job[] = [];
    for (let taken = await env.jobs.take("dispatch"); taken.length > 0; taken = await env.jobs.take("dispatch"))
      jobs.push(...taken);
    expect(jobs).toHaveLength(200);
    const outcomes: string[] = [];
    for (let wave = 0; wave < 20; wave++) {
      const send = () => dispatch(env.ports, jobs.slice(wave * 10, wave * 10 + 10));
      const end = async (id: string, at: number) => {
        // From before the head is read to after it is sent
        await new Promise((resolve) => setTimeout(resolve, at * wave));
        return outcome(cancel(env.ports, db.id, id));
      };
      const endAll = () => Promise.all(ids.slice(wave * 10, wave * 10 + 10).map(end));
      // The first wave is canceled before its dispatch begins, the last when it is over
      if (wave === 19) await send();
      const ending = endAll();
      if (wave === 0) await ending;
      if (wave < 19) await send();
      outcomes.push(...(await ending));
    }
    await deliver(env);
    await later(120);
    const onWire = new Set(env.ses.mailbox.list().flatMap(({ recipients }) => recipients));
    const shown = await Promise.all(ids.map((id) => show(db, id)));
    const canceled = outcomes.filter((each) => each === "canceled").length;
    for (const [n, said] of outcomes.entries()) {
      expect([said, shown[n]?.status, onWire.has(`race${n}@example.net`)]).toBeOneOf([
        ["canceled", "canceled", false],
        ["not_cancelable", "sent", true],
      ]);
    }
    expect(await used(db)).toBe(200 - canceled);
    expect(canceled).toBeGreaterThan(0);
    expect(canceled).toBeLessThan(200);
  }, 180_000);
});
