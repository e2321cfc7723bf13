import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { accept } from "../email/accept.ts";
import { fromItem } from "../email/head.ts";
import { list } from "../email/list.ts";
import { preview } from "../email/preview.ts";
import { get, raw } from "../email/read.ts";
import type { SendRequest } from "../email/request.ts";
import type { Idempotency } from "../idempotency/claim.ts";
import * as keys from "../keys.ts";
import { usage } from "../limit/usage.ts";
import * as OptOut from "../opt-out/record.ts";
import { patch as patchSettings } from "../settings/patch.ts";
import { tick } from "../tick/run.ts";

let env: TestPorts;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts({ start: Date.parse("2026-11-22T12:00:00Z") });
});
afterAll(() => env.close());

const setUp = (daily_limit = 50) => makeDatabase(env.ports, { name: `mass${made++}`, daily_limit });
const send = async (db: TestDatabase, changes: Partial<SendRequest>, key?: Idempotency) =>
  accept(env.ports, await db.version(), mail({ kind: "mass", ...changes }), key);
const used = async (db: TestDatabase) => (await usage(env.ports, await db.version())).used;
const view = (db: TestDatabase, id = "") => get(env.ports, db.id, id);
const stored = async (db: TestDatabase) => (await list(env.ports, await db.version(), { limit: 100 })).data;
const sent = (db: TestDatabase) => env.ses.mailbox.list().filter(({ tenant }) => tenant === db.id);
const several = (count: number) => Array.from({ length: count }, (_, n) => `r${n}@example.net`);

