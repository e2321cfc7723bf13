import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { dying } from "../../../../test/support/dying.ts";
import { report } from "../../../../test/support/inbound.ts";
import { received, written } from "../../../../test/support/taking.ts";
import * as Alias from "../alias/alias.ts";
import * as Domain from "../domain/domain.ts";
import { accept } from "../email/accept.ts";
import * as keys from "../keys.ts";
import { get } from "./read.ts";
import { handIn, type Submission } from "./submit.ts";

let env: TestPorts;
let db: TestDatabase;
const D = "company-name.posthouse.test";
beforeAll(async () => {
  env = await startTestPorts();
  db = await makeDatabase(env.ports);
  const { id } = await Domain.create(env.ports, await db.version(), { name: "company-name.com" });
  await Alias.create(env.ports, await db.version(), { name: "support", domain: id, model: "helpdesk.ticket" });
});
afterAll(() => env.close());

let made = 0;
const bytes = (raw: string) => Buffer.from(raw.replaceAll("\n", "\r\n"));
const hand = async (raw: string, more: Partial<Submission> = {}) =>
  handIn(env.ports, await db.version(), { raw: bytes(raw), id: `${made++}`, source: "api", ...more });
const one = async (ids: readonly string[]) => get(env.ports, db.id, ids[0] ?? "");

describe("R-IN-8 a mail that is handed in", () => {
  it("R-IN-8 goes by the rules of any other, on domains that are not proved too", async () => {
    const { ids, duplicate } = await hand(written(), { recipients: ["Support+x@company-name.com"] });
    expect([ids.length, duplicate]).toEqual([1, false]);
    expect(await one(ids)).toMatchObject({ status: "threaded", route: { rule: "alias" }, source: "api" });
  });

  it.each([
    ["To", { To: "x@elsewhere.example, Support@company-name.com" }],
    ["Cc", { To: "x@elsewhere.example", Cc: "support@company-name.com" }],
    ["Delivered-To", { To: "x@elsewhere.example", "Delivered-To": "support@company-name.com" }],
    ["X-Original-To", { To: "x@elsewhere.example", "X-Original-To": "support@company-name.com" }],
  ])("R-IN-8 without recipients is for whom %s names", async (_, fields) => {
    const { ids } = await hand(written(fields));
    expect(await one(ids)).toMatchObject({ status: "threaded", recipients: ["support@company-name.com"] });
  });

  it("R-IN-8 is refused for an address that is not the database's, or where none is named", async () => {
    const before = (await received(env, db)).length;
    for (const recipients of [["a@gmail.com"], [`a@${D}`, "a@other.posthouse.test"], ["nonsense"]])
      await expect(hand(written(), { recipients })).rejects.toMatchObject({ name: "invalid_parameter" });
    await expect(hand(written({ To: "x@elsewhere.example" }))).rejects.toMatchObject({ name: "invalid_parameter" });
    expect(await received(env, db)).toHaveLength(before);
  });

  it("R-IN-8 out of a mailbox it is the mailbox's where the header names nobody, and a reply all the same", async () => {
    const raw = written({ To: "x@elsewhere.example" });
    const fetched = { source: "incoming", mailbox: "box@gmail.example" } as const;
    const { ids } = await hand(raw, fetched);
    expect(await one(ids)).toMatchObject({ status: "rejected", recipients: ["box@gmail.example"], source: "incoming" });
    const thread = { model: "helpdesk.ticket", record_id: "7" };
    const { id } = await accept(env.ports, await db.version(), mail({ thread }));
    const answer = written({ To: "x@elsewhere.example", References: `<${id}@${D}>` });
    expect(await one((await hand(answer, fetched)).ids)).toMatchObject({ status: "threaded", route: { thread } });
  });

  it("R-IN handed in again, or come by MX before, it is the same mail", async () => {
    const raw = written({ To: "support@company-name.com" });
    const first = await hand(raw);
    expect(await hand(`X-Other: way\n${raw}`)).toEqual({ ids: first.ids, duplicate: true });
    const twins = written({ To: "support@company-name.com" });
    const all = await Promise.all([1, 2, 3].map(() => hand(twins)));
    expect(new Set(all.map(({ ids }) => ids.join())).size).toBe(1);
    expect(all.filter(({ duplicate }) => !duplicate).length).toBeLessThanOrEqual(1);
  });

  it("R-IN-8 for two addresses is for both, though one of them stands in Delivered-To", async () => {
    const own = (await Domain.list(env.ports, await db.version())).find(({ name }) => name === D);
    await Alias.create(env.ports, await db.version(), { name: "sales", domain: own?.id ?? "", model: "crm.lead" });
    const recipients = [`sales@${D}`, "support@company-name.com"];
    const raw = written({ "Delivered-To": "support@company-name.com" });
    const { ids } = await hand(raw, { recipients });
    const all = await Promise.all(ids.map((id) => one([id])));
    expect(new Set(all.map(({ route }) => route.alias))).toEqual(new Set(recipients));
  });

  it("R-IN-8 cut short at any write and handed in again later it makes one record", async () => {
    const names = keys.threadNames(db.id);
    const threads = async () =>
      (await Promise.all(names.map(async (pk) => (await env.ports.store.query({ pk })).items.length))).reduce(
        (a, b) => a + b,
      );
    for (let calls = 0; calls < 8; calls++) {
      const before = await threads();
      const mail = { raw: bytes(written()), id: `cut-${calls}`, source: "api" } as const;
      const submission = { ...mail, recipients: ["support@company-name.com"] };
      await handIn(dying(env.ports, calls, "after").ports, await db.version(), submission).catch(() => undefined);
      env.advance(60_000);
      const { ids } = await handIn(env.ports, await db.version(), submission);
      expect([ids.length, (await threads()) - before], `${calls}`).toEqual([1, 1]);
    }
  });

  it("R-IN-7 is never answered", async () => {
    const before = env.ses.mailbox.list().length;
    const { ids } = await hand(written(), {
      recipients: ["nobody@company-name.com"],
      envelope_from: "mary@customer.example",
    });
    expect(await one(ids)).toMatchObject({ status: "rejected", route: { rule: "none" } });
    expect(env.ses.mailbox.list()).toHaveLength(before);
  });

  it("R-FAIL-4 a report without proof is unmatched, our own automatic answer is nothing", async () => {
    const told = report({ message_id: "<x@y.example>", recipient: "z@y.example" });
    const { ids } = await hand(told, { recipients: [`bounce@${D}`] });
    expect((await one(ids)).status).toBe("unmatched");
    const own = written({ "X-Posthouse-Loop": "posthouse.test" });
    expect(await hand(own, { recipients: [`bounce@${D}`] })).toEqual({ ids: [], duplicate: false });
  });
});
