import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import * as keys from "../keys.ts";
import { patch } from "../settings/patch.ts";
import type { SettingsRecord } from "../settings/record.ts";
import { tick } from "../tick/run.ts";
import { accept } from "./accept.ts";
import { list } from "./list.ts";
import { get } from "./read.ts";

const day = 86_400;
let env: TestPorts;
let db: TestDatabase;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts();
});
beforeEach(async () => {
  db = await makeDatabase(env.ports, { name: `keep${made++}` });
});
afterAll(() => env.close());

const keep = async (retention: SettingsRecord["retention"]) => patch(env.ports, await db.version(), { retention });
const send = async (more = {}) =>
  (await accept(env.ports, await db.version(), mail({ expires_in: 3_600, ...more }))).id;
const show = (id: string) => get(env.ports, db.id, id);
const later = async (seconds: number) => {
  env.advance(seconds * 1000);
  await tick(env.ports);
  await deliver(env);
};
/** An email with an entry in its timeline: its first try failed. */
const deferred = async () => {
  const id = await send();
  const ses = { send: async () => ({ outcome: "refused", reply: "busy", failure: "temporary", retry: true }) as const };
  await deliver({ ...env, ports: { ...env.ports, ses } });
  await later(200);
  return id;
};

describe("retention", () => {
  it("bodies, timelines and heads each end when they are to, however late TTL is", async () => {
    await keep({ bodies_days: 1, events_days: 3, heads_days: 5 });
    const id = await deferred();
    const entries = async () => (await show(id)).events.filter(({ type }) => type === "deferred").length;
    expect([(await show(id)).text, await entries()]).toEqual(["Hello there.", 1]);
    env.advance((day + 3_600) * 1000);
    expect([(await show(id)).text, await entries()]).toEqual([null, 1]);
    env.advance(2 * day * 1000);
    expect([(await show(id)).status, await entries()]).toEqual(["sent", 0]);
    env.advance(2 * day * 1000);
    await expect(show(id)).rejects.toMatchObject({ name: "not_found" });
    expect((await list(env.ports, await db.version(), { limit: 10 })).data).toEqual([]);
  });

  it("of 0 days a body is there until it may be sent no more, and no longer", async () => {
    await keep({ bodies_days: 0, events_days: 9, heads_days: 9 });
    const id = await send();
    await deliver(env);
    expect((await show(id)).text).toBe("Hello there.");
    env.advance(3_601_000);
    expect(await show(id)).toMatchObject({ text: null, status: "sent" });
  });

  it("of 0 days, mail whose time ran out says why it was not sent, not that its body is gone", async () => {
    await keep({ bodies_days: 0, events_days: 9, heads_days: 9 });
    const id = await send();
    const ses = {
      send: async () => ({ outcome: "refused", reply: "busy", failure: "temporary", retry: true }) as const,
    };
    for (let n = 0; n < 12; n++) {
      await deliver({ ...env, ports: { ...env.ports, ses } });
      env.advance(600_000);
      await tick(env.ports);
    }
    expect((await show(id)).recipients).toMatchObject([{ state: "failed", reply: expect.stringContaining("busy") }]);
  });

  it("is that of when the email was accepted", async () => {
    const id = await send();
    await keep({ bodies_days: 0, events_days: 1, heads_days: 1 });
    await deliver(env);
    env.advance(9 * day * 1000);
    expect(await show(id)).toMatchObject({ text: "Hello there.", status: "sent" });
  });

  it("timelines as long as their email cost the head nothing", async () => {
    const id = await send();
    expect(await env.ports.store.get(keys.emailHead(db.id, id))).not.toHaveProperty("events_days");
    await deliver(env);
  });
});
