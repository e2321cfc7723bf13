import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { acceptAll } from "../batch/accept.ts";
import * as Company from "../company/company.ts";
import { open } from "../database/secret.ts";
import * as Domain from "../domain/domain.ts";
import * as keys from "../keys.ts";
import * as Server from "../server/server.ts";
import { patch as patchSettings } from "../settings/patch.ts";
import { byRecord } from "../thread/find.ts";
import * as ReplyRef from "../thread/reply-ref.ts";
import { withToken } from "../thread/token.ts";
import { accept } from "./accept.ts";
import { fromItem } from "./head.ts";
import { preview } from "./preview.ts";
import { read as readRaw } from "./raw.ts";
import { get, raw } from "./read.ts";
import type { SendRequest } from "./request.ts";

let env: TestPorts;
let db: TestDatabase;
let name: string;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts();
});
afterAll(() => env.close());

const setUp = async (daily_limit = 50) => {
  name = `thread${made++}`;
  db = await makeDatabase(env.ports, { name, daily_limit });
};
const ref = { model: "helpdesk.ticket", record_id: "7" };
const catchall = () => `catchall@${name}.posthouse.test`;
const send = async (changes: Partial<SendRequest>) => accept(env.ports, await db.version(), mail(changes));
const headOf = async (id: string) =>
  fromItem((await env.ports.store.get(keys.emailHead(db.id, id), { consistent: true })) ?? { pk: "", sk: "" });
const refOf = async (id: string) =>
  ReplyRef.fromItem(await env.ports.store.get(keys.replyTo(db.id, id), { consistent: true }), env.ports.clock.now());
const threadOf = async () => byRecord(env.ports, db.id, ref);
const mimeOf = async (id: string) => Buffer.from((await raw(env.ports, db.id, id)) as Uint8Array).toString();
const field = (mime: string, name: string) =>
  new RegExp(`^${name}: (.*(?:\r\n .*)*)`, "mi").exec(mime)?.[1]?.replaceAll("\r\n", "");
const tokenedAs = async (id: `em_${string}` | `msg_${string}`, address = catchall()) =>
  withToken(address, id, (await open(env.ports, db.id)).token_key);
const sent = () => {
  const [one] = env.ses.mailbox.list().filter(({ tenant }) => tenant === db.id);
  return env.ses.mailbox.raw(one?.id ?? "")?.toString() ?? "";
};

