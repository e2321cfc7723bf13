import { createHash } from "node:crypto";
import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { traces } from "../../../../test/support/traces.ts";
import { acceptAll } from "../batch/accept.ts";
import * as Body from "../email/body.ts";
import { findHead } from "../email/find.ts";
import { get } from "../email/read.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { tick } from "../tick/run.ts";
import { erase, get as getErasure } from "./erasure.ts";
import { run } from "./run.ts";

const [joe, ann] = ["joe@example.net", "ann@example.net"];
let env: TestPorts;
let db: TestDatabase;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts();
});
beforeEach(async () => {
  db = await makeDatabase(env.ports, { name: `large${made++}`, daily_limit: 10_000 });
});
afterAll(() => env.close());

const left = () => traces(env, db.id, joe);
const accepted = async (entries: Parameters<typeof acceptAll>[2]) =>
  (await acceptAll(env.ports, await db.version(), entries, false)).accepted.map(({ id }) => id);

describe("an erasure of more than one call gets through", () => {
  /** Ports on which each look at the recipient index takes so long, in ms. */
  const slow = (ms: number): Ports => {
    const { store } = env.ports;
    const query: typeof store.query = (one) => {
      if (one.index === "recipient") env.advance(ms);
      return store.query(one);
    };
    return { ...env.ports, store: { ...store, query } };
  };

  it("answers what it has done, and the tick goes on: each mail is counted once", async () => {
    const count = 30;
    await accepted(Array.from({ length: count }, () => mail({ to: [joe] })));
    const report = await erase(slow(10_001), await db.version(), { address: joe });
    expect(report).toMatchObject({ status: "running", completed_at: null, waiting: 0, removed: { heads: 25 } });
    expect(await getErasure(env.ports, db.id, report.id)).toEqual(report);
    // Whoever was cut off has it for as long as a call can be under way
    await tick(env.ports);
    expect(await getErasure(env.ports, db.id, report.id)).toEqual(report);
    env.advance(61_000);
    await Promise.all([tick(env.ports), tick(env.ports)]);
    const end = await getErasure(env.ports, db.id, report.id);
    expect(end).toMatchObject({ status: "done", removed: { heads: count, canceled: count }, swept_at: null });
    expect(end.completed_at).not.toBeNull();
    expect(await left()).toEqual([]);
    await deliver(env);
    expect(env.ses.mailbox.list().filter(({ tenant }) => tenant === db.id)).toEqual([]);
    env.advance(20_000);
    await tick(env.ports);
    expect((await getErasure(env.ports, db.id, report.id)).swept_at).not.toBeNull();
  });

  it("of several who go on at once one does each step", async () => {
    await accepted(Array.from({ length: 30 }, () => mail({ to: [joe] })));
    const { id } = await erase(slow(10_001), await db.version(), { address: joe });
    const forever = Number.POSITIVE_INFINITY;
    await Promise.all([1, 2, 3].map(() => run(env.ports, db.id, id, forever)));
    const end = await run(env.ports, db.id, id, forever);
    expect(end).toMatchObject({ completed_at: expect.any(String), removed: { heads: 30, canceled: 30 } });
    expect(await left()).toEqual([]);
  });
});

describe("a body in the object of a batch that is longer without the address", () => {
  const word = (n: number) => createHash("sha256").update(String(n)).digest("hex").slice(0, 16);
  const words = Array.from({ length: 60 }, (_, n) => ({ one: word(n), two: word(n + 1_000) }));
  /** What a compressor finds again in the text is another once the address is masked: of the second it stays. */
  const text = words.map(({ one, two }) => `${one} ${joe} ${two}`).join("\n");
  const html = words.map(({ one, two }) => `${one} x${joe} ${two}`).join("\n");
  const entries = () => [mail({ to: [joe, ann], text, html }), mail({ to: ["bob@example.net"], text: "Hi." })];
  const places = (id: string) => findHead(env.ports.store, db.id, id);

  it("gets a place of its own: it is sent to the others, and no trace is left", async () => {
    const [id = "", other = ""] = await accepted(entries());
    const report = await erase(env.ports, await db.version(), { address: joe });
    expect(report).toMatchObject({ status: "done", waiting: 0, removed: { recipients: 1, canceled: 1 } });
    expect(await places(id)).not.toHaveProperty("blob_range");
    expect(await places(other)).toHaveProperty("blob_range");
    expect((await left()).filter((place) => !place.startsWith("BODY#"))).toEqual([]);
    await deliver(env);
    env.advance(61_000);
    await tick(env.ports);
    await deliver(env);
    const masked = text.replaceAll(joe, "*".repeat(joe.length));
    expect(await get(env.ports, db.id, id)).toMatchObject({ to: [ann], text: masked, html });
    const mine = env.ses.mailbox.list().filter(({ tenant }) => tenant === db.id);
    expect(mine.flatMap(({ recipients }) => recipients).toSorted()).toEqual([ann, "bob@example.net"]);
  });

  it("that has one already keeps that, with its own end", async () => {
    const [id = ""] = await accepted(entries());
    const head = await places(id);
    const body = await Body.read(env.ports, head);
    if (!body) throw new Error("the body is gone");
    const { expires_at, ...own } = body;
    const later = await Body.pack(db.id, id, own, env.ports.clock.now(), expires_at + 86_400);
    await Body.write(env.ports, db.id, id, later);
    await env.ports.store.write({ update: keys.emailHead(db.id, id), remove: ["blob", "blob_range"], add: { rev: 1 } });
    await erase(env.ports, await db.version(), { address: joe });
    expect(await Body.read(env.ports, await places(id))).toMatchObject({ expires_at: expires_at + 86_400, to: [ann] });
    expect((await left()).filter((place) => !place.startsWith("BODY#"))).toEqual([]);
  });
});
