import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { taken, written } from "../../../../test/support/taking.ts";
import { posting } from "../../../../test/support/thread.ts";
import * as Alias from "../alias/alias.ts";
import { byRecord } from "../thread/find.ts";
import * as Follower from "../thread/follower.ts";
import { post } from "../thread/post.ts";

let env: TestPorts;
let db: TestDatabase;
const to = ["support@company-name.posthouse.test"];
const model = "helpdesk.ticket";
beforeAll(async () => {
  env = await startTestPorts();
  db = await makeDatabase(env.ports);
  await Alias.create(env.ports, await db.version(), { name: "support", model });
});
afterAll(() => env.close());

/** Who follows the record that a mail makes, and what is told there once Tom follows it as well. */
async function made(From: string, envelope_from: string) {
  const [mail] = await taken(env, db, { to, raw: written({ From }), envelope_from, verdicts: { dmarc: "PASS" } });
  const thread = await byRecord(env.ports, db.id, { model, record_id: mail?.id ?? "" });
  if (!thread) throw new Error("the mail made no record");
  const followers = await Follower.list(env.ports, db.id, thread.id);
  await Follower.put(env.ports, db.id, thread.id, { address: "tom@example.net" });
  const author = { name: "Ann", address: "ann@example.org" };
  const { told } = await post(env.ports, await db.version(), thread, posting({ author }));
  return { followers, told };
}

describe("R-IN-3 whoever wrote the mail that makes a record", () => {
  it("R-IN-3 R-NOT-2 follows it by whatever name, and costs nobody else their notification", async () => {
    const inner = Buffer.from("=?utf-8?q?a=0Ab?=").toString("base64");
    const { followers, told } = await made(`=?utf-8?b?${inner}?= <mallory@evil.example>`, "mallory@evil.example");
    expect(followers).toMatchObject([{ address: "mallory@evil.example", name: "=?utf-8?q?a=0Ab?=" }]);
    expect(told).toMatchObject({ emails: 2, not_sent_count: 0 });
  });

  it.each(["jörg@evil.example", `${"x".repeat(65)}@evil.example`, "x@localhost"])(
    "R-IN-3 does not follow it by what no mail can go to: %s",
    async (address) => {
      const { followers, told } = await made(address, address);
      expect(followers).toEqual([]);
      expect(told).toMatchObject({ emails: 1, not_sent_count: 0 });
    },
  );
});
