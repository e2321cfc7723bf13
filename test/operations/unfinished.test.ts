import { acceptAll } from "@posthouse/core/batch/accept";
import { accept } from "@posthouse/core/email/accept";
import { list } from "@posthouse/core/email/list";
import { get } from "@posthouse/core/email/read";
import { reconcile } from "@posthouse/core/restore/reconcile";
import * as Audience from "@posthouse/core/thread/audience";
import { post } from "@posthouse/core/thread/post";
import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { deliver, mail, makeDatabase } from "../support/database.ts";
import { dying } from "../support/dying.ts";
import { later } from "../support/held.ts";
import { status } from "../support/receiver.ts";
import { follow, posting } from "../support/thread.ts";
import * as Webhooks from "../support/webhooks.ts";
import { restore, take } from "./snapshot.ts";

/** What was half done, or still to be told, when the point came that a table is restored to; and requests repeated after it. */

let env: TestPorts;
beforeAll(async () => {
  env = await startTestPorts({ start: Date.parse("2026-11-22T10:00:00Z") });
});
afterAll(() => env.close());

/** Takes the table as it is, goes on until all is done, and has the table go back. */
async function goBack() {
  const point = now();
  const items = await take(env);
  for (let n = 0; n < 4; n++) await later(env, 60);
  const fresh = await restore(env, items);
  return { fresh, restore: { point, stopped: now(), limits: "keep" as const } };
}
const now = () => env.ports.clock.now();
const copies = (tenant: string) => env.ses.mailbox.list().filter((one) => one.tenant === tenant).length;

describe("what was half done at the point of a restore", () => {
  it("G3 a batch whose mails were not all written yet", async () => {
    const db = await makeDatabase(env.ports, { name: "batch", daily_limit: 100 });
    const requests = Array.from({ length: 4 }, (_, n) => mail({ to: [`r${n}@example.net`] }));
    // The counter, the object, the commit, and a part of its mails
    const process = dying(env.ports, 4, "after");
    await expect(acceptAll(process.ports, await db.version(), requests, false)).rejects.toThrow();
    const pending = await env.ports.store.query({ pk: `BATCH#${db.id}`, consistent: true });
    expect(pending.items).toHaveLength(1);
    const { fresh, restore: how } = await goBack();
    expect(copies(db.id)).toBe(4);
    expect(await reconcile(fresh.ports, how)).toMatchObject({ ended: 4 });
    for (let n = 0; n < 3; n++) await later(fresh, 3_700);
    expect(copies(db.id)).toBe(4);
    const { data } = await list(fresh.ports, await db.version(), { limit: 10 });
    expect(data.map(({ status }) => status)).toEqual(Array(4).fill("failed"));
  });

  it("R-NOT-4 a message whose followers were not told yet: it says that they were not", async () => {
    const db = await makeDatabase(env.ports, { name: "thread", daily_limit: 100 });
    const thread = await follow(env.ports, db, ["a@example.net", "b@example.net"]);
    const process = dying(env.ports, 1, "after");
    await post(process.ports, await db.version(), thread, posting()).catch(() => undefined);
    const { fresh, restore: how } = await goBack();
    expect(copies(db.id)).toBe(2);
    expect(await reconcile(fresh.ports, how)).toMatchObject({ untold: 1 });
    for (let n = 0; n < 3; n++) await later(fresh, 3_700);
    expect(copies(db.id)).toBe(2);
    const { items } = await fresh.ports.store.query({ pk: `THR#${db.id}#${thread.id}`, prefix: "AUD#" });
    expect(items.map((item) => Audience.toldOf(Audience.fromItem(item)).not_sent_count)).toEqual([2]);
  });
});

describe("after a restore", () => {
  it("G4 webhooks are told again of what waited, under the webhook-id they know, and of nothing else", async () => {
    const db = await makeDatabase(env.ports, { name: "hooked" });
    const hook = await Webhooks.lendHook(env.ports, db.id, status(500));
    await Webhooks.tell(env.ports, db.id, "em_tried");
    await Webhooks.pump(env, env.ports);
    hook.answer(status(204));
    await Webhooks.tell(env.ports, db.id, "em_done");
    await Webhooks.pump(env, env.ports);
    // Its message on the queue is read after the point
    await Webhooks.tell(env.ports, db.id, "em_waits");
    const point = now();
    const items = await take(env);
    await Webhooks.later(env, 3_600);
    const ids = () => hook.received.map(({ headers }) => String(headers["webhook-id"]));
    const before = ids();
    expect(before).toHaveLength(4);
    const fresh = await restore(env, items);
    await reconcile(fresh.ports, { point, stopped: now(), limits: "keep" });
    for (let n = 0; n < 2; n++) await Webhooks.later(fresh, 3_600);
    const again = ids().slice(before.length);
    const told = (which: string) => hook.received.filter(({ json }) => json.data["email_id"] === which).length;
    expect(["em_tried", "em_done", "em_waits"].map(told)).toEqual([3, 1, 2]);
    expect(again.filter((id) => !before.includes(id))).toEqual([]);
    expect((await hook.deliveries()).map((one) => one.status)).toEqual(Array(3).fill("delivered"));
  });

  it("G4 what became of mail that waited is told: that it is not known", async () => {
    const db = await makeDatabase(env.ports, { name: "unknown" });
    const hook = await Webhooks.makeHook(env.ports, db.id, { events: ["email.failed"] });
    onTestFinished(() => hook.close());
    const { id } = await accept(env.ports, await db.version(), mail());
    const point = now();
    const fresh = await restore(env, await take(env));
    await reconcile(fresh.ports, { point, stopped: point, limits: "keep" });
    await Webhooks.later(fresh, 60);
    expect(hook.received.map(({ json }) => json)).toMatchObject([{ type: "email.failed", data: { email_id: id } }]);
  });

  it("G3 a request repeated with its Idempotency-Key sends nothing anew where the point knew it, and else does", async () => {
    const db = await makeDatabase(env.ports, { name: "repeated" });
    const [known, lost] = ["known", "lost"].map((key) => ({ key, hash: key }));
    const first = await accept(env.ports, await db.version(), mail(), known);
    const point = now();
    const items = await take(env);
    env.advance(120_000);
    const second = await accept(env.ports, await db.version(), mail(), lost);
    await deliver(env);
    const fresh = await restore(env, items);
    await reconcile(fresh.ports, { point, stopped: now(), limits: "keep" });
    expect(await accept(fresh.ports, await db.version(), mail(), known)).toEqual(first);
    expect((await get(fresh.ports, db.id, first.id)).status).toBe("failed");
    // docs/restore.md: applications must not repeat them blindly
    expect((await accept(fresh.ports, await db.version(), mail(), lost)).id).not.toBe(second.id);
    await expect(get(fresh.ports, db.id, second.id)).rejects.toThrow();
  });
});
