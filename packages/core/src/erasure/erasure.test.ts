import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { traces } from "../../../../test/support/traces.ts";
import { list as audit } from "../audit/list.ts";
import { acceptAll } from "../batch/accept.ts";
import { accept } from "../email/accept.ts";
import { list } from "../email/list.ts";
import { get, raw } from "../email/read.ts";
import type { SendRequest } from "../email/request.ts";
import * as keys from "../keys.ts";
import { usage } from "../limit/usage.ts";
import { put as suppress } from "../suppression/add.ts";
import { tick } from "../tick/run.ts";
import * as Outbox from "../webhook/outbox.ts";
import { erase, list as erasures, get as getErasure } from "./erasure.ts";

const joe = "joe@example.net";
let env: TestPorts;
let db: TestDatabase;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts();
});
beforeEach(async () => {
  db = await makeDatabase(env.ports, { name: `erase${made++}`, daily_limit: 10_000 });
});
afterAll(() => env.close());

const send = async (changes: Partial<SendRequest> = {}) =>
  (await accept(env.ports, await db.version(), mail({ to: [`"Joe" <Joe@example.net>`], ...changes }))).id;
const forget = async (more: object = {}) => erase(env.ports, await db.version(), { address: joe, ...more });
const left = () => traces(env, db.id, joe);
const show = (id: string) => get(env.ports, db.id, id);
/** As the tick sweeps it. */
const sweep = async () => {
  env.advance(20_000);
  await tick(env.ports);
};

