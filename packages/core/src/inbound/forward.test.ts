import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { received, take, taken, written } from "../../../../test/support/taking.ts";
import { follow, posting } from "../../../../test/support/thread.ts";
import * as Alias from "../alias/alias.ts";
import * as Secret from "../database/secret.ts";
import * as Domain from "../domain/domain.ts";
import { post } from "../thread/post.ts";
import { withToken } from "../thread/token.ts";

let env: TestPorts;
let db: TestDatabase;
let domain: string;
const D = "company-name.posthouse.test";
beforeAll(async () => {
  env = await startTestPorts();
  db = await makeDatabase(env.ports);
  // Its mailbox is elsewhere: the domain is not proved, nor is its MX ours
  domain = (await Domain.create(env.ports, await db.version(), { name: "company-name.com" })).id;
  await Alias.create(env.ports, await db.version(), { name: "support", domain, model: "helpdesk.ticket" });
});
afterAll(() => env.close());

const view = async () => Domain.get(env.ports, await db.version(), domain);

describe("R-IN-8 mail that is forwarded to the default domain", () => {
  it.each([
    ["Delivered-To", "support@company-name.com"],
    ["X-Original-To", "Support@Company-Name.com"],
    ["X-Forwarded-To", "box@company-name.posthouse.test, support@company-name.com"],
    ["X-Forwarded-For", "support@company-name.com box@company-name.posthouse.test"],
    ["Envelope-To", "<support@company-name.com>"],
    ["Resent-To", '"Support" <support+x@company-name.com>'],
  ])("R-IN-8 has its old address in %s, and is routed by that", async (field, value) => {
    const raw = written({ To: "undisclosed-recipients:;", [field]: value });
    const [one, ...more] = await taken(env, db, { to: [`box@${D}`], raw });
    expect(more).toEqual([]);
    expect(one?.route).toMatchObject({ rule: "alias", alias: "support@company-name.com" });
  });

  it("R-IN-8 R-DOM-12 it came through the mailbox of that address", async () => {
    const mailbox = async (address: string) =>
      (await view()).mailboxes.find((each) => each.address === address)?.last_mail_at;
    expect(await mailbox("catchall@company-name.com")).toBeNull();
    await take(env, { to: [`box@${D}`], raw: written({ "Delivered-To": "catchall@company-name.com" }) });
    expect(await mailbox("catchall@company-name.com")).toMatch(/^20/);
    expect(await mailbox("support@company-name.com")).toMatch(/^20/);
    expect(await mailbox("bounce@company-name.com")).toBeNull();
  });

  it("R-IN-8 R-IN-1 the reply token of the old address counts", async () => {
    const thread = await follow(env.ports, db, [], { model: "helpdesk.ticket", record_id: "7" });
    const { message } = await post(env.ports, await db.version(), thread, posting());
    const { token_key } = await Secret.open(env.ports, db.id);
    const old = withToken("catchall@company-name.com", message.id, token_key);
    const [one] = await taken(env, db, { to: [`box@${D}`], raw: written({ "Delivered-To": old }) });
    expect(one?.route).toMatchObject({ rule: "reply", thread: { record_id: "7" } });
  });

  it("R-IN-8 the local part on the default domain means the one alias of that name on another domain", async () => {
    const [one] = await taken(env, db, { to: [`support@${D}`], raw: written() });
    expect(one?.route).toMatchObject({ rule: "alias", alias: "support@company-name.com" });
    const { last_mail_at } = (await view()).mailboxes.find(({ purpose }) => purpose === "alias") ?? {};
    expect(last_mail_at).toMatch(/^20/);
    const second = await Domain.create(env.ports, await db.version(), { name: "second.com" });
    await Alias.create(env.ports, await db.version(), { name: "support", domain: second.id, model: "crm.lead" });
    const [two] = await taken(env, db, { to: [`support@${D}`], raw: written() });
    expect(two?.route).toMatchObject({ rule: "none" });
  });

  it("R-IN-8 R-IN the same mail for two mailboxes that forward to one address is two, the same again none", async () => {
    const for_ = (old: string) => written({ "Delivered-To": old, "Message-ID": "<one@customer.example>" });
    const to = [`box@${D}`];
    expect(await taken(env, db, { to, raw: for_("support@company-name.com") })).toHaveLength(1);
    expect(await taken(env, db, { to, raw: for_("sales@company-name.com") })).toHaveLength(1);
    expect(await taken(env, db, { to, raw: for_("support@company-name.com") })).toEqual([]);
  });

  it("R-IN R-IN-8 one mailbox that forwards to two routing aliases comes in for both, once each", async () => {
    const [own] = (await Domain.list(env.ports, await db.version())).filter(({ name }) => name === D);
    for (const name of ["helpdesk", "sales"])
      await Alias.create(env.ports, await db.version(), { name, domain: own?.id ?? "", model: `crm.${name}` });
    const raw = written({ "Delivered-To": "info@company-name.com" });
    for (const name of ["helpdesk", "sales"]) {
      const [one] = await taken(env, db, { to: [`${name}@${D}`], raw });
      expect(one?.route).toMatchObject({ rule: "alias", alias: `${name}@${D}` });
      expect(await taken(env, db, { to: [`${name}@${D}`], raw })).toEqual([]);
    }
  });

  it.each([
    ["of the same local part on two domains", "support", "To"],
    ["behind one mailbox for all", "catchall", "To"],
    ["behind one mailbox for all", "box", "Cc"],
  ])("R-IN where forwarding lost the old address %s (%s@), %3$s says it", async (_, local, field) => {
    const fields = { To: "x@elsewhere.example", [field]: "y@elsewhere.example, support+x@second.com" };
    const [one] = await taken(env, db, { to: [`${local}@${D}`], raw: written(fields) });
    expect(one?.route).toMatchObject({ rule: "alias", alias: "support@second.com" });
  });

  it.each([
    ["the recipient itself is named too", { To: `catchall@${D}`, Cc: "support@second.com" }],
    ["two routing aliases are named", { To: "support@company-name.com, support@second.com" }],
    ["the old address is known", { To: "support@second.com", "X-Forwarded-To": "catchall@company-name.com" }],
  ])("R-IN To and Cc do not count where %s", async (_, fields) => {
    const [one] = await taken(env, db, { to: [`catchall@${D}`], raw: written(fields) });
    expect(one?.route).toMatchObject({ rule: "catchall" });
  });

  it("R-IN R-IN-1 the reply token of To counts where forwarding lost the old address", async () => {
    const thread = await follow(env.ports, db, [], { model: "helpdesk.ticket", record_id: "8" });
    const { message } = await post(env.ports, await db.version(), thread, posting());
    const { token_key } = await Secret.open(env.ports, db.id);
    const old = withToken("catchall@company-name.com", message.id, token_key);
    const [one] = await taken(env, db, { to: [`box@${D}`], raw: written({ To: old }) });
    expect(one?.route).toMatchObject({ rule: "reply", thread: { record_id: "8" } });
  });

  it("R-IN-8 an address of another database's domain is none of this one's", async () => {
    const other = await makeDatabase(env.ports, { name: "other" });
    await Domain.create(env.ports, await other.version(), { name: "theirs.com" });
    const [one] = await taken(env, db, { to: [`box@${D}`], raw: written({ "Delivered-To": "bounce@theirs.com" }) });
    expect(one).toMatchObject({ recipients: [`box@${D}`], route: { rule: "none" } });
    expect(await received(env, other)).toEqual([]);
  });

  it("R-IN-8 a forwarder's reverse-path is shown as it is, and as it was", async () => {
    const envelope_from = "SRS0=HH=TT=customer.example=mary@forwarder.example";
    const [one] = await taken(env, db, { to: [`box@${D}`], raw: written(), envelope_from });
    expect(one).toMatchObject({ envelope_from, envelope_sender: "mary@customer.example" });
  });
});
