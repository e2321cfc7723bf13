import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { dying } from "../../../../test/support/dying.ts";
import { arrive, report, type Told } from "../../../../test/support/inbound.ts";
import { open } from "../database/secret.ts";
import { accept } from "../email/accept.ts";
import { get } from "../email/read.ts";
import { retry } from "../email/retry.ts";
import { withToken } from "../email/token.ts";
import { run } from "./batch.ts";
import { list } from "./list.ts";

let env: TestPorts;
let db: TestDatabase;
let other: TestDatabase;
beforeAll(async () => {
  env = await startTestPorts();
  db = await makeDatabase(env.ports);
  other = await makeDatabase(env.ports, { name: "other" });
});
afterAll(() => env.close());

const D = "company-name.posthouse.test";
const send = async (address: string, more: Parameters<typeof mail>[0] = {}, of = db) => {
  const { id } = await accept(env.ports, await of.version(), mail({ to: [address], ...more }));
  await deliver(env);
  return { id, message_id: (await get(env.ports, of.id, id)).message_id ?? "" };
};
const receive = (raw: string, to = `bounce@${D}`) => arrive(env, { to: [to], raw, envelope_from: "" });
const take = async (raw: string, to?: string) =>
  expect(await run(env.ports, [await receive(raw, to)])).toEqual({ failed: [] });
const status = async ({ id }: { id: string }, of = db) => (await get(env.ports, of.id, id)).status;
const entries = async ({ id }: { id: string }, type: string) =>
  (await get(env.ports, db.id, id)).events.filter((event) => event.type === type);
const dated = (told: Told, at: number) =>
  report(told).replace("Subject:", `Date: ${new Date(at).toUTCString()}\nSubject:`);

describe("R-FAIL-4 a report that comes in", () => {
  it("R-FAIL-4 with a valid token bounces its email; with one of another database none", async () => {
    const [ours, theirs] = [await send("token@example.net"), await send("token@example.net", {}, other)];
    const raw = () => report({ message_id: "<x@y.example>", recipient: "token@example.net" });
    const token = async ({ id }: { id: string }, of: TestDatabase, at = D) =>
      withToken(`bounce@${at}`, id, (await open(env.ports, of.id)).token_key);
    await take(raw(), await token(theirs, other));
    await take(raw(), await token(ours, other));
    await take(raw(), await token(ours, db, "other.posthouse.test"));
    expect([await status(ours), await status(theirs, other)]).toEqual(["sent", "sent"]);
    const kept = await Promise.all([db, other].map(({ id }) => list(env.ports, id, { limit: 10 })));
    expect(kept.map(({ data }) => data.map((one) => one.status))).toEqual([["unmatched", "unmatched"], ["unmatched"]]);
    await take(raw(), await token(ours, db));
    expect([await status(ours), await status(theirs, other)]).toEqual(["bounced", "sent"]);
  });

  it("R-FAIL-4 an out-of-office answer with a phone number bounces nobody", async () => {
    const sent = await send("alive@example.net");
    const subject = Buffer.from("Resposta automática: Fatura").toString("base64");
    await take(
      `From: Bob <alive@example.net>\nSubject: =?utf-8?B?${subject}?=\nMessage-ID: <oof1@example.net>\nIn-Reply-To: ${sent.message_id}\nReferences: ${sent.message_id}\nAuto-Submitted: auto-generated\nX-Auto-Response-Suppress: All\nContent-Type: text/plain; charset=utf-8\n\nEstou de férias.\n\nalive@example.net\nTel: 555 123 4567\n`,
      `notifications@${D}`,
    );
    const email = await get(env.ports, db.id, sent.id);
    expect([email.status, email.attention]).toEqual(["sent", false]);
  });

  it("R-FAIL-4 one of two mails of one Message-Id bounces both", async () => {
    const message_id = "<thread-9@odoo.example>";
    const [anna, bert] = [
      await send("anna@example.net", { message_id }),
      await send("bert@example.net", { message_id }),
    ];
    const raw = report({ message_id, recipient: "anna@example.net" }).replace(
      "\n--b\nContent-Type: text/rfc822-headers",
      "\nFinal-Recipient: rfc822; bert@example.net\nAction: failed\nStatus: 5.1.1\n\n--b\nContent-Type: text/rfc822-headers",
    );
    await take(raw);
    expect([await status(anna), await status(bert)]).toEqual(["bounced", "bounced"]);
  });
});

