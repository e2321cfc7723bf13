import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { patch as patchDatabase } from "../database/patch.ts";
import { open } from "../database/secret.ts";
import { accept } from "../email/accept.ts";
import { get } from "../email/read.ts";
import { withToken } from "../email/token.ts";
import * as keys from "../keys.ts";
import { add } from "../suppression/suppression.ts";
import { prove } from "./proof.ts";
import type { Report, ReportRecipient } from "./report.ts";

let env: TestPorts;
let db: TestDatabase;
let other: TestDatabase;
beforeAll(async () => {
  env = await startTestPorts();
  [db, other] = [await makeDatabase(env.ports), await makeDatabase(env.ports, { name: "other" })];
});
afterAll(() => env.close());

const bob = "bob@example.net";
const bounce = "bounce@company-name.com";
const failed: ReportRecipient = {
  address: bob,
  original: false,
  action: "failed",
  status: "5.1.1",
  diagnostic: "550 5.1.1 no such user",
  remote_mta: null,
};
const report = (changes: Partial<Report> = {}): Report => ({
  kind: "delivery",
  recipients: [failed],
  message_ids: [],
  ...changes,
});
const write = async (changes: Parameters<typeof mail>[0] = {}, of = db) =>
  (await accept(env.ports, await of.version(), mail({ to: [bob], ...changes }))).id;
const send = async (changes: Parameters<typeof mail>[0] = {}, of = db) => {
  const id = await write(changes, of);
  await deliver(env);
  return id;
};
const own = (id: string) => `<${id}@company-name.com>`;
const token = async (id: string, of = db) => withToken(bounce, id, (await open(env.ports, of.id)).token_key);
const now = () => new Date(env.ports.clock.now()).toISOString();
const askAll = (given: Partial<Report>, recipient = bounce, of = db) =>
  prove(env.ports, of.id, report(given), { recipient, received_at: now() });
/** What it proves of one email; null where nothing. */
const ask = async (...args: Parameters<typeof askAll>) => {
  const [one, ...more] = await askAll(...args);
  expect(more).toEqual([]);
  return one ?? null;
};

describe("R-FAIL-4 a report is proved", () => {
  it("by the token of the bounce address, in any case", async () => {
    const id = await send();
    const proved = await ask({}, (await token(id)).toUpperCase());
    expect(proved).toMatchObject({
      id,
      changes: [{ address: bob, kind: "bounced", status: "5.1.1", reply: "550 5.1.1 no such user" }],
    });
    expect(proved?.changes).toHaveLength(1);
  });

  it("by the token of the envelope sender that it tells, as complaints do", async () => {
    const id = await send();
    const complaint: ReportRecipient = { ...failed, address: null, action: null, status: null, diagnostic: null };
    const given: Partial<Report> = { kind: "complaint", recipients: [complaint], mail_from: await token(id) };
    expect(await ask(given)).toMatchObject({ id, changes: [{ address: bob, kind: "complained" }] });
  });

  it("by our own Message-Id, also of mail over a personal server, whose errors have no bounce address", async () => {
    const id = await send();
    expect((await ask({ message_ids: ["<unknown@x.example>", own(id)] }, "mary@company-name.com"))?.id).toBe(id);
  });

  it("by the provider's Message-Id, whichever its Region", async () => {
    const id = await send();
    const provider = "0100018f00000000-1-000000";
    await env.ports.store.write({ put: { ...keys.messageId(db.id, provider, id) } });
    for (const domain of ["email.amazonses.com", "eu-west-1.amazonses.com"])
      expect((await ask({ message_ids: [`<${provider}@${domain}>`] }))?.id).toBe(id);
    expect(await ask({ message_ids: [`<${provider}@amazonses.com.evil.example>`] })).toBeNull();
  });

  it("by the caller's Message-Id, of several mails the one to that recipient", async () => {
    const message_id = "<thread-1@odoo.example>";
    await send({ message_id, to: ["alice@example.net"] });
    const id = await send({ message_id });
    await send({ message_id, to: ["carol@example.net"] });
    expect((await ask({ message_ids: [message_id] }))?.id).toBe(id);
  });

  it("of several recipients, each that is one of the email's, once", async () => {
    const id = await send({ to: [bob, "Carol@Example.net"], cc: ["dave@example.net"] });
    const recipients = [
      failed,
      failed,
      { ...failed, address: "carol@EXAMPLE.net", action: "delayed" as const, status: "4.2.2" },
      { ...failed, address: "stranger@example.net" },
    ];
    const proved = await ask({ recipients, message_ids: [own(id)] });
    expect(proved?.changes.map(({ address, kind }) => `${address} ${kind}`)).toEqual([
      `${bob} bounced`,
      "Carol@example.net delivery_delayed",
    ]);
  });

  it("for the only recipient where it names nobody", async () => {
    const nobody = { recipients: [{ ...failed, address: null }] };
    const id = await send();
    expect((await ask({ ...nobody, message_ids: [own(id)] }))?.changes[0]?.address).toBe(bob);
    const two = await send({ to: [bob, "carol@example.net"] });
    expect(await ask({ ...nobody, message_ids: [own(two)] })).toBeNull();
  });

  it("the same told again is the same change, at the same time", async () => {
    const id = await send();
    const date = new Date(env.ports.clock.now()).toISOString();
    const first = await ask({ message_ids: [own(id)], date });
    env.advance(1_000);
    expect(await ask({ message_ids: [own(id)], date })).toEqual(first);
    expect(first?.changes[0]?.at).toBe(date);
  });

  it("a date before the mail or after today is not believed", async () => {
    const id = await send();
    for (const date of ["2001-01-01T00:00:00.000Z", "2199-01-01T00:00:00.000Z"]) {
      const received_at = now();
      const [proved] = await prove(env.ports, db.id, report({ message_ids: [own(id)], date }), {
        recipient: bounce,
        received_at,
      });
      expect(proved?.changes[0]?.at).toBe(received_at);
      env.advance(1_000);
    }
  });
});

