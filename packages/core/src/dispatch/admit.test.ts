import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { later, nextDay } from "../../../../test/support/held.ts";
import { startSink } from "../../../../test/support/sink.ts";
import { patch } from "../database/patch.ts";
import { accept } from "../email/accept.ts";
import { get } from "../email/read.ts";
import { usage } from "../limit/usage.ts";
import * as Server from "../server/server.ts";

let env: TestPorts;
beforeAll(async () => {
  env = await startTestPorts({ start: Date.parse("2026-11-22T12:00:00Z") });
});
afterAll(() => env.close());

let made = 0;
const setUp = (daily_limit: number) => makeDatabase(env.ports, { name: `admit${made++}`, daily_limit });
const send = async (db: TestDatabase, changes = {}) => (await accept(env.ports, await db.version(), mail(changes))).id;
const inAnHour = () => new Date(env.ports.clock.now() + 3_600_000).toISOString();
const view = (db: TestDatabase, id: string) => get(env.ports, db.id, id);
const use = async (db: TestDatabase) => usage(env.ports, await db.version());

describe("R-LIM-3 scheduled mail", () => {
  it("is charged when it is due, and goes out at once", async () => {
    const db = await setUp(5);
    const id = await send(db, { scheduled_at: inAnHour(), cc: ["copy@example.net"] });
    expect((await use(db)).used).toBe(0);
    await later(env, 3_601);
    expect((await view(db, id)).status).toBe("sent");
    expect((await use(db)).used).toBe(2);
  });

  it("is held where the limit is full by then, though the database refuses at the limit", async () => {
    const db = await setUp(1);
    const scheduled_at = inAnHour();
    const [id, other] = [await send(db, { scheduled_at }), await send(db, { scheduled_at })];
    await send(db);
    await later(env, 3_601);
    expect([(await view(db, id)).status, (await view(db, other)).status]).toEqual(["held", "held"]);
    expect(await use(db)).toMatchObject({ used: 1, held: 2 });
    await nextDay(env);
    expect([(await view(db, id)).status, (await view(db, other)).status].toSorted()).toEqual(["held", "sent"]);
    expect((await view(db, id)).events.map(({ type }) => type)).toEqual(["scheduled", "held", "released", "sent"]);
    await nextDay(env);
    expect((await view(db, other)).status).toBe("sent");
  });

  it("R-LIM-4 of more recipients than a day's limit by then fails; where the limit is 0 it waits", async () => {
    const db = await setUp(2);
    const id = await send(db, { scheduled_at: inAnHour(), cc: ["copy@example.net"] });
    const single = await send(db, { scheduled_at: inAnHour() });
    const { name } = await db.version();
    await patch(env.ports, name, { daily_limit: 1 });
    await later(env, 3_601);
    expect(await view(db, id)).toMatchObject({ status: "failed", recipients: [{ failure_type: "daily_limit" }, {}] });
    expect((await view(db, single)).status).toBe("sent");
    const stopped = await send(db, { scheduled_at: inAnHour() });
    await patch(env.ports, name, { daily_limit: 0 });
    await later(env, 3_601);
    await nextDay(env);
    expect((await view(db, stopped)).status).toBe("held");
    await patch(env.ports, name, { daily_limit: 1 });
    await later(env, 901);
    expect((await view(db, stopped)).status).toBe("sent");
  });

  it("over a server of the database's own is not counted", async () => {
    const sink = await startSink();
    const db = await setUp(0);
    const connection = { host: "127.0.0.1", port: sink.port, encryption: "none" as const };
    await Server.create(env.ports, await db.version(), { name: "own", ...connection });
    const id = await send(db, { scheduled_at: inAnHour() });
    await later(env, 3_601);
    expect((await view(db, id)).status).toBe("sent");
    expect(sink.caught).toHaveLength(1);
    expect((await use(db)).used).toBe(0);
    await sink.close();
  });
});

describe("R-DOM-8 mail that was held on its way to the platform", () => {
  it("goes over its own server where that is back by the release, and is not counted", async () => {
    const sink = await startSink();
    const db = await setUp(1);
    const connection = { host: "127.0.0.1", port: sink.port, encryption: "none" as const };
    const own = await Server.create(env.ports, await db.version(), { name: "own", ...connection });
    const id = await send(db);
    await Server.patch(env.ports, await db.version(), own.id, { active: false });
    await send(db);
    await deliver(env);
    expect((await view(db, id)).status).toBe("held");
    await Server.patch(env.ports, await db.version(), own.id, { active: true });
    await nextDay(env);
    expect((await view(db, id)).status).toBe("sent");
    expect(sink.caught).toHaveLength(1);
    expect((await use(db)).used).toBe(0);
    await sink.close();
  });
});
