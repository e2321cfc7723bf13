import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { said, taken, written } from "../../../../test/support/taking.ts";
import { follow, posting } from "../../../../test/support/thread.ts";
import * as Alias from "../alias/alias.ts";
import { accept } from "../email/accept.ts";
import * as keys from "../keys.ts";
import { patch } from "../settings/patch.ts";
import { byRecord } from "../thread/find.ts";
import * as Follower from "../thread/follower.ts";
import { post } from "../thread/post.ts";
import { route } from "./manual.ts";
import { handIn } from "./submit.ts";

let env: TestPorts;
let db: TestDatabase;
const D = "company-name.posthouse.test";
const to = [`desk@${D}`];
const model = "helpdesk.ticket";
beforeAll(async () => {
  env = await startTestPorts();
  db = await makeDatabase(env.ports);
  await Alias.create(env.ports, await db.version(), { name: "desk", model });
});
afterAll(() => env.close());

const failed = { spf: "FAIL", dkim: "FAIL", dmarc: "FAIL" } as const;
const passed = { dmarc: "PASS" } as const;
type Verdicts = typeof failed | typeof passed | Record<string, never>;

const come = (From: string, verdicts: Verdicts, fields: Record<string, string> = {}, by = to) =>
  taken(env, db, { to: by, raw: written({ From, ...fields }), envelope_from: From, verdicts });

/** Who follows the record that a mail has made. */
async function followers(id = ""): Promise<string[]> {
  const thread = await byRecord(env.ports, db.id, { model, record_id: id });
  if (!thread) throw new Error("the mail made no record");
  return (await Follower.list(env.ports, db.id, thread.id)).map(({ address }) => address);
}
const made = async (From: string, verdicts: Verdicts) => followers((await come(From, verdicts))[0]?.id);

describe("R-IN-3 who follows the record that their mail made", () => {
  it("R-IN-3 an author whose domain vouches for the mail, and nobody whom others may have named", async () => {
    expect(await made("mary@a.example", passed)).toEqual(["mary@a.example"]);
    for (const verdicts of [failed, {}]) expect(await made("victim@bank.example", verdicts)).toEqual([]);
  });

  it("R-IN-3 whom the database knows: a user, and whom it has mailed", async () => {
    const user = { address: "ann@known.example", name: "Ann", notify: "email" };
    await env.ports.store.write({ put: { ...keys.user(db.id, user.address), ...user } });
    await accept(env.ports, await db.version(), mail({ to: ["mailed@known.example"] }));
    for (const address of ["ann@known.example", "mailed@known.example"])
      expect(await made(address, {})).toEqual([address]);
  });

  it("R-IN-3 R-IN-8 whoever the application says has written it, and by hand as if it had come in there", async () => {
    const hand = { id: "1", source: "api", recipients: to } as const;
    const { ids } = await handIn(env.ports, await db.version(), {
      ...hand,
      raw: Buffer.from(written({ From: "joe@b.example" })),
    });
    expect(await followers(ids[0])).toEqual(["joe@b.example"]);
    for (const [verdicts, whom] of [
      [passed, ["eve@c.example"]],
      [failed, []],
    ] as const) {
      const [lost] = await come("eve@c.example", verdicts, {}, [`nobody@${D}`]);
      await route(env.ports, await db.version(), lost?.id ?? "", { model });
      expect(await followers(lost?.id)).toEqual(whom);
    }
  });
});

describe("R-IN-5 senders that nothing vouches for", () => {
  const rules = (mails: Awaited<ReturnType<typeof come>>) =>
    mails.map(({ status, route: { rule } }) => `${status} ${rule}`);

  it("R-IN-5 make 20 entries of a record together in 120 minutes, and no more; the others go on", async () => {
    const thread = await follow(env.ports, db, ["tom@example.net"], { model, record_id: "7" });
    const { message } = await post(env.ports, await db.version(), thread, posting({ silent: true }));
    const References = message.message_id;
    const from = async (From: string, verdicts: Verdicts) => rules(await come(From, verdicts, { References }));
    for (let n = 0; n < 20; n++) expect(await from(`s${n}@evil${n}.example`, failed)).toEqual(["threaded reply"]);
    expect(await from("s20@evil20.example", failed)).toEqual(["rejected loop"]);
    expect(await from("mary@a.example", {})).toEqual(["rejected loop"]);
    expect(await from("mary@a.example", passed)).toEqual(["threaded reply"]);
    await patch(env.ports, await db.version(), { loop_allow_list: ["client.test"] });
    expect(await from("monitor@client.test", {})).toEqual(["threaded reply"]);
    expect(await said(env, db, thread)).toHaveLength(23);
    env.advance(121 * 60_000);
    expect(await from("s20@evil20.example", failed)).toEqual(["threaded reply"]);
  }, 60_000);

  it("R-IN-5 R-NOT-2 have us write to nobody by a forged From", async () => {
    const victim = "victim@bank.example";
    await come(victim, failed, { "Message-ID": "<m0@evil.example>" });
    const References = "<m0@evil.example>";
    expect(rules(await come("eve@evil.example", failed, { References }))).toEqual(["threaded reply"]);
    await deliver(env);
    expect(env.ses.mailbox.list().filter(({ recipients }) => recipients.includes(victim))).toEqual([]);
  });
});
