import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import type { Incoming } from "../../../../test/support/inbound.ts";
import { said, taken, written } from "../../../../test/support/taking.ts";
import { follow } from "../../../../test/support/thread.ts";
import * as Alias from "../alias/alias.ts";
import { route } from "./manual.ts";
import { handIn } from "./submit.ts";
import { isProved } from "./vouched.ts";

let env: TestPorts;
let db: TestDatabase;
const D = "company-name.posthouse.test";
const ref = { model: "helpdesk.ticket", record_id: "7" };
const to = [`ticket-7@${D}`];
beforeAll(async () => {
  env = await startTestPorts();
  db = await makeDatabase(env.ports);
  await Alias.create(env.ports, await db.version(), { name: "ticket-7", ...ref });
  await follow(env.ports, db, ["joe@example.net"], ref);
});
afterAll(() => env.close());

/** What Joe's last notification has as its From. */
async function from(): Promise<string | undefined> {
  await deliver(env);
  return env.ses.mailbox.list().find(({ recipients }) => recipients.includes("joe@example.net"))?.from;
}
const verified = async () => (await said(env, db, ref)).at(-1)?.author_verified;
const by = (From: string) => written({ From, To: to.join() });
const come = (raw: string, verdicts?: Incoming["verdicts"]) =>
  taken(env, db, { to, raw, ...(verdicts && { verdicts }) });

describe("R-NOT-3 a forged author", () => {
  it("R-NOT-3 of the database's own domain is told by name, under the notification address", async () => {
    await come(by(`"The boss" <boss@${D}>`));
    expect(await from()).toBe(`"The boss" <notifications@${D}>`);
    expect(await verified()).toBe(false);
    await come(by(`boss@${D}`));
    expect(await from()).toBe(`"boss" <notifications@${D}>`);
    await come(by(`"The boss" <boss@${D}>`), { spf: "FAIL", dkim: "FAIL", dmarc: "FAIL" });
    expect(await from()).toBe(`"The boss" <notifications@${D}>`);
  });

  it("R-NOT-3 keeps the From of whom the domain vouches for, and of what the application hands in", async () => {
    await come(by(`"The boss" <boss@${D}>`), { dmarc: "PASS" });
    expect([await from(), await verified()]).toEqual([`"The boss" <boss@${D}>`, true]);
    const raw = Buffer.from(by(`"Ann" <ann@${D}>`));
    await handIn(env.ports, await db.version(), { raw, id: "1", source: "api", recipients: to });
    expect([await from(), await verified()]).toEqual([`"Ann" <ann@${D}>`, true]);
    await handIn(env.ports, await db.version(), {
      raw: Buffer.from(by(`"Ann" <ann@${D}>`)),
      ...{ id: "2", source: "incoming", recipients: to },
    });
    expect([await from(), await verified()]).toEqual([`"Ann" <notifications@${D}>`, false]);
  });

  it("R-NOT-3 of any other domain goes out as ever, routed by hand too", async () => {
    await come(by('"Mary" <mary@customer.example>'));
    expect([await from(), await verified()]).toEqual([`"Mary" <notifications@${D}>`, false]);
    const [lost] = await taken(env, db, { to: [`nobody@${D}`], raw: by(`"Ann" <ann@${D}>`) });
    await route(env.ports, await db.version(), lost?.id ?? "", ref);
    expect([await from(), await verified()]).toEqual([`"Ann" <notifications@${D}>`, false]);
  });
});

describe("R-NOT-3 a mail is its author's", () => {
  const none = { result: "none", domain: null } as const;
  const pass = { result: "pass", domain: "a.example" } as const;
  const known = (From: string, more: object) => ({
    receipt: {},
    mail: { raw: Buffer.from(`${From}\n\nHi`) },
    authentication: { spf: none, dkim: [], dmarc: { ...none, policy: null }, ...more },
  });
  it.each([
    ["From: x@a.example", { dkim: [pass] }, true],
    ["From: x@mail.a.example", { spf: pass }, true],
    ["From: x@b.example", { dkim: [pass], spf: pass }, false],
    ["From: x@a.example", { dkim: [pass], dmarc: { result: "fail", domain: "a.example", policy: null } }, false],
    ["From: x@a.example, y@a.example", { dkim: [pass] }, false],
    ["From: x@a.example\nFrom: x@a.example", { dkim: [pass] }, false],
    ["To: x@a.example", { dkim: [pass] }, false],
  ])("R-NOT-3 %j with %j: %j", (From, more, wanted) => {
    expect(isProved(known(From, more))).toBe(wanted);
  });
});
