import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver } from "../../../../test/support/database.ts";
import { Dead, dying } from "../../../../test/support/dying.ts";
import { type HoldingDatabase, later, makeHolding, nextDay } from "../../../../test/support/held.ts";
import { patch } from "../database/patch.ts";
import { remove } from "../database/remove.ts";
import { get } from "../email/read.ts";
import * as keys from "../keys.ts";
import { StoreBusy } from "../ports/store.ts";
import { patch as patchSettings } from "../settings/patch.ts";
import { tick } from "../tick/run.ts";

let env: TestPorts;
beforeAll(async () => {
  env = await startTestPorts({ start: Date.parse("2026-11-22T12:00:00Z") });
});
afterAll(() => env.close());

const day = 86_400;
const view = (db: HoldingDatabase, id: string) => get(env.ports, db.id, id);
const name = async (db: HoldingDatabase) => (await db.version()).name;
const lines = async (db: HoldingDatabase) =>
  (await env.ports.store.query({ pk: keys.line(db.id, "platform").pk, consistent: true })).items;

/** A database whose one recipient a day is used, with a mail that is held. */
async function withHeld(changes: Parameters<HoldingDatabase["send"]>[0] = {}, retention = 30) {
  const db = await makeHolding(env, 1);
  const kept = { bodies_days: retention, heads_days: retention, events_days: retention };
  await patchSettings(env.ports, await db.version(), { retention: kept });
  await db.send();
  await deliver(env);
  return { db, id: await db.send(changes) };
}

describe("R-LIM-4 `expires_in` counts from the release", () => {
  it("and body, head and recipients live through the wait, however short the retention", async () => {
    const changes = { expires_in: 3600, to: ["a@example.net", "b@example.net"], message_id: "<own@company.example>" };
    const db = await makeHolding(env, 2);
    await patchSettings(env.ports, await db.version(), {
      retention: { bodies_days: 1, heads_days: 1, events_days: 1 },
    });
    await db.send({ to: ["x@example.net", "y@example.net"] });
    const id = await db.send(changes);
    await patch(env.ports, await name(db), { status: "paused" });
    await later(env, 20 * day);
    expect((await view(db, id)).status).toBe("held");
    await patch(env.ports, await name(db), { status: "active" });
    await later(env, 901);
    expect(await view(db, id)).toMatchObject({ status: "sent", message_id: "<own@company.example>" });
    expect(db.sent()).toHaveLength(1);
  });

  it("of which none is lost by the wait", async () => {
    const { db, id } = await withHeld({ expires_in: 600 });
    await nextDay(env);
    const { expires_at, events } = await view(db, id);
    const released = events.find(({ type }) => type === "released")?.at ?? "";
    expect(Date.parse(expires_at) - Date.parse(released)).toBe(600_000);
  });

  it("R-FAIL-6 after 30 days without room it fails, and says so", async () => {
    const { db, id } = await withHeld();
    await patch(env.ports, await name(db), { status: "paused" });
    await later(env, 30 * day - 60);
    expect((await view(db, id)).status).toBe("held");
    await later(env, 1_000);
    expect(await view(db, id)).toMatchObject({
      status: "failed",
      attention: true,
      recipients: [{ failure_type: "daily_limit", reply: expect.stringContaining("30 days") }],
    });
    expect(await db.held()).toEqual([]);
  });
});

describe("R-LIM-4 held mail of a database that", () => {
  it("is paused stays held, and is released when it goes on", async () => {
    const { db, id } = await withHeld();
    await patch(env.ports, await name(db), { status: "paused" });
    await nextDay(env);
    expect((await view(db, id)).status).toBe("held");
    await patch(env.ports, await name(db), { status: "active" });
    await later(env, 901);
    expect((await view(db, id)).status).toBe("sent");
    expect((await db.use()).used).toBe(1);
  });

  it("keeps its mail to be looked at since goes to nobody and is charged nothing", async () => {
    const { db, id } = await withHeld();
    await patch(env.ports, await name(db), { delivery: "capture" });
    await later(env, 901);
    expect(await view(db, id)).toMatchObject({ status: "sent", captured: true });
    expect(db.sent()).toHaveLength(1);
    expect((await db.use()).used).toBe(1);
  });

  it("is deleted goes with it, and so does the line", async () => {
    const { db } = await withHeld();
    expect(await lines(db)).toHaveLength(2);
    await remove(env.ports, await name(db));
    expect(await lines(db)).toEqual([]);
    await nextDay(env);
    expect(db.sent()).toHaveLength(1);
  });

  it("is gone with its line left behind loses that too", async () => {
    const { db } = await withHeld();
    await env.ports.store.write({ delete: keys.version(db.id) });
    await nextDay(env);
    expect(await lines(db)).toEqual([]);
  });
});

describe("G1 a line", () => {
  it("whose released mail was not enqueued: the tick finds it", async () => {
    const { db, id } = await withHeld();
    const queue = { ...env.ports.queue, send: () => Promise.reject(new Error("SQS is down")) };
    const { resets_at } = await db.use();
    env.advance(Date.parse(resets_at) - env.ports.clock.now() + 1_000);
    await tick({ ...env.ports, queue });
    expect((await view(db, id)).status).toBe("queued");
    await later(env, 61);
    expect((await view(db, id)).status).toBe("sent");
    expect(db.sent()).toHaveLength(2);
  });

  it("whose tick dies in the middle is looked at again", async () => {
    const { db, id } = await withHeld();
    const { resets_at } = await db.use();
    env.advance(Date.parse(resets_at) - env.ports.clock.now() + 1_000);
    const store = { ...env.ports.store, transact: () => Promise.reject(new StoreBusy("killed")) };
    const clock = { ...env.ports.clock, sleep: () => Promise.resolve() };
    await tick({ ...env.ports, store, clock });
    expect((await view(db, id)).status).toBe("held");
    await later(env, 61);
    expect((await view(db, id)).status).toBe("sent");
    expect((await db.use()).used).toBe(1);
  });

  it.each(["before", "after"] as const)(
    "whose tick dies %s any of its writes loses none, and doubles none",
    async (moment) => {
      const db = await makeHolding(env, 2);
      const ids: string[] = [];
      for (let n = 0; n < 2; n++) await db.send();
      for (let n = 0; n < 8; n++) ids.push(await db.send());
      await deliver(env);
      for (let calls = 0; calls < 8; calls++) {
        const { resets_at } = await db.use();
        env.advance(Date.parse(resets_at) - env.ports.clock.now() + 1_000);
        await tick(dying(env.ports, calls, moment).ports).catch((error: unknown) => expect(error).toBeInstanceOf(Dead));
        await deliver(env);
        for (let n = 0; n < 3; n++) await later(env, 1_000);
      }
      for (const id of ids) expect((await view(db, id)).status).toBe("sent");
      expect(db.sent()).toHaveLength(10);
      const { history } = await db.use();
      expect(history.map(({ accepted }) => accepted)).toEqual([2, 2, 2, 2, 2]);
    },
  );

  it("is given up once nobody has stood in it for a while, and opened again when needed", async () => {
    const { db } = await withHeld();
    await nextDay(env);
    await later(env, 901);
    await later(env, 901);
    expect(await lines(db)).toEqual([]);
    const id = await db.send();
    expect((await view(db, id)).status).toBe("held");
    await nextDay(env);
    expect((await view(db, id)).status).toBe("sent");
  });
});