describe("R-KIND-3 mass mail to several", () => {
  it("is one email each: a To, a Message-Id and a state of their own, all else the same", async () => {
    const db = await setUp();
    const to = ["Mary <mary@example.net>", '"=?utf-8?q?B=C3=B6b?=" <bob@example.net>'];
    const accepted = await send(db, { to, html: "<p>News</p>", subject: "News" });
    expect(accepted).toMatchObject({ id: accepted.ids?.[0], suppressed: [] });
    expect(accepted.ids).toHaveLength(2);
    expect(await used(db)).toBe(2);
    await deliver(env);
    const views = await Promise.all(accepted.ids?.map((id) => view(db, id)) ?? []);
    expect(views.map(({ to, status, subject, html }) => [to, status, subject, html])).toEqual([
      [['"Mary" <mary@example.net>'], "sent", "News", "<p>News</p>"],
      [['"Böb" <bob@example.net>'], "sent", "News", "<p>News</p>"],
    ]);
    expect(views.map(({ message_id }) => message_id)).toEqual(
      accepted.ids?.map((id) => expect.stringMatching(`^<${id}@`)),
    );
    expect(views[0]?.message_id).toBe(accepted.message_id);
    expect(sent(db).map(({ recipients }) => recipients)).toEqual(
      expect.arrayContaining([["mary@example.net"], ["bob@example.net"]]),
    );
  });

  it("a caller's own Message-Id is that of all of them", async () => {
    const db = await setUp();
    const { ids, message_id } = await send(db, { to: several(2), message_id: "<run-7@example.com>" });
    expect(message_id).toBe("<run-7@example.com>");
    for (const id of ids ?? []) expect((await view(db, id)).message_id).toBe("<run-7@example.com>");
  });

  it("its body is stored once, however many get it", async () => {
    const db = await setUp();
    const { ids = [] } = await send(db, { to: several(50), text: "news ".repeat(1_000) });
    const heads = await env.ports.store.batchGet(ids.map((id) => keys.emailHead(db.id, id)));
    const places = new Set(heads.map(fromItem).map(({ blob, blob_range }) => JSON.stringify([blob, blob_range])));
    expect([heads.length, places.size]).toEqual([50, 1]);
  });

  it("leaves out, each with its reason and none of them counted: suppressed, opted out, twice, no address", async () => {
    const db = await setUp();
    await env.ports.store.write({ put: { ...keys.suppression(db.id, "dead@example.net"), scope: "all" } });
    await OptOut.put(env.ports, db.id, { address: "out@example.net", origin: "manual" });
    const to = ["dead@example.net", "a@example.net", "A@example.net", "nobody", "out@example.net"];
    const { ids = [], suppressed } = await send(db, { to });
    expect(suppressed).toEqual([
      { address: "dead@example.net", reason: "suppressed" },
      { address: "out@example.net", reason: "opted_out" },
      { address: "A@example.net", reason: "duplicate" },
      { address: "nobody", reason: "address_invalid" },
    ]);
    expect(await used(db)).toBe(1);
    await deliver(env);
    const views = await Promise.all(ids.map((id) => view(db, id)));
    expect(views.map(({ status, recipients }) => [status, recipients[0]?.failure_type])).toEqual([
      ["suppressed", "suppressed"],
      ["sent", null],
      ["suppressed", "opted_out"],
    ]);
  });

  it("all of them left out: accepted, and nothing is sent or counted", async () => {
    const db = await setUp();
    for (const address of several(2)) await OptOut.put(env.ports, db.id, { address, origin: "one_click" });
    const { ids = [], suppressed } = await send(db, { to: several(2) });
    expect(suppressed.map(({ reason }) => reason)).toEqual(["opted_out", "opted_out"]);
    for (const id of ids) expect((await view(db, id)).status).toBe("suppressed");
    expect(await used(db)).toBe(0);
  });

  it("an idempotency key gives the first answer again, with those left out", async () => {
    const db = await setUp();
    const key = { key: "run", hash: "h" };
    const to = ["a@example.net", "a@example.net", "nobody", "b@example.net"];
    const first = await send(db, { to }, key);
    expect(await send(db, { to }, key)).toEqual(first);
    expect(first.suppressed).toHaveLength(2);
    expect(await stored(db)).toHaveLength(2);
    expect(await used(db)).toBe(2);
    await expect(send(db, { to }, { key: "run", hash: "other" })).rejects.toMatchObject({
      name: "invalid_idempotent_request",
    });
  });

  it("R-LIM-3 all of them or none: what has no room refuses the request, in its own numbers", async () => {
    const db = await setUp(4);
    await expect(send(db, { to: several(5) })).rejects.toMatchObject({
      name: "daily_quota_exceeded",
      message: expect.not.stringMatching(/^\[/),
    });
    expect([await stored(db), await used(db)]).toEqual([[], 0]);
    expect((await send(db, { to: several(4) })).ids).toHaveLength(4);
  });

  it("R-LIM-4 with on_limit hold those wait that there is no room for", async () => {
    const db = await setUp(2);
    await patchSettings(env.ports, await db.version(), { on_limit: "hold" });
    const { ids = [] } = await send(db, { to: several(3) });
    const statuses = await Promise.all(ids.map(async (id) => (await view(db, id)).status));
    expect(statuses).toEqual(["queued", "queued", "held"]);
    expect((await view(db, ids[2])).to).toEqual(["r2@example.net"]);
  });

  it("a held one whose common body would end too early has a body of its own, and stays what it was", async () => {
    const db = await setUp(1);
    const retention = { bodies_days: 1, heads_days: 90, events_days: 90 };
    await patchSettings(env.ports, await db.version(), { on_limit: "hold", retention });
    const { ids = [] } = await send(db, { to: several(2) });
    const places = await Promise.all(ids.map((id) => env.ports.store.get(keys.emailHead(db.id, id))));
    expect(places.map((item) => item?.["blob"] !== undefined)).toEqual([true, false]);
    expect(await view(db, ids[1])).toMatchObject({
      to: ["r1@example.net"],
      message_id: expect.stringContaining(ids[1] ?? "-"),
    });
  });

  it("scheduled, each goes out at its time with its own To", async () => {
    const db = await setUp();
    const { ids = [] } = await send(db, { to: several(2), scheduled_at: "2026-11-22T13:00:00Z" });
    expect((await view(db, ids[1])).status).toBe("scheduled");
    env.advance(3_700_000);
    await tick(env.ports);
    await deliver(env);
    expect((await view(db, ids[1])).status).toBe("sent");
    expect(sent(db).map(({ recipients }) => recipients)).toEqual(
      expect.arrayContaining([["r0@example.net"], ["r1@example.net"]]),
    );
  });

  it("R-SEL-10 a preview is one decision, and counts who would get it", async () => {
    const db = await setUp(2);
    const shown = async (to: string[]) => preview(env.ports, await db.version(), mail({ kind: "mass", to }));
    expect(await shown(["a@example.net", "a@example.net", "b@example.net"])).not.toHaveProperty("would_refuse");
    expect(await shown(several(3))).toMatchObject({ rule: "platform", would_refuse: { name: "daily_quota_exceeded" } });
  });

  it("one recipient, or transactional mail to several, is one email as ever", async () => {
    const db = await setUp();
    expect(await send(db, { to: several(1) })).not.toHaveProperty("ids");
    const { id, ids } = await send(db, { to: several(2), kind: "transactional" });
    expect([ids, (await view(db, id)).recipients.length]).toEqual([undefined, 2]);
  });

  it("R-KIND-4 all of it is on the queue of mass mail", async () => {
    const db = await setUp();
    await deliver(env);
    const { ids = [] } = await send(db, { to: several(3) });
    expect(await env.jobs.take("dispatch")).toEqual([]);
    const jobs = await env.jobs.take("mass");
    expect(jobs.map(({ body }) => body)).toEqual(ids.map((id) => ({ database: db.id, id })));
  });

  it("the MIME names its recipient and nobody else", async () => {
    const db = await setUp();
    const { ids = [] } = await send(db, { to: several(3) });
    const mime = Buffer.from((await raw(env.ports, db.id, ids[1] ?? "")) as Uint8Array).toString();
    expect(mime).toContain("\r\nTo: r1@example.net\r\n");
    expect(mime).not.toMatch(/r0@|r2@/);
  });
});