describe("R-FAIL-1 a report of the first attempt", () => {
  it("R-FAIL-1 replayed does not bounce the second, and is told once", async () => {
    const sent = await send("again@example.net");
    const told = { message_id: sent.message_id, recipient: "again@example.net", status: "5.2.2" };
    const first = env.ports.clock.now() + 1_000;
    env.advance(2_000);
    await take(dated(told, first));
    expect(await status(sent)).toBe("bounced");
    env.advance(3_600_000);
    await retry(env.ports, await db.version(), sent.id);
    await deliver(env);
    for (let n = 0; n < 2; n++) await take(dated(told, first));
    expect(await status(sent)).toBe("sent");
    expect(await entries(sent, "bounced")).toHaveLength(1);
    // By a clock that is a minute behind
    env.advance(2_000);
    await take(dated(told, env.ports.clock.now() - 60_000));
    expect(await status(sent)).toBe("bounced");
    expect(await entries(sent, "bounced")).toHaveLength(2);
  });

  it("R-FAIL-1 that comes late does not bounce the second, and stands in the timeline", async () => {
    const sent = await send("late@example.net");
    const first = env.ports.clock.now() + 1_000;
    env.advance(2_000);
    const soon = { message_id: sent.message_id, recipient: "late@example.net", status: "5.2.2" };
    await take(dated(soon, first));
    env.advance(3_600_000);
    await retry(env.ports, await db.version(), sent.id);
    await deliver(env);
    for (let n = 0; n < 2; n++) await take(dated({ ...soon, status: "5.1.1" }, first + 1_000));
    for (let n = 1; n < 9; n++) await take(dated({ ...soon, status: `5.7.${n}` }, first + n * 1_000));
    expect(await status(sent)).toBe("sent");
    expect((await entries(sent, "bounced")).map((one) => one.status)).toEqual(["5.2.2", "5.1.1"]);
  });

  it("R-FAIL-1 bounces whom the second was not for", async () => {
    const { id, message_id } = await send("one@example.net", { to: ["one@example.net", "two@example.net"] });
    const first = env.ports.clock.now() + 1_000;
    env.advance(2_000);
    await take(dated({ message_id, recipient: "one@example.net", status: "5.2.2" }, first));
    env.advance(3_600_000);
    await retry(env.ports, await db.version(), id);
    await deliver(env);
    await take(dated({ message_id, recipient: "two@example.net" }, first));
    const { recipients } = await get(env.ports, db.id, id);
    expect(recipients.map((one) => [one.address, one.state])).toEqual([
      ["one@example.net", "sent"],
      ["two@example.net", "bounced"],
    ]);
  });
});

describe("G4 a report of a delay", () => {
  it.each([
    ["without a Date", false],
    ["with a Date of the second the mail was accepted in", true],
  ])("G4 %s whose process was killed is told once", async (_, withDate) => {
    const recipient = `slow-${withDate}@example.net`;
    const sent = await send(recipient);
    const told = { message_id: sent.message_id, recipient, action: "delayed", status: "4.2.2" } as const;
    const { created_at } = await get(env.ports, db.id, sent.id);
    const job = await receive(withDate ? dated(told, Date.parse(created_at)) : report(told));
    let died = 0;
    for (const calls of [1, 2, 3]) {
      if ((await run(dying(env.ports, calls, "before").ports, [job])).failed.length > 0) died++;
      env.advance(1_000);
    }
    expect(await run(env.ports, [job])).toEqual({ failed: [] });
    expect(died).toBeGreaterThan(1);
    expect(await entries(sent, "delivery_delayed")).toHaveLength(1);
  });

  it("G4 by several receipts, with other Message-Ids, is one", async () => {
    const sent = await send("slow2@example.net");
    const told = { message_id: sent.message_id, recipient: "slow2@example.net", action: "delayed", status: "4.2.2" };
    for (let n = 0; n < 3; n++) {
      await take(report(told as Told));
      env.advance(1_000);
    }
    expect(await entries(sent, "delivery_delayed")).toHaveLength(1);
  });

  it("G4 by an outsider, however many, does not fill the timeline", async () => {
    const { id, message_id } = await send("eve@example.net");
    for (let n = 0; n < 60; n++)
      await take(report({ message_id, recipient: "eve@example.net", action: "delayed", status: `4.${n % 8}.${n}` }));
    expect((await get(env.ports, db.id, id)).events.map(({ type }) => type)).toEqual([
      "queued",
      "sent",
      "delivery_delayed",
    ]);
  }, 60_000);
});
