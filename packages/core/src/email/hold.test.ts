import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, mail } from "../../../../test/support/database.ts";
import { Dead, dying } from "../../../../test/support/dying.ts";
import { type HoldingDatabase, makeHolding, nextDay } from "../../../../test/support/held.ts";
import * as keys from "../keys.ts";
import { usage } from "../limit/usage.ts";
import { patch } from "../settings/patch.ts";
import { accept } from "./accept.ts";
import { list } from "./list.ts";
import { get } from "./read.ts";

let env: TestPorts;
beforeAll(async () => {
  env = await startTestPorts({ start: Date.parse("2026-11-22T12:00:00Z") });
});
afterAll(() => env.close());

const places = async ({ id }: HoldingDatabase) => {
  const query = { pk: keys.line(id, "platform").pk, prefix: keys.placePrefix, consistent: true };
  return (await env.ports.store.query(query)).items;
};

describe("R-LIM-4 accept at the limit", () => {
  it("twelve twins of one idempotency key are one held mail", async () => {
    const db = await makeHolding(env, 1);
    await db.send();
    const version = await db.version();
    const key = { key: "k", hash: "h" };
    const answers = await Promise.all(Array.from({ length: 12 }, () => accept(env.ports, version, mail(), key)));
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    expect(await places(db)).toHaveLength(1);
  });

  it("30 at once by three processes: no more than the limit are queued, the rest is held, none refused", async () => {
    const db = await makeHolding(env, 10);
    const processes = Array.from({ length: 3 }, () => ({ ...env.ports, store: { ...env.ports.store } }));
    await Promise.all(
      processes.flatMap((ports) =>
        Array.from({ length: 10 }, async () => accept(ports, await db.version(), mail({ kind: "transactional" }))),
      ),
    );
    const { used, held } = await usage(env.ports, await db.version());
    expect(used + held).toBe(30);
    expect(used).toBeLessThanOrEqual(10);
    expect(await places(db)).toHaveLength(held);
  });

  it("G1 whoever dies at any write of it leaves a whole held mail or none", async () => {
    const db = await makeHolding(env, 1);
    await db.send();
    await deliver(env);
    for (const moment of ["before", "after"] as const) {
      let alive = false;
      for (let n = 0; !alive && n < 10; n++) {
        const { ports } = dying(env.ports, n, moment);
        const sent = accept(ports, await db.version(), mail()).then(() => {
          alive = true;
        });
        await sent.catch((error: unknown) => expect(error).toBeInstanceOf(Dead));
      }
      expect(alive).toBe(true);
    }
    const held = await db.held();
    expect((await places(db)).map(({ id }) => String(id)).toSorted()).toEqual(held.toSorted());
    for (let day = 0; day < held.length; day++) await nextDay(env);
    for (const id of held) expect((await get(env.ports, db.id, id)).status).toBe("sent");
  });

  it("a large body with a short retention lives through the wait", async () => {
    const db = await makeHolding(env, 1);
    await patch(env.ports, await db.version(), { retention: { bodies_days: 1, heads_days: 1, events_days: 1 } });
    await db.send();
    await deliver(env);
    const content = Buffer.from(env.ports.random.bytes(200_000)).toString("base64");
    const ids = [await db.send({ subject: "first" }), await db.send({ attachments: [{ filename: "large", content }] })];
    for (let day = 0; day < 3; day++) await nextDay(env);
    for (const id of ids) expect((await get(env.ports, db.id, id)).status).toBe("sent");
  });
});

describe("GET /v1/emails?status=held", () => {
  it("pages through both kinds, newest first, and back", async () => {
    const db = await makeHolding(env, 1);
    await db.send();
    const ids: string[] = [];
    for (let n = 0; n < 7; n++) ids.push(await db.send({ kind: n % 2 === 0 ? "mass" : "transactional" }));
    const newest = ids.toReversed();
    const page = async (query: object) => {
      const { data, has_more } = await list(env.ports, await db.version(), { status: "held", limit: 3, ...query });
      return { found: data.map(({ id }) => id), has_more };
    };
    expect(await page({})).toEqual({ found: newest.slice(0, 3), has_more: true });
    expect(await page({ after: newest[2] })).toEqual({ found: newest.slice(3, 6), has_more: true });
    expect(await page({ after: newest[5] })).toEqual({ found: newest.slice(6), has_more: false });
    expect((await page({ before: newest[6] })).found).toEqual(newest.slice(3, 6));
    expect((await page({ kind: "mass" })).found).toEqual([ids[6], ids[4], ids[2]]);
  });
});
