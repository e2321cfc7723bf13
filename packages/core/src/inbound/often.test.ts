import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { said, taken, written } from "../../../../test/support/taking.ts";
import { follow, posting } from "../../../../test/support/thread.ts";
import * as Alias from "../alias/alias.ts";
import { patch } from "../settings/patch.ts";
import { post } from "../thread/post.ts";

let env: TestPorts;
let db: TestDatabase;
const D = "company-name.posthouse.test";
beforeAll(async () => {
  env = await startTestPorts();
  db = await makeDatabase(env.ports);
  await Alias.create(env.ports, await db.version(), { name: "support", model: "helpdesk.ticket" });
});
afterAll(() => env.close());

const from = (address: string, fields: Record<string, string> = {}) => ({
  to: [`support@${D}`],
  raw: written({ From: address, To: `support@${D}`, ...fields }),
  envelope_from: address,
  verdicts: { dmarc: "PASS", spf: "PASS" } as const,
});
const rules = async (times: number, incoming: () => ReturnType<typeof from>) => {
  const found: string[] = [];
  for (let n = 0; n < times; n++)
    found.push(...(await taken(env, db, incoming())).map(({ status, route }) => `${status} ${route.rule}`));
  return found;
};
const twenty = (one: string) => Array.from({ length: 20 }, () => one);
const answersTo = (address: string) =>
  env.ses.mailbox.list().filter(({ recipients }) => recipients.includes(address)).length;

describe("R-IN-5 too often", () => {
  it("R-IN-5 a sender makes 20 new records in 120 minutes, the 21st is kept and told of once; others go on", async () => {
    const found = await rules(22, () => from("robot@client.test"));
    expect(found).toEqual([...twenty("threaded alias"), "rejected loop", "rejected loop"]);
    expect(answersTo("robot@client.test")).toBe(1);
    expect(await rules(1, () => from("person@client.test"))).toEqual(["threaded alias"]);
    env.advance(121 * 60_000);
    expect(await rules(1, () => from("robot@client.test"))).toEqual(["threaded alias"]);
  }, 60_000);

  it("R-IN-5 likewise answers of one sender to one record", async () => {
    const thread = await follow(env.ports, db, [], { model: "helpdesk.ticket", record_id: "7" });
    const { message } = await post(env.ports, await db.version(), thread, posting());
    const answer = () => from("talker@client.test", { References: message.message_id });
    expect(await rules(21, answer)).toEqual([...twenty("threaded reply"), "rejected loop"]);
    expect(await said(env, db, thread)).toHaveLength(21);
    expect(await rules(1, () => from("other@client.test", { References: message.message_id }))).toEqual([
      "threaded reply",
    ]);
  }, 60_000);

  it("R-IN-5 who is on the allow-list may write as often as they like", async () => {
    await patch(env.ports, await db.version(), { loop_allow_list: ["monitor@client.test"] });
    expect(await rules(22, () => from("monitor@client.test"))).toEqual([
      ...twenty("threaded alias"),
      "threaded alias",
      "threaded alias",
    ]);
  }, 60_000);
});

it("R-IN-5 Auto-Submitted mail is stored on its thread, and nobody is told", async () => {
  const thread = await follow(env.ports, db, ["tom@example.net"], { model: "helpdesk.ticket", record_id: "away" });
  const { message } = await post(env.ports, await db.version(), thread, posting({ silent: true }));
  const References = message.message_id;
  await rules(1, () => from("mary@client.test", { References, "Auto-Submitted": "auto-replied" }));
  expect(await said(env, db, thread)).toHaveLength(2);
  const told = async () => (await said(env, db, thread)).map(({ notifications }) => notifications.emails);
  expect(await told()).toEqual([0, 0]);
  await rules(1, () => from("mary@client.test", { References }));
  expect(await told()).toEqual([0, 0, 1]);
});

describe("R-IN what SES finds in a mail", () => {
  it.each([
    ["spam", { reject_spam: false }],
    ["virus", { reject_virus: false }],
  ] as const)(
    "R-IN mail with %s is kept as rejected, unanswered, unless the setting says otherwise",
    async (rule, off) => {
      const incoming = () => ({ ...from("eve@client.test"), verdicts: { dmarc: "PASS", [rule]: "FAIL" } as const });
      const [one] = await taken(env, db, incoming());
      expect(one).toMatchObject({ status: "rejected", route: { rule }, verdicts: { [rule]: "fail" } });
      await patch(env.ports, await db.version(), off);
      const [other] = await taken(env, db, incoming());
      expect(other).toMatchObject({ status: "threaded", route: { rule: "alias" } });
      expect(answersTo("eve@client.test")).toBe(0);
    },
  );
});
