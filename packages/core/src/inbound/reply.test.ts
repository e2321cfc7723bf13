import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { open } from "../database/secret.ts";
import { accept } from "../email/accept.ts";
import { fromItem } from "../email/head.ts";
import { type Id, make } from "../id.ts";
import * as keys from "../keys.ts";
import { ensure } from "../thread/ensure.ts";
import * as ReplyRef from "../thread/reply-ref.ts";
import { withToken } from "../thread/token.ts";
import { find, type Traces } from "./reply.ts";

let env: TestPorts;
let db: TestDatabase;
beforeAll(async () => {
  env = await startTestPorts();
  db = await makeDatabase(env.ports);
});
afterAll(() => env.close());

const ticket = (record_id: string) => ({ thread: { model: "helpdesk.ticket", record_id } });
const send = async (changes: Parameters<typeof mail>[0] = {}) => {
  const { id } = await accept(env.ports, await db.version(), mail(changes));
  return id as Id<"email">;
};
const headOf = async (id: string) => {
  const item = await env.ports.store.get(keys.emailHead(db.id, id), { consistent: true });
  if (!item) throw new Error("no head");
  return fromItem(item);
};
/** A message on a thread, as posting one leaves it. */
async function post(record_id: string, internal = false) {
  const { id: thread } = await ensure(env.ports, await db.version(), { model: "helpdesk.ticket", record_id });
  const id = make("message", env.ports);
  const ref = { thread, message: id, internal };
  await env.ports.store.write(ReplyRef.put(db.id, id, ref, env.ports.clock.now()));
  return ref;
}
const ours = (id: string) => `<${id}@company-name.posthouse.test>`;
const ask = (traces: Partial<Traces>) =>
  find(env.ports, db.id, { recipients: [], references: [], in_reply_to: [], ...traces });
const tokened = async (id: Id<"email"> | Id<"message">) =>
  withToken("catchall@company-name.posthouse.test", id, (await open(env.ports, db.id)).token_key);
const days = (n: number) => n * 86_400_000;

describe("R-IN-1 what a mail answers", () => {
  it("R-IN-1 an email of a thread, by our id in References, also long after the email itself is gone", async () => {
    const id = await send(ticket("1"));
    const { thread } = await headOf(id);
    const answer = { via: "references", ref: { thread, message: null, internal: false }, email: id };
    expect(await ask({ references: ["<first@outlook.example>", ours(id)] })).toEqual(answer);
    await env.ports.store.write({ delete: keys.emailHead(db.id, id) });
    expect(await ask({ references: [ours(id).toUpperCase()] })).toEqual(answer);
  });

  it("R-IN-1 an email without a thread", async () => {
    const id = await send();
    expect(await ask({ references: [ours(id)] })).toEqual({ via: "references", ref: null, email: id });
  });

  it("R-IN-1 a message, by its id, and by a notification of it; internal stays internal", async () => {
    const ref = await post("2", true);
    const { thread, message } = ref;
    const notification = { thread, message, alias: null, references: [ours(message)] };
    const id = await send({ notification });
    expect(await ask({ references: [ours(message)] })).toEqual({ via: "references", ref, email: null });
    expect(await ask({ in_reply_to: [ours(id)] })).toEqual({ via: "in_reply_to", ref, email: id });
  });

  it("R-IN-1 by In-Reply-To only where References know nothing", async () => {
    const [a, b] = [await send(ticket("3")), await send(ticket("4"))];
    expect(await ask({ references: [ours(a)], in_reply_to: [ours(b)] })).toMatchObject({ via: "references", email: a });
    expect(await ask({ references: ["<x@y.example>"], in_reply_to: [ours(b)] })).toMatchObject({
      via: "in_reply_to",
      email: b,
    });
  });

  it("R-IN-1 the newest that is known of the last 32 ids", async () => {
    const [a, b] = [await send(ticket("5")), await send(ticket("6"))];
    const foreign = (n: number) => Array.from({ length: n }, (_, k) => `<${k}@foreign.example>`);
    expect(await ask({ references: [ours(b), ours(a), ...foreign(3)] })).toMatchObject({ email: a });
    expect(await ask({ references: [ours(a), ours(b), ...foreign(31)] })).toMatchObject({ email: b });
    expect(await ask({ references: [ours(a), ours(b), ...foreign(32)] })).toBeUndefined();
  });

  it("R-IN-1 by the id that SES gave, whichever its Region, newer than ours before it", async () => {
    const [before, id] = [await send(ticket("7")), await send(ticket("8"))];
    await deliver(env);
    const { provider_id } = await headOf(id);
    for (const domain of ["email.amazonses.com", "eu-west-1.amazonses.com"])
      expect(await ask({ references: [ours(before), `<${provider_id}@${domain}>`] })).toMatchObject({ email: id });
    expect(await ask({ references: [`<${provider_id}@evil.example>`] })).toBeUndefined();
    env.advance(days(200));
    await env.ports.store.write({ delete: keys.emailHead(db.id, id) });
    expect(await ask({ in_reply_to: [`<${provider_id}@email.amazonses.com>`] })).toMatchObject({ email: id });
  });

  it("R-IN-1 by the caller's own Message-Id, of several mails the newest", async () => {
    const message_id = "<case-9@odoo.example>";
    await send({ message_id, ...ticket("9") });
    const id = await send({ message_id, ...ticket("10"), to: ["ann@example.net"] });
    expect(await ask({ in_reply_to: [message_id] })).toMatchObject({ email: id });
  });

  it("R-IN-1 by the Message-Id of a mail that became a message", async () => {
    const ref = await post("11");
    const their = "<abc@mail.customer.example>";
    await env.ports.store.write({ put: { ...keys.messageId(db.id, their, ref.message) } });
    expect(await ask({ references: [their] })).toEqual({ via: "references", ref, email: null });
  });

  it("R-IN-1 by the reply token of any recipient where no id is known, and by it alone", async () => {
    const [a, b] = [await send(ticket("12")), await send(ticket("13"))];
    const recipients = ["boss@customer.example", (await tokened(a)).toUpperCase()];
    expect(await ask({ recipients, references: ["<x@y.example>"] })).toMatchObject({ via: "token", email: a });
    expect(await ask({ recipients, references: [ours(b)] })).toMatchObject({ via: "references", email: b });
    const ref = await post("14");
    expect(await ask({ recipients: [await tokened(ref.message)] })).toEqual({ via: "token", ref, email: null });
  });

  it("R-IN-1 what cannot be an id is not asked for", async () => {
    expect(await ask({ references: ["", `<${"x".repeat(3_000)}@y>`, "<ü@y.example>", "<a\u0000@b>"] })).toBeUndefined();
  });
});
