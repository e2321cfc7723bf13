import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver } from "../../../../test/support/database.ts";
import { later, makeHolding, nextDay } from "../../../../test/support/held.ts";
import { patch } from "../database/patch.ts";
import { get } from "../email/read.ts";

let env: TestPorts;
beforeAll(async () => {
  env = await startTestPorts({ start: Date.parse("2026-11-22T12:00:00Z") });
});
afterAll(() => env.close());

const three = { to: ["a@example.net", "b@example.net", "c@example.net"] };
const view = (db: { id: string }, id: string) => get(env.ports, db.id, id);

describe("R-LIM-4 held mail", () => {
  it("is accepted, visible, counted in `held` and not in `used`, and released after the reset", async () => {
    const db = await makeHolding(env, 1);
    await db.send();
    const id = await db.send({ expires_in: 3600 });
    const several = await db.send({ kind: "transactional", cc: ["copy@example.net"] }).catch((error: unknown) => error);
    expect(several).toMatchObject({ name: "daily_quota_exceeded" });
    expect(await view(db, id)).toMatchObject({ status: "held", last_event: "queued", attention: false });
    expect(await db.use()).toMatchObject({ used: 1, limit: 1, held: 1 });
    expect(await db.held()).toEqual([id]);
    await deliver(env);
    await later(env, 9 * 3600);
    expect(db.sent()).toHaveLength(1);
    await nextDay(env);
    const { status, events } = await view(db, id);
    expect(status).toBe("sent");
    expect(events.map(({ type }) => type)).toEqual(["held", "released", "sent"]);
    expect(await db.use()).toMatchObject({ used: 1, held: 0 });
  });

  it("is released transactional before mass, then oldest first, and exactly the limit a day", async () => {
    const db = await makeHolding(env, 4);
    for (let n = 0; n < 4; n++) await db.send({ subject: "before" });
    for (let n = 0; n < 10; n++) await db.send({ subject: `mass ${n}`, kind: "mass" });
    for (let n = 0; n < 4; n++) await db.send({ subject: `late ${n}` });
    expect((await db.held()).length).toBe(14);
    const days: string[][] = [];
    await deliver(env);
    for (let day = 0; day < 4; day++) {
      const before = db.sent().length;
      await nextDay(env);
      days.push(db.sent().slice(before).toSorted());
    }
    expect(days).toEqual([
      ["late 0", "late 1", "late 2", "late 3"],
      ["mass 0", "mass 1", "mass 2", "mass 3"],
      ["mass 4", "mass 5", "mass 6", "mass 7"],
      ["mass 8", "mass 9"],
    ]);
  });

  it("lets new mail of its kind queue behind it, and new transactional mail pass held mass mail", async () => {
    const db = await makeHolding(env, 2);
    await db.send();
    const mass = await db.send({ kind: "mass", to: ["m@example.net"] });
    const large = await db.send({ cc: ["copy@example.net"] });
    // What is held is larger than what is left: it is not passed by mail of its kind, which would fit
    await patch(env.ports, (await db.version()).name, { daily_limit: 3 });
    const small = await db.send();
    expect([(await view(db, mass)).status, (await view(db, large)).status, (await view(db, small)).status]).toEqual([
      "queued",
      "held",
      "held",
    ]);
    const other = await makeHolding(env, 2);
    await other.send({ kind: "mass" });
    await other.send({ kind: "mass" });
    const held = await other.send({ kind: "mass" });
    await patch(env.ports, (await other.version()).name, { daily_limit: 3 });
    const behind = await other.send({ kind: "mass" });
    const passes = await other.send();
    expect((await other.held()).toSorted()).toEqual([held, behind].toSorted());
    expect((await view(other, passes)).status).toBe("queued");
  });

  it("is not passed by smaller mail of the line when it does not fit what is left", async () => {
    const db = await makeHolding(env, 4);
    for (let n = 0; n < 4; n++) await db.send();
    await db.send({ ...three, subject: "first" });
    await db.send({ ...three, subject: "second" });
    const small = await db.send({ subject: "small" });
    await deliver(env);
    await nextDay(env);
    expect(db.sent().slice(4)).toEqual(["first"]);
    expect((await view(db, small)).status).toBe("held");
    expect(await db.use()).toMatchObject({ used: 3, held: 4 });
    await nextDay(env);
    expect(db.sent().slice(5).toSorted()).toEqual(["second", "small"]);
  });

  it("is released before the reset where the limit is raised, or mail is given back", async () => {
    const db = await makeHolding(env, 1);
    await db.send();
    const id = await db.send();
    await patch(env.ports, (await db.version()).name, { daily_limit: 2 });
    await deliver(env);
    await later(env, 901);
    expect((await view(db, id)).status).toBe("sent");
    expect(await db.use()).toMatchObject({ used: 2, held: 0 });
  });

  it("of more recipients than a whole day's limit is refused; where the limit is lowered it fails, and says so", async () => {
    const db = await makeHolding(env, 3);
    for (let n = 0; n < 3; n++) await db.send();
    const id = await db.send(three);
    const next = await db.send();
    await expect(db.send({ ...three, cc: ["d@example.net"] })).rejects.toMatchObject({ name: "daily_quota_exceeded" });
    await patch(env.ports, (await db.version()).name, { daily_limit: 2 });
    await deliver(env);
    await nextDay(env);
    expect(await view(db, id)).toMatchObject({
      status: "failed",
      attention: true,
      recipients: [{ failure_type: "daily_limit" }, {}, {}],
    });
    expect((await view(db, id)).recipients[0]?.reply).toContain("daily limit is 2");
    expect((await view(db, next)).status).toBe("sent");
    expect((await db.use()).used).toBe(1);
  });
});