describe("R-FAIL-4 one Message-Id, many mails", () => {
  const to = (address: string): ReportRecipient => ({ ...failed, address });
  const others = (message_id: string, count: number, first: number) =>
    Promise.all(
      Array.from({ length: Math.ceil(count / 90) }, (_, n) =>
        env.ports.store.transact(
          Array.from({ length: Math.min(90, count - n * 90) }, (_, i) => {
            const id = `em_${first}${String(n * 90 + i).padStart(25, "0")}`;
            return { put: { ...keys.messageId(db.id, message_id, id) } };
          }),
        ),
      ),
    );

  it.each([
    ["the newest", "0"],
    ["one of the oldest", "7"],
  ])("R-FAIL-4 of 600 mails that of the recipient is found, where it is %s", async (_, first) => {
    const message_id = `<campaign-${first}@odoo.example>`;
    await others(message_id, 600, Number(first));
    const id = await send({ message_id, to: ["last@example.net"] });
    await send({ to: ["last@example.net"] });
    const reads: string[] = [];
    const { store } = env.ports;
    const counted = {
      ...env.ports,
      store: {
        ...store,
        batchGet: (...args: Parameters<typeof store.batchGet>) => {
          reads.push(...args[0].map(({ sk }) => sk));
          return store.batchGet(...args);
        },
      },
    };
    const asked = report({ recipients: [to("last@example.net")], message_ids: [message_id] });
    const proved = await prove(counted, db.id, asked, { recipient: bounce, received_at: now() });
    expect(proved.map((one) => one.id)).toEqual([id]);
    expect(reads.length).toBeLessThan(110);
  });

  it("R-FAIL-4 a report that names recipients of two of them is of both", async () => {
    const message_id = "<thread-9@odoo.example>";
    const first = await send({ message_id, to: ["anna@example.net"] });
    env.advance(1_000);
    const ids = [first, await send({ message_id, to: ["bert@example.net"] })];
    const proved = await askAll({
      recipients: [to("anna@example.net"), to("bert@example.net")],
      message_ids: [message_id],
    });
    expect(proved.map(({ id, changes }) => [id, changes.map(({ address }) => address)])).toEqual([
      [ids[1], ["bert@example.net"]],
      [ids[0], ["anna@example.net"]],
    ]);
  });

  it("R-FAIL-4 of two to the same recipient the newest is meant, and none where nobody is named", async () => {
    const message_id = "<again@odoo.example>";
    await send({ message_id });
    env.advance(1_000);
    const id = await send({ message_id });
    expect((await ask({ message_ids: [message_id] }))?.id).toBe(id);
    const nobody = { ...failed, address: null };
    expect(await ask({ recipients: [nobody], message_ids: [message_id] })).toBeNull();
  });

  it("R-FAIL-4 a caller's Message-Id of SES's form is found", async () => {
    const message_id = "<0100018f-abc@email.amazonses.com>";
    const id = await send({ message_id, to: ["ses@example.net"] });
    expect((await ask({ recipients: [to("ses@example.net")], message_ids: [message_id] }))?.id).toBe(id);
  });

  it("R-FAIL-4 an address is the one that is written, before the one it may encode", async () => {
    const [both, decoded] = [["bob+art@example.net", "bob+2Bart@example.net"], ["bob+art@example.net"]];
    for (const [all, wanted] of [
      [both, "bob+2Bart@example.net"],
      [decoded, "bob+art@example.net"],
    ] as const) {
      const id = await send({ to: all });
      const proved = await ask({ recipients: [to("bob+2Bart@example.net")], message_ids: [own(id)] });
      expect(proved?.changes.map(({ address }) => address)).toEqual([wanted]);
    }
  });
});

