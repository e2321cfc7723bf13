import type { Fault } from "@posthouse/local/ses/fault";
import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase, takeEvents } from "../../../../test/support/database.ts";
import { accept } from "../email/accept.ts";
import type { Kind } from "../email/head.ts";
import { get } from "../email/read.ts";
import * as keys from "../keys.ts";
import { tick } from "../tick/run.ts";
import { run } from "./batch.ts";
import * as EventPath from "./path.ts";

let env: TestPorts;
let db: TestDatabase;
let fault: (moment: "before" | "after") => Fault | undefined;
beforeEach(async () => {
  fault = () => undefined;
  env = await startTestPorts({ ses: { hook: (moment) => fault(moment) } });
  db = await makeDatabase(env.ports);
});
afterEach(() => env.close());

const send = async (kind: Kind = "transactional") => {
  const { id } = await accept(env.ports, await db.version(), mail({ kind, to: [`${kind}@example.net`] }));
  await deliver(env);
  return id;
};
/** A mail that SES takes, and whose answer is lost. */
const lose = async (kind: Kind) => {
  fault = (moment) => (moment === "after" ? { drop: true } : undefined);
  const id = await send(kind);
  fault = () => undefined;
  return id;
};
const later = async (seconds: number) => {
  env.advance(seconds * 1000);
  await tick(env.ports);
  await deliver(env);
};
const events = async () => {
  while (env.ses.control.pending() > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  await takeEvents(env);
};
const status = async (id: string) => (await get(env.ports, db.id, id)).status;
const copies = (kind: Kind) =>
  env.ses.mailbox.list().filter(({ recipients }) => recipients[0] === `${kind}@example.net`);

describe("G3 with the event path cut", () => {
  it("a lost answer waits four times as long; then transactional mail goes again with the note, mass mail never", async () => {
    await send();
    await events();
    env.ses.control.set({ holdEvents: true });
    for (let n = 0; n < 2; n++) {
      env.advance(70_000);
      await send();
    }
    const before = copies("transactional").length;
    const [id, mass] = [await lose("transactional"), await lose("mass")];
    await later(50);
    await later(50);
    expect([await status(id), await status(mass)]).toEqual(["sending", "sending"]);
    await later(30);
    await later(20);
    expect([await status(id), await status(mass)]).toEqual(["sent", "failed"]);
    expect(copies("transactional").length - before).toBe(2);
    expect(copies("mass")).toHaveLength(1);
    const again = await get(env.ports, db.id, id);
    expect(again.events.find(({ type }) => type === "requeued")?.note).toContain("possible duplicate");
    expect((await get(env.ports, db.id, mass)).recipients[0]?.failure_type).toBe("unknown");
    env.ses.control.set({ holdEvents: false });
    await events();
    expect(await status(mass)).toBe("delivered");
  });

  it("while events come in, a lost answer waits no longer than it has to", async () => {
    await send();
    await events();
    env.advance(100_000);
    await send();
    await events();
    env.ses.control.set({ holdEvents: true });
    const id = await lose("mass");
    await later(45);
    await later(20);
    expect(await status(id)).toBe("failed");
  });
});

describe("the event path", () => {
  it("works while nothing is sent, however long no event comes", async () => {
    expect(await EventPath.works(env.ports)).toBe(true);
    await send();
    await events();
    env.advance(86_400_000);
    expect(await EventPath.works(env.ports)).toBe(true);
  });

  it("is not noted by SES's greeting, or by events of mail that is none of ours", async () => {
    const body = (tags: Record<string, string[]>) => ({
      eventType: "Send",
      mail: { messageId: "0100-1-000000", timestamp: "2026-11-23T07:00:00.000Z", tags },
    });
    const take = async (...bodies: unknown[]) => {
      const jobs = bodies.map((one, n) => ({ id: `m${n}`, group: null, body: one }));
      expect(await run(env.ports, jobs)).toEqual({ failed: [] });
      return (await env.ports.store.get(keys.eventPath))?.["event_at"];
    };
    const greeting = "Successfully validated SNS topic for Amazon SES event publishing.";
    expect(await take(greeting, body({ "ses:from-domain": ["stranger.example"] }))).toBeUndefined();
    const tags = { database: db.id, email: "em_1", attempt: "1", try: "1" };
    const ours = Object.fromEntries(Object.entries(tags).map(([name, value]) => [`posthouse_${name}`, [value]]));
    expect(await take(body(ours))).toEqual(expect.any(Number));
  });

  it("is noted at most every 30 seconds by a process", async () => {
    await EventPath.note(env.ports, "event_at");
    env.meter.reset();
    for (let n = 0; n < 50; n++) await EventPath.note(env.ports, "event_at");
    expect(env.meter.read().writes).toBe(0);
    env.advance(31_000);
    await EventPath.note(env.ports, "event_at");
    expect(env.meter.read().writes).toBe(1);
  });
});