describe("an erasure", () => {
  it("leaves no trace of mail that was sent, but a head without names", async () => {
    const text = `Dear joe@example.net, you are JOE@example.net.`;
    const id = await send({ text, message_id: "<joe@example.net>", headers: { "X-For": joe } });
    await deliver(env);
    expect(await left()).not.toEqual([]);
    const report = await forget();
    expect(report).toMatchObject({ status: "done", removed: { heads: 1, bodies: 1, senders: 0 }, waiting: 0 });
    expect(await left()).toEqual([]);
    expect(JSON.stringify(report)).not.toContain("joe");
    expect(await show(id)).toMatchObject({ status: "sent", to: ["erased"], subject: "", text: null, html: null });
    expect((await list(env.ports, await db.version(), { limit: 10, recipient: joe })).data).toEqual([]);
    await expect(raw(env.ports, db.id, id)).rejects.toMatchObject({ name: "not_found" });
    expect((await audit(env.ports, db.id, { limit: 1 })).data[0]?.changes).toMatchObject([{ noun: "erasure" }]);
  });

  it("cancels what waits first: it is never sent, and its share is given back", async () => {
    const waits = [await send(), await send({ scheduled_at: "in 1 hour" })];
    const before = env.ses.mailbox.list().length;
    expect(await forget()).toMatchObject({ removed: { canceled: 2, heads: 2 } });
    await deliver(env);
    env.advance(3_700_000);
    await tick(env.ports);
    await deliver(env);
    expect(env.ses.mailbox.list()).toHaveLength(before);
    for (const id of waits) expect((await show(id)).status).toBe("canceled");
    expect((await usage(env.ports, await db.version())).used).toBe(0);
    expect(await left()).toEqual([]);
  });

  it("of mail to several the others keep theirs, sent or not", async () => {
    const to = ["mary@example.net", joe];
    const content = { to, cc: ["ann@example.net"], text: `To mary and ${joe}.`, subject: `About ${joe}` };
    const sent = await send(content);
    await deliver(env);
    const waits = await send({ ...content, text: "Nothing of him in here." });
    expect(await forget()).toMatchObject({ removed: { recipients: 2, canceled: 1, bodies: 2 } });
    expect(await left()).toEqual([]);
    await deliver(env);
    const [newest] = env.ses.mailbox.list();
    expect(newest?.recipients).toEqual(["mary@example.net", "ann@example.net"]);
    expect(await show(sent)).toMatchObject({ status: "sent", to: ["mary@example.net"], cc: ["ann@example.net"] });
    expect((await show(sent)).text).toBe(`To mary and ${"*".repeat(joe.length)}.`);
    expect(await show(waits)).toMatchObject({ text: "Nothing of him in here." });
    expect((await show(waits)).recipients.map(({ state }) => state)).toEqual(["sent", "canceled", "sent"]);
    expect((await usage(env.ports, await db.version())).used).toBe(5);
  });

  it("a body too large for an item is rewritten, or goes, with the links to its MIME", async () => {
    const file = {
      filename: `of ${joe}, 1.bin`,
      content: Buffer.from(env.ports.random.bytes(150_000)).toString("base64"),
    };
    const own = await send({ attachments: [file] });
    const shared = await send({ to: [joe, "mary@example.net"], attachments: [file] });
    await deliver(env);
    await env.ports.blobs.put(`keep-8d/${db.id}/${own}.eml`, Buffer.from(`To: ${joe}`));
    expect(await forget()).toMatchObject({ removed: { heads: 1, recipients: 1, bodies: 2 } });
    expect(await left()).toEqual([]);
    const mime = await raw(env.ports, db.id, shared);
    expect(mime).toBeInstanceOf(Uint8Array);
    expect(Buffer.from(mime as Uint8Array).toString()).toContain(file.content.slice(0, 60));
  });

  it("in the object of a batch the others stay where they are, to the octet", async () => {
    const others = ["mary@example.net", "ann@example.net", "bob@example.net"];
    const entries = [[others[0]], [joe], [joe, others[1]], [others[2]], [joe]].map((to, n) =>
      mail({ to: to.map(String), text: `Number ${n}, to ${to.join(" and ")}.` }),
    );
    const { accepted } = await acceptAll(env.ports, await db.version(), entries, false, { key: "k", hash: "h" });
    await deliver(env);
    expect(await forget()).toMatchObject({ removed: { heads: 2, recipients: 1 } });
    expect(await left()).toEqual([]);
    const texts = await Promise.all(accepted.map(async ({ id }) => (await show(id)).text));
    const stars = "*".repeat(joe.length);
    expect(texts).toEqual([
      "Number 0, to mary@example.net.",
      null,
      `Number 2, to ${stars} and ann@example.net.`,
      "Number 3, to bob@example.net.",
      null,
    ]);
    const again = await acceptAll(env.ports, await db.version(), entries, false, { key: "k", hash: "h" });
    expect(again.accepted.map(({ id }) => id)).toEqual(accepted.map(({ id }) => id));
  });

  it("finds what has no head: mail that a limit refused, alone or in a batch", async () => {
    const small = await makeDatabase(env.ports, { name: `small${made++}`, daily_limit: 1 });
    const entries = [mail({ to: ["mary@example.net"] }), mail({ to: [joe] })];
    await acceptAll(env.ports, await small.version(), entries, true);
    await env.ports.store.write({ update: keys.version(small.id), set: { limit_rev: 1 } });
    expect(await traces(env, small.id, joe)).not.toEqual([]);
    const report = await erase(env.ports, await small.version(), { address: joe });
    expect(report).toMatchObject({ status: "done", removed: { bodies: 1 } });
    expect(await traces(env, small.id, joe)).toEqual([]);
  });

  it("suppression and opt-out stay unless they are to go; what a sender was, goes", async () => {
    const now = env.ports.clock.now();
    await env.ports.store.write(suppress(db.id, { address: joe, scope: "all", origin: "manual" }, now));
    await env.ports.store.write({ put: { ...keys.optOut(db.id, joe), origin: "manual", created_at: "" } });
    await env.ports.store.write({ put: { ...keys.sender(db.id, joe), template_at: now } });
    expect(await forget()).toMatchObject({ removed: { senders: 1 }, kept: { suppressions: 1, opt_outs: 1 } });
    expect(await left()).toEqual([`OPTOUT#${db.id} ${joe}`, `SUP#${db.id} ${joe}`]);
    expect(await forget({ suppressions: true })).toMatchObject({ removed: { suppressions: 1, opt_outs: 1 } });
    expect(await left()).toEqual([]);
  });

  it("masks it in what webhooks are still to be told, and in answers of idempotency keys", async () => {
    const data = { to: [joe], email_id: "em_1" };
    await env.ports.store.write(Outbox.put(db.id, { id: "e1", type: "email.sent", data }, env.ports.clock.now()));
    const version = await db.version();
    const entries = mail({ to: [joe] });
    await env.ports.store.write(suppress(db.id, { address: joe, scope: "all", origin: "manual" }, 0));
    await accept(env.ports, version, entries, { key: "k", hash: "h" });
    expect(await forget({ suppressions: true })).toMatchObject({ removed: { records: 2 } });
    expect(await left()).toEqual([]);
    const item = await env.ports.store.get(keys.outbox(db.id, "e1"));
    expect(item?.["data"]).toEqual({ to: ["*".repeat(joe.length)], email_id: "em_1" });
  });

  it("addresses that hold it, or that it holds, are others'", async () => {
    const near = ["xjoe@example.net", "joe@example.net.example.org", "joe@example.network", "joe+a@example.net"];
    const ids = [];
    for (const address of near) ids.push(await send({ to: [address], text: near.join(" ") }));
    await forget();
    for (const [n, id] of ids.entries()) expect(await show(id)).toMatchObject({ to: [near[n]], text: near.join(" ") });
    await deliver(env);
  });

  it("G5 never touches another database's", async () => {
    const other = await makeDatabase(env.ports, { name: `other${made++}` });
    const { id } = await accept(env.ports, await other.version(), mail({ to: [joe] }));
    await send();
    const { id: erasure } = await forget();
    expect(await get(env.ports, other.id, id)).toMatchObject({ to: [joe], status: "queued" });
    await expect(getErasure(env.ports, other.id, erasure)).rejects.toMatchObject({ name: "not_found" });
    await deliver(env);
  });

  it("may be asked for again, and once swept nobody can say whose it was; mail made later is not its business", async () => {
    await send();
    const { id, address_hash } = await forget();
    const later = await send();
    await sweep();
    await deliver(env);
    expect(await show(later)).toMatchObject({ status: "sent", to: [`"Joe" <Joe@example.net>`] });
    expect(await getErasure(env.ports, db.id, id)).toMatchObject({ status: "done", swept_at: expect.any(String) });
    const item = await env.ports.store.get(keys.erasure(db.id, id));
    expect(item).not.toHaveProperty("sealed");
    expect(item).not.toHaveProperty("due_pk");
    const again = await forget();
    expect(again).toMatchObject({ address_hash, removed: { heads: 1 } });
    expect(await left()).toEqual([]);
    const { data, has_more } = await erasures(env.ports, db.id, { limit: 1 });
    expect([data, has_more]).toEqual([[again], true]);
    expect((await erasures(env.ports, db.id, { limit: 9, after: again.id })).data.map((one) => one.id)).toEqual([id]);
  });

  it("waits for mail that is being handed over, and takes it up when that has ended", async () => {
    const id = await send();
    const key = keys.emailHead(db.id, id);
    await env.jobs.take("dispatch");
    await env.ports.store.write({ update: key, set: { state: "sending" }, remove: ["due_pk", "due_sk"] });
    const report = await forget();
    expect(report).toMatchObject({ status: "running", waiting: 1, removed: { heads: 0 } });
    await env.ports.store.write({ update: key, set: { state: "sent" } });
    env.advance(61_000);
    await tick(env.ports);
    expect(await getErasure(env.ports, db.id, report.id)).toMatchObject({ status: "done", removed: { heads: 1 } });
    expect(await left()).toEqual([]);
  });

  it("takes one address, and nothing else", async () => {
    const version = await db.version();
    for (const address of ["", "joe", "Joe <joe@example.net>", "a@example.net, b@example.net"])
      await expect(erase(env.ports, version, { address })).rejects.toMatchObject({ name: "invalid_parameter" });
  });
});