describe("R-REW-4 a mail of a thread", () => {
  it("R-REW-4 goes out with the token in Reply-To, which previews and views leave out", async () => {
    await setUp();
    const { id } = await send({ thread: ref });
    await deliver(env);
    const reply = field(sent(), "Reply-To");
    expect(reply).toBe(await tokenedAs(id as `em_${string}`));
    expect((await get(env.ports, db.id, id)).reply_to).toEqual([catchall()]);
    expect((await preview(env.ports, await db.version(), mail({ thread: ref }))).reply_to).toEqual([catchall()]);
  });

  it("makes the thread where there is none, and one only; leads back to it", async () => {
    await setUp();
    const ids = (await Promise.all(Array.from({ length: 4 }, () => send({ thread: ref })))).map(({ id }) => id);
    const thread = await threadOf();
    for (const id of ids) {
      expect((await headOf(id)).thread).toBe(thread?.id);
      expect(await refOf(id)).toEqual({ thread: thread?.id, message: null, internal: false });
    }
  });

  it("a preview makes none, nor does a request that is wrong", async () => {
    await setUp();
    await preview(env.ports, await db.version(), mail({ thread: ref }));
    await expect(send({ thread: ref, from: "nobody" })).rejects.toMatchObject({ name: "invalid_from_address" });
    expect(await threadOf()).toBeUndefined();
    await expect(send({ thread: { model: "No Model", record_id: "7" } })).rejects.toMatchObject({
      name: "invalid_parameter",
    });
  });

  it("R-REW-4 has the thread's alias as Reply-To as long as there is one", async () => {
    await setUp();
    const { id: first } = await send({ thread: ref });
    const alias = `support@${name}.posthouse.test`;
    const thread = String((await headOf(first)).thread);
    await env.ports.store.write({ put: { ...keys.alias(db.id, alias) } });
    await env.ports.store.write({ update: keys.thread(db.id, thread), set: { alias } });
    const { id } = await send({ thread: ref });
    expect(field(await mimeOf(id), "Reply-To")).toBe(await tokenedAs(id as `em_${string}`, alias));
    await env.ports.store.write({ delete: keys.alias(db.id, alias) });
    expect((await get(env.ports, db.id, (await send({ thread: ref })).id)).reply_to).toEqual([catchall()]);
  });

  it("R-REW-4 with a Reply-To of the caller's own has that one, as it is; answers are found all the same", async () => {
    await setUp();
    const { id } = await send({ thread: ref, reply_to: ["me@example.com"] });
    expect(field(await mimeOf(id), "Reply-To")).toBe("me@example.com");
    expect(await refOf(id)).toBeDefined();
  });

  it("R-DOM-8 is of the thread's company, unless the mail says another or that one is gone", async () => {
    await setUp();
    const { id: first } = await send({ thread: ref });
    const { id: company } = await Company.create(env.ports, await db.version(), { name: "Branch" });
    const thread = String((await headOf(first)).thread);
    const ofThread = (id: string) =>
      env.ports.store.write({ update: keys.thread(db.id, thread), set: { company: id } });
    const from = async (changes: Partial<SendRequest>) =>
      (await get(env.ports, db.id, (await send({ thread: ref, ...changes })).id)).from;
    const firstFrom = await from({});
    await ofThread(company);
    expect(await from({})).toContain('"Branch"');
    await ofThread("co_gone");
    expect(await from({})).toBe(firstFrom);
    expect(await from({ company })).toContain('"Branch"');
  });

  it("R-DOM-8 routed again keeps the rules of its Reply-To", async () => {
    await setUp();
    await Domain.create(env.ports, await db.version(), { name: `${name}.example` });
    const connection = { host: "127.0.0.1", port: 2525, encryption: "none", authentication: "none" } as const;
    const input = { ...connection, name: "ext", from_filter: `${name}.example` };
    const server = await Server.create(env.ports, await db.version(), input);
    const { id } = await send({ thread: ref, from: `sales@${name}.example` });
    expect(field(await mimeOf(id), "Reply-To")).toBe(`catchall@${name}.example`);
    await Server.patch(env.ports, await db.version(), server.id, { active: false });
    await deliver(env);
    expect(field(sent(), "Reply-To")).toBe(await tokenedAs(id as `em_${string}`));
  });

  it("in a batch, of mass mail to several, held, and of one's own making, each leads back by itself", async () => {
    await setUp(4);
    await patchSettings(env.ports, await db.version(), { on_limit: "hold" });
    const message = Buffer.from("From: a@b.example\r\nTo: c@d.example\r\nSubject: x\r\n\r\nHello\r\n");
    const { accepted } = await acceptAll(env.ports, await db.version(), [mail({ thread: ref })], false);
    const mass = await send({ thread: ref, kind: "mass", to: ["a@x.example", "b@x.example"] });
    const own = await accept(
      env.ports,
      await db.version(),
      await readRaw(message, { to: [], kind: "transactional", thread: ref }),
    );
    const held = await send({ thread: ref });
    expect((await headOf(held.id)).state).toBe("held");
    for (const id of [...accepted.map((one) => one.id), ...(mass.ids ?? []), own.id, held.id]) {
      expect(await refOf(id)).toMatchObject({ thread: (await threadOf())?.id });
      expect(field(await mimeOf(id), "Reply-To")).toBe(await tokenedAs(id as `em_${string}`));
    }
  });

  it("what leads back to it is kept for 400 days, its own end or a long wait notwithstanding", async () => {
    await setUp(1);
    await patchSettings(env.ports, await db.version(), { on_limit: "hold" });
    for (const message_id of ["<sent@odoo.example>", "<held@odoo.example>"]) {
      const { id } = await send({ thread: ref, message_id });
      const [known, back] = await Promise.all([
        env.ports.store.get(keys.messageId(db.id, message_id, id)),
        env.ports.store.get(keys.replyTo(db.id, id)),
      ]);
      const daysLeft = (item: typeof known) => (Number(item?.["expires_at"]) - env.ports.clock.now() / 1000) / 86_400;
      for (const item of [known, back]) expect(daysLeft(item)).toBeGreaterThan(399);
    }
  });
});

describe("R-NOT-4 a notification", () => {
  const message = "msg_01m83krswkmpfw14r37000dz9h";
  const notify = async (changes: Partial<SendRequest> = {}) => {
    await setUp();
    const { id: first } = await send({ thread: ref });
    const thread = (await headOf(first)).thread;
    if (!thread) throw new Error("no thread");
    const references = ["<first@x.example>", `<${message}@${name}.posthouse.test>`];
    return send({ notification: { thread, message, alias: null, references }, ...changes });
  };

  it("R-NOT-4 asks for no answers by machines, and is no automatic answer itself", async () => {
    const mime = await mimeOf((await notify()).id);
    expect(field(mime, "X-Auto-Response-Suppress")).toBe("OOF");
    expect(field(mime, "X-Posthouse-Loop")).toBe(`${name}.posthouse.test`);
    expect(field(mime, "Auto-Submitted")).toBeUndefined();
  });

  it("R-NOT-3 leads back to the message, by Reply-To and References, and has no reference of its own", async () => {
    const { id, message_id } = await notify();
    const mime = await mimeOf(id);
    expect(field(mime, "Reply-To")).toBe(await tokenedAs(message));
    expect(field(mime, "References")).toBe(`<first@x.example> <${message}@${name}.posthouse.test> ${message_id}`);
    expect(await headOf(id)).toMatchObject({ message, thread: expect.stringMatching(/^thr_/) });
    expect(await refOf(id)).toBeUndefined();
  });

  it("R-REW-6 a caller of the API gets none of its fields past us", async () => {
    await setUp();
    await expect(send({ headers: { "X-Posthouse-Loop": "x" } })).rejects.toMatchObject({ name: "invalid_header" });
    const { id } = await send({ thread: ref });
    expect(await mimeOf(id)).not.toMatch(/^X-(?:Posthouse|Auto)/im);
  });
});

it("a mail without thread has nothing of all this in what is stored of it", async () => {
  await setUp();
  const { id } = await send({});
  const [head, body] = [await headOf(id), await get(env.ports, db.id, id)];
  expect([head.thread, head.message, await refOf(id)]).toEqual([undefined, undefined, undefined]);
  expect(body.reply_to).toEqual([catchall()]);
  expect(field(await mimeOf(id), "Reply-To")).toBe(catchall());
});
