import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { accept } from "../email/accept.ts";
import { get } from "../email/read.ts";
import * as keys from "../keys.ts";
import { patch } from "../settings/patch.ts";
import { create } from "../webhook/create.ts";
import { apply } from "./apply.ts";
import type { Change } from "./change.ts";

let env: TestPorts;
let db: TestDatabase;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts();
});
beforeEach(async () => {
  db = await makeDatabase(env.ports, { name: `tracked${made++}`, daily_limit: 1_000 });
  await create(env.ports, db.id, { endpoint: "https://hooks.example.com/", events: ["email.opened", "email.clicked"] });
});
afterAll(() => env.close());

const one = ["reader@example.net"];
const many = Array.from({ length: 9 }, (_, n) => `reader${n}@example.net`);
const track = async (opens: boolean, clicks: boolean) =>
  patch(env.ports, await db.version(), { tracking: { opens, clicks } });
async function send(to: string[]): Promise<string> {
  const { id } = await accept(env.ports, await db.version(), mail({ to }));
  await deliver(env);
  return id;
}
let changes = 0;
const change = (kind: "opened" | "clicked"): Change => ({
  ...{ address: null, kind, link: "https://company.example/", user_agent: "Reader", dedupe: `t${changes++}` },
  at: new Date(env.ports.clock.now() + changes).toISOString(),
});
const tell = (id: string, ...all: Change[]) => apply(env.ports, { database: db.id, id }, all);
/** Entries of the timeline by type, and events for webhooks. */
async function kept(id: string) {
  const { events } = await get(env.ports, db.id, id);
  const of = (kind: string) => events.filter(({ type }) => type === kind).length;
  const { items } = await env.ports.store.query({ pk: keys.outbox(db.id, "").pk, consistent: true });
  return { opened: of("opened"), clicked: of("clicked"), told: items.length };
}
const times = (n: number, kind: "opened" | "clicked") => Array.from({ length: n }, () => change(kind));

describe("opens and clicks, which anybody makes who has the mail,", () => {
  it("are kept the first 20 of each, however many come and however often, with an event for each that is kept", async () => {
    await track(true, true);
    const id = await send(one);
    const first = times(15, "opened");
    await tell(id, ...first);
    await tell(id, ...first);
    expect(await kept(id)).toEqual({ opened: 15, clicked: 0, told: 15 });
    await tell(id, ...times(60, "opened"));
    for (let n = 0; n < 5; n++) await tell(id, ...times(6, "clicked"), ...first);
    expect(await kept(id)).toEqual({ opened: 20, clicked: 20, told: 40 });
  });

  it("beyond which they write nothing", async () => {
    await track(true, false);
    const id = await send(one);
    await tell(id, ...times(20, "opened"));
    env.meter.reset();
    await tell(id, ...times(3, "opened"));
    expect(env.meter.read().writes).toBe(0);
  });

  it("of several recipients 20 for each of them, 100 at most", async () => {
    await track(true, true);
    const few = await send(many.slice(0, 2));
    await tell(few, ...times(50, "opened"));
    expect(await kept(few)).toMatchObject({ opened: 40 });
    const id = await send(many);
    await tell(id, ...times(130, "opened"));
    expect(await kept(id)).toMatchObject({ opened: 100 });
  });

  it("of a database that tracks only one of them the other is not kept", async () => {
    await track(false, true);
    const id = await send(one);
    await tell(id, change("opened"), change("clicked"));
    expect(await kept(id)).toEqual({ opened: 0, clicked: 1, told: 1 });
  });
});
