import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { taken, written } from "../../../../test/support/taking.ts";
import * as Alias from "../alias/alias.ts";
import * as Domain from "../domain/domain.ts";
import * as Mailed from "../domain/mailed.ts";
import { accept } from "../email/accept.ts";
import { get as getEmail } from "../email/read.ts";
import * as Server from "../server/server.ts";
import { put } from "../thread/thread.ts";

let env: TestPorts;
let db: TestDatabase;
const D = "company-name.posthouse.test";
const ticket = (record_id: string) => ({ model: "helpdesk.ticket", record_id });
beforeAll(async () => {
  env = await startTestPorts();
  db = await makeDatabase(env.ports);
});
afterAll(() => env.close());

/** A mail of a thread that a routing alias belongs to. @returns its Message-Id, its Reply-To, and the alias. */
async function sent(name: string) {
  const alias = await Alias.create(env.ports, await db.version(), { name, model: ticket(name).model });
  await put(env.ports, await db.version(), ticket(name), { alias: alias.address });
  const thread = ticket(name);
  const { id } = await accept(env.ports, await db.version(), mail({ to: ["mary@customer.example"], thread }));
  await deliver(env);
  const [newest] = env.ses.mailbox.list();
  const raw = String(env.ses.mailbox.raw(newest?.id ?? "")).replace(/\r\n[ \t]/g, "");
  const address = new RegExp(`${name}\\+[a-z0-9-]+@[a-z.-]+`).exec(raw)?.[0] ?? "";
  expect(address).not.toBe("");
  return { alias, address, message_id: (await getEmail(env.ports, db.id, id)).message_id ?? "" };
}

it.each(["renamed", "deleted"])(
  "R-IN-1 answers are on their thread for 400 days though its alias was %s",
  async (fate) => {
    const { alias, address, message_id } = await sent(`support-${fate}`);
    if (fate === "renamed") await Alias.patch(env.ports, await db.version(), alias.id, { name: "help" });
    else await Alias.remove(env.ports, await db.version(), alias.id);
    const reply = { status: "threaded", route: { rule: "reply", thread: ticket(`support-${fate}`) } };
    const [byToken] = await taken(env, db, { to: [address], raw: written() });
    expect(byToken).toMatchObject(reply);
    const [byReference] = await taken(env, db, { to: [alias.address], raw: written({ References: message_id }) });
    expect(byReference).toMatchObject(reply);
    const [other] = await taken(env, db, { to: [alias.address], raw: written() });
    expect(other).toMatchObject({ status: "rejected", route: { rule: "none" } });
  },
);

it("R-DOM-7 R-DOM-12 addresses with a plus sign of their own are noted, and are former with it too", async () => {
  const own = await makeDatabase(env.ports, { name: "plus" });
  const [fallback] = await Domain.list(env.ports, await own.version());
  const id = fallback?.id ?? "";
  const patch = async (input: Domain.DomainInput) => Domain.patch(env.ports, await own.version(), id, input);
  await patch({ catchall_alias: "answers+crm", bounce_alias: "errors+crm" });
  const at = (local: string) => `${local}@plus.posthouse.test`;
  await taken(env, own, { to: [at("answers+crm+x"), at("errors+crm+y")], raw: written() });
  expect(await Mailed.list(env.ports, own.id)).toMatchObject([
    { id, catchall_at: expect.any(String), bounce_at: expect.any(String) },
  ]);
  const thread = ticket("plus");
  const { id: email } = await accept(env.ports, await own.version(), mail({ to: ["mary@customer.example"], thread }));
  const { message_id } = await getEmail(env.ports, own.id, email);
  const changed = await patch({ catchall_alias: "answers", bounce_alias: "errors" });
  const former = changed.former_addresses.map(({ address }) => address);
  expect(former.toSorted()).toEqual([at("answers+crm"), at("errors+crm")]);
  const answer = () => ({ to: [at("answers+crm")], raw: written({ References: message_id ?? "" }) });
  const [one] = await taken(env, own, answer());
  expect(one).toMatchObject({ status: "threaded" });
});

it("R-DOM-7 a former default-from that was a full address on a domain of ours is still accepted", async () => {
  const { id } = await Domain.create(env.ports, await db.version(), {
    name: "company.com",
    default_from: `hello@${D}`,
  });
  const way = { host: "127.0.0.1", encryption: "none" as const, authentication: "none" as const };
  await Server.create(env.ports, await db.version(), { name: "own", ...way });
  const thread = ticket("full");
  const accepted = await accept(env.ports, await db.version(), mail({ to: ["mary@customer.example"], thread }));
  const email = await getEmail(env.ports, db.id, accepted.id);
  expect(email.from).toContain(`hello@${D}`);
  const answer = () => ({ to: [`hello@${D}`], raw: written({ References: email.message_id ?? "" }) });
  const [before] = await taken(env, db, answer());
  expect(before).toMatchObject({ status: "threaded" });
  const changed = await Domain.patch(env.ports, await db.version(), id, { default_from: "notifications" });
  expect(changed.former_addresses.map(({ address }) => address)).toContain(`hello@${D}`);
  const [after] = await taken(env, db, answer());
  expect(after).toMatchObject({ status: "threaded" });
  await Domain.patch(env.ports, await db.version(), id, { default_from: `hello@${D}` });
  await Domain.patch(env.ports, await db.version(), id, { default_from: "notifications", keep_old: false });
  const [dropped] = await taken(env, db, answer());
  expect(dropped).toMatchObject({ status: "rejected" });
});

it("R-IN-1 an answer to a Reply-To of the caller's own, or to a From of long ago, is on its thread", async () => {
  const thread = ticket("own-reply-to");
  const reply_to = [`team@${D}`];
  const { id } = await accept(env.ports, await db.version(), mail({ to: ["mary@customer.example"], thread, reply_to }));
  const References = (await getEmail(env.ports, db.id, id)).message_id ?? "";
  for (const days of [0, 91]) {
    env.advance(days * 86_400_000);
    const [one] = await taken(env, db, { to: reply_to, raw: written({ References }) });
    expect(one).toMatchObject({ status: "threaded", route: { rule: "reply", thread } });
  }
});
