import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { acceptAll } from "../batch/accept.ts";
import { accept } from "../email/accept.ts";
import { preview } from "../email/preview.ts";
import { get as getEmail } from "../email/read.ts";
import { retry } from "../email/retry.ts";
import * as keys from "../keys.ts";
import { usage } from "../limit/usage.ts";
import * as Suppression from "../suppression/suppression.ts";
import * as OptOut from "./opt-out.ts";
import { put } from "./record.ts";

let env: TestPorts;
let named = 0;
beforeAll(async () => {
  env = await startTestPorts();
});
afterAll(() => env.close());

const setUp = () => makeDatabase(env.ports, { name: `optout${named++}` });
const out = "out@b.example";
const mass = (changes = {}) => mail({ kind: "mass", to: [out], ...changes });
const view = (db: TestDatabase, id: string) => getEmail(env.ports, db.id, id);
const used = async (db: TestDatabase) => (await usage(env.ports, await db.version())).used;

describe("who has opted out", () => {
  it("R-FAIL-5 is listed once, since it was first; by hand or a list it is the sender's own; and removed", async () => {
    const { id: db } = await setUp();
    const first = await put(env.ports, db, { address: "OUT@b.example", origin: "one_click", email: "em_1" });
    const { entry, added } = await OptOut.add(env.ports, db, out);
    expect([added, entry]).toMatchObject([false, { address: out, origin: "manual", source_id: "em_1" }]);
    expect(await OptOut.get(env.ports, db, out)).toEqual(entry);
    const again = [
      await put(env.ports, db, { address: out, origin: "import" }),
      await put(env.ports, db, { address: out, origin: "one_click" }),
    ];
    expect([first, ...again]).toEqual([true, false, false]);
    expect(await OptOut.get(env.ports, db, out)).toEqual(entry);
    expect(await OptOut.add(env.ports, db, "a@b.example", { key: "k", hash: "h" })).toMatchObject({ added: true });
    expect(await OptOut.add(env.ports, db, "a@b.example", { key: "k", hash: "h" })).toMatchObject({ added: true });
    const addresses = async (query: Partial<OptOut.ListQuery> = {}) =>
      (await OptOut.list(env.ports, db, { limit: 10, ...query })).data.map(({ address }) => address);
    expect(await addresses()).toEqual(["a@b.example", out]);
    await put(env.ports, db, { address: "link@b.example", origin: "one_click" });
    expect(await addresses({ origin: "manual" })).toEqual(["a@b.example", out]);
    expect(await addresses({ q: "OUT" })).toEqual([out]);
    expect(await OptOut.remove(env.ports, db, entry.id)).toBe(entry.id);
    await expect(OptOut.remove(env.ports, db, out)).rejects.toMatchObject({ name: "not_found" });
    await expect(OptOut.get(env.ports, db, entry.id)).rejects.toMatchObject({ name: "not_found" });
    await expect(OptOut.add(env.ports, db, "nobody")).rejects.toMatchObject({ details: { field: "email" } });
  });

  it("R-KIND-3 has no mass mail by any way, the caller is told, and transactional mail goes as ever", async () => {
    const db = await setUp();
    await OptOut.add(env.ports, db.id, out);
    const version = await db.version();
    const left = [{ address: out, reason: "opted_out" }];
    const single = await accept(env.ports, version, mass());
    const batch = await acceptAll(env.ports, version, [mass(), mail({ to: [out] })], false);
    expect([single, ...batch.accepted].map(({ suppressed }) => suppressed)).toEqual([left, left, []]);
    expect(await view(db, single.id)).toMatchObject({
      status: "suppressed",
      recipients: [{ state: "suppressed", failure_type: "opted_out" }],
    });
    await deliver(env);
    expect(await view(db, batch.accepted[1]?.id ?? "")).toMatchObject({ status: "sent" });
    expect(await used(db)).toBe(1);
    expect(await preview(env.ports, version, mass())).not.toHaveProperty("would_refuse");
  });

  it("R-KIND-3 has none that was accepted, scheduled or failed before either", async () => {
    const db = await setUp();
    const version = await db.version();
    const early = await accept(env.ports, version, mass());
    const later = await accept(env.ports, version, mass({ scheduled_at: "in 1 hour" }));
    await put(env.ports, db.id, { address: out, origin: "one_click", email: early.id });
    env.advance(61_000);
    await deliver(env);
    expect(await view(db, early.id)).toMatchObject({
      status: "suppressed",
      recipients: [{ failure_type: "opted_out" }],
      events: [{ type: "queued" }, { type: "suppressed", failure_type: "opted_out" }],
    });
    expect(await used(db)).toBe(0);
    env.advance(3_600_000);
    await env.ports.queue.send("mass", [{ body: { database: db.id, id: later.id }, group: db.id }]);
    await deliver(env);
    expect((await view(db, later.id)).status).toBe("suppressed");
    const { pk, sk } = keys.emailHead(db.id, early.id);
    await env.ports.store.write({ update: { pk, sk }, set: { state: "failed", failure_type: "provider" } });
    await expect(retry(env.ports, version, early.id)).rejects.toMatchObject({
      name: "conflict",
      details: { suppressed: [{ address: out, reason: "opted_out" }] },
    });
  });

  it("R-FAIL-5 is said to be suppressed where both lists have it, and of another database it says nothing", async () => {
    const [db, other] = [await setUp(), await setUp()];
    await OptOut.add(env.ports, db.id, out);
    await Suppression.add(env.ports, db.id, { address: out, scope: "mass", origin: "soft_bounces" });
    const told = async (of: TestDatabase) => (await accept(env.ports, await of.version(), mass())).suppressed;
    expect(await told(db)).toEqual([{ address: out, reason: "suppressed" }]);
    expect(await told(other)).toEqual([]);
  });
});
