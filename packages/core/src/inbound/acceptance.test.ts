import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { taken, written } from "../../../../test/support/taking.ts";
import { follow } from "../../../../test/support/thread.ts";
import * as Alias from "../alias/alias.ts";
import { accept } from "../email/accept.ts";
import { recipientPartition } from "../email/draft.ts";
import * as keys from "../keys.ts";
import { read } from "./content.ts";

let env: TestPorts;
let db: TestDatabase;
const D = "company-name.posthouse.test";
const record = { model: "project.task", record_id: "9" };
beforeAll(async () => {
  env = await startTestPorts();
  db = await makeDatabase(env.ports);
  const version = await db.version();
  await Alias.create(env.ports, version, { name: "known", ...record, accept_from: "known" });
  const refusal = "Only members write here.";
  await Alias.create(env.ports, version, { name: "members", ...record, accept_from: "followers", refusal });
  await follow(env.ports, db, ["tom@example.net"], record);
  await accept(env.ports, version, mail({ to: ["mailed@example.net"] }));
  const user = { address: "ann@example.net", name: "Ann", notify: "inbox" };
  await env.ports.store.write({ put: { ...keys.user(db.id, user.address), ...user } });
});
afterAll(() => env.close());

const come = async (from: string, local: string, fields: Record<string, string> = {}) => {
  const raw = written({ From: from, ...fields });
  const [one, ...more] = await taken(env, db, { to: [`${local}@${D}`], raw, envelope_from: from });
  expect(more).toEqual([]);
  return one;
};

describe("R-IN-3 accept_from", () => {
  it.each([
    ["TOM@example.net", "a follower of its record"],
    ["ann@example.net", "a user"],
    ["mailed@example.net", "whom the database has mailed"],
  ])("R-IN-3 `known` takes mail of %s, %s", async (from) => {
    expect(await come(from, "known")).toMatchObject({ status: "threaded", route: { thread: record } });
  });

  it("R-IN-3 `known` refuses everybody else, whoever another database knows", async () => {
    const other = await makeDatabase(env.ports, { name: "other" });
    await accept(env.ports, await other.version(), mail({ to: ["theirs@example.net"] }));
    for (const from of ["stranger@example.net", "theirs@example.net"])
      expect(await come(from, "known")).toMatchObject({
        status: "rejected",
        route: { rule: "refused", alias: `known@${D}` },
      });
  });

  it("R-IN-3 `known` refuses whom the database mailed so long ago that it has forgotten, deleted or not", async () => {
    await accept(env.ports, await db.version(), mail({ to: ["once@example.net"] }));
    const pk = recipientPartition(await db.version(), "once@example.net");
    const { items } = await env.ports.store.query({ index: "recipient", pk });
    expect(items).toHaveLength(1);
    const expires_at = Math.floor(env.ports.clock.now() / 1000) - 1;
    for (const { pk, sk } of items) await env.ports.store.write({ update: { pk, sk }, set: { expires_at } });
    expect(await come("once@example.net", "known")).toMatchObject({ status: "rejected", route: { rule: "refused" } });
    await accept(env.ports, await db.version(), mail({ to: ["once@example.net"] }));
    expect(await come("once@example.net", "known")).toMatchObject({ status: "threaded" });
  });

  it("R-IN-3 `followers` takes mail of those who follow its record alone", async () => {
    expect(await come("tom@example.net", "members")).toMatchObject({ status: "threaded" });
    const refused = await come("mailed@example.net", "members");
    expect(refused).toMatchObject({ status: "rejected", route: { rule: "refused" } });
    expect(refused?.route.why).not.toContain("mailed@example.net");
  });

  it("R-IN-3 R-IN-7 whoever is refused is told so in the alias's own words, where they are proved", async () => {
    const raw = written({ From: "proved@example.net", To: `members@${D}` });
    const before = env.ses.mailbox.list().length;
    const incoming = { to: [`members@${D}`], raw, envelope_from: "proved@example.net" };
    const [one] = await taken(env, db, { ...incoming, verdicts: { dmarc: "PASS", spf: "PASS" } });
    expect(one?.status).toBe("rejected");
    const [sent, ...rest] = env.ses.mailbox.list();
    expect(rest).toHaveLength(before);
    expect(sent).toMatchObject({ recipients: ["proved@example.net"], envelope_from: "" });
    expect(read(env.ses.mailbox.raw(sent?.id ?? "") ?? Buffer.alloc(0)).text).toContain("Only members write here.");
  });

  it("R-IN-1 a reply is never refused: it goes on its own thread", async () => {
    const other = { model: "helpdesk.ticket", record_id: "3" };
    const sent = await accept(env.ports, await db.version(), mail({ to: ["x@example.net"], thread: other }));
    const found = await come("y@example.net", "members", { References: `<${sent.id}@${D}>` });
    expect(found).toMatchObject({ status: "threaded", route: { rule: "reply", thread: other } });
  });
});