describe("R-FAIL-4 a report without proof changes nothing", () => {
  it("that shows nothing, or what is of nobody", async () => {
    await send();
    expect(await ask({})).toBeNull();
    expect(await ask({ message_ids: ["<someone@else.example>", "<>", "<em_x@company-name.com>"] })).toBeNull();
    expect(await ask({}, "bounce+abc-0123456789abcdef@company-name.com")).toBeNull();
  });

  it("that shows a token or an id of another database", async () => {
    const id = await send({}, other);
    const message_id = "<theirs@odoo.example>";
    await send({ message_id }, other);
    expect(await ask({ message_ids: [own(id), message_id] }, await token(id, other))).toBeNull();
    expect((await ask({ message_ids: [own(id)] }, bounce, other))?.id).toBe(id);
  });

  it("that shows the token of another email, or one that was changed", async () => {
    const id = await send({ to: ["carol@example.net"] });
    const good = await token(id);
    expect(await ask({}, good)).toBeNull();
    const sent = await token(await send());
    const last = sent.at(sent.indexOf("@") - 1) === "0" ? "1" : "0";
    expect(await ask({}, sent.replace(/.@/, `${last}@`))).toBeNull();
  });

  it("that names a stranger, though all else is right", async () => {
    const id = await send();
    const recipients = [{ ...failed, address: "stranger@example.net" }];
    expect(await ask({ recipients, message_ids: [own(id)] }, await token(id))).toBeNull();
  });

  it("of mail that waits, is scheduled, or that its recipient was left out of", async () => {
    await add(env.ports, db.id, { address: "left-out@example.net", scope: "all", origin: "manual" });
    const scheduled_at = new Date(env.ports.clock.now() + 86_400_000).toISOString();
    for (const given of [{}, { scheduled_at }, { to: ["left-out@example.net"] }]) {
      const id = await write(given);
      const recipients = (["failed", "delayed", "relayed"] as const).map((action) => ({
        ...failed,
        address: given.to?.[0] ?? bob,
        action,
      }));
      expect(await ask({ recipients, message_ids: [own(id)] }, await token(id))).toBeNull();
    }
    await env.jobs.take("dispatch");
  });

  it("of captured mail, which was sent to nobody", async () => {
    const captured = await makeDatabase(env.ports, { name: "captured" });
    await patchDatabase(env.ports, "captured", { delivery: "capture" });
    const id = await send({}, captured);
    expect(await get(env.ports, captured.id, id)).toMatchObject({ status: "sent", captured: true });
    expect(await ask({ message_ids: [own(id)] }, await token(id, captured), captured)).toBeNull();
  });

  it("but of mail that is being handed over, may be out, or was in an attempt before", async () => {
    const id = await write();
    await env.jobs.take("dispatch");
    const head = keys.emailHead(db.id, id);
    for (const set of [
      { state: "sending" },
      { state: "deferred", maybe_sent: true },
      { state: "failed", failure_type: "unknown", maybe_sent: false },
      { state: "queued", attempt: 2 },
    ]) {
      await env.ports.store.write({ update: head, set });
      expect((await ask({ message_ids: [own(id)] }))?.id).toBe(id);
    }
  });

  it("of an email that is gone", async () => {
    const id = await send();
    await env.ports.store.write({ delete: keys.emailHead(db.id, id) });
    expect(await ask({ message_ids: [own(id)] }, await token(id))).toBeNull();
  });
});
