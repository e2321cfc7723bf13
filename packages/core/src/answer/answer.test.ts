import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { hasty, reply, stray } from "../../../../test/support/answer.ts";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { patch } from "../database/patch.ts";
import * as Domain from "../domain/domain.ts";
import { usage } from "../limit/usage.ts";
import type { Ports } from "../ports/main.ts";
import type { Asked } from "./answer.ts";

const answered = "Its sender was told so automatically.";

let env: TestPorts;
let ports: Ports;
let db: TestDatabase;
let name: string;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts();
  ports = hasty(env);
});
beforeEach(async () => {
  name = `answer${made++}`;
  db = await makeDatabase(ports, { name });
});
afterAll(() => env.close());

const come = (given: Parameters<typeof stray>[1] = {}) =>
  stray(env, { to: [`nobody@${name}.posthouse.test`], from: `mary@${name}.example`, ...given });
const told = (asked: Asked) => reply(ports, db, asked);
const sent = () => env.ses.mailbox.list().filter(({ recipients }) => recipients[0]?.endsWith(`${name}.example`));
const used = async () => (await usage(ports, await db.version())).used;
const text = (id = "") => env.ses.mailbox.raw(id)?.toString() ?? "";
const wordsOf = (id = "") =>
  Buffer.from(/base64\r\n\r\n([\w+/=\r\n]+?)\r\n\r\n/.exec(text(id))?.[1] ?? "", "base64").toString();

describe("R-IN-7 an automatic answer", () => {
  it("R-IN-7 goes to the reverse-path by SES's SendBounce, tagged, and counts in the limit", async () => {
    expect(await told(await come())).toBe(answered);
    const [mail, ...more] = sent();
    expect(more).toEqual([]);
    expect(mail).toMatchObject({
      envelope_from: "",
      recipients: [`mary@${name}.example`],
      from: `MAILER-DAEMON <bounce@${name}.posthouse.test>`,
    });
    expect(text(mail?.id)).toMatch(/^X-Posthouse-Loop: posthouse\.test\r$/m);
    expect(text(mail?.id)).toMatch(/^Status: 5\.1\.1\r$/m);
    expect(wordsOf(mail?.id)).toContain(`there is no address nobody@${name}.posthouse.test`);
    expect(await used()).toBe(1);
  });

  it("R-IN-7 to who is refused it has the alias's own words, in one paragraph and without control characters", async () => {
    const asked = {
      ...(await come()),
      reason: "refused" as const,
      text: "Customers only.\r\nBcc: x@y.example\0\n\nCall us: 1",
    };
    expect(await told(asked)).toBe(answered);
    const [mail] = sent();
    expect(wordsOf(mail?.id)).toBe("Customers only. Bcc: x@y.example Call us: 1");
    expect(text(mail?.id)).not.toMatch(/^Bcc:/m);
    expect(text(mail?.id)).toMatch(/^Status: 5\.7\.1\r$/m);
  });

  it("R-IN-7 to who is refused without words of the alias it says why, and to who loops too", async () => {
    await told({ ...(await come()), reason: "refused" });
    await told({ ...(await come({ to: [`other@${name}.posthouse.test`] })), reason: "loop" });
    const [loop, refused] = sent();
    expect(wordsOf(refused?.id)).toContain("takes messages only from people it knows");
    expect(wordsOf(loop?.id)).toContain("too many came from your address");
    expect(text(loop?.id)).toMatch(/^Status: 5\.4\.6\r$/m);
  });

  it("R-IN-7 R-DOM-11 is from the domain it came in over where the platform may use that, else the default domain", async () => {
    const domain = await Domain.create(ports, await db.version(), { name: `${name}.com`, bounce_alias: "errors" });
    const to = [`nobody@${domain.name}`];
    await told(await come({ to }));
    expect(sent()[0]?.from).toBe(`MAILER-DAEMON <bounce@${name}.posthouse.test>`);
  });

  it("R-IN-7 a forged From gets nobody an answer, and costs nothing", async () => {
    for (const verdicts of [{}, { dmarc: "FAIL" }, { dmarc: "FAIL", spf: "PASS", dkim: "PASS" }] as const)
      expect(await told(await come({ verdicts }))).toMatch(/^Its sender was not told: nothing proves/);
    expect(await told(await come({ envelope_from: "victim@bank.example" }))).toMatch(
      /reverse-path is not of its author/,
    );
    expect(sent()).toEqual([]);
    expect(await used()).toBe(0);
  });

  it("R-IN-7 an answer is never answered: its reverse-path is empty, and it is tagged", async () => {
    await told(await come());
    const raw = env.ses.mailbox.raw(sent()[0]?.id ?? "") ?? Buffer.alloc(0);
    const dmarc = { verdicts: { dmarc: "PASS" } } as const;
    expect(await told(await come({ raw, envelope_from: "", ...dmarc }))).toMatch(/reverse-path is empty/);
    expect(await told(await come({ raw, ...dmarc }))).toMatch(/no person has written it|machine/);
    expect(sent()).toHaveLength(1);
  });

  it.each([
    ["is paused", { status: "paused" }],
    ["keeps its mail to be looked at", { delivery: "capture" }],
    ["sends all of it to one address", { delivery: "redirect", redirect_to: "dev@company.example" }],
  ] as const)("R-IN-7 there is none of a database that %s", async (_, change) => {
    await patch(ports, name, change);
    expect(await told(await come())).toMatch(/^Its sender was not told: the database/);
    expect(sent()).toEqual([]);
    expect(await used()).toBe(0);
  });

  it("R-IN-7 logs why, without the address", async () => {
    await told(await come({ verdicts: {} }));
    const line = env.log.findLast(({ database }) => database === db.id);
    expect(line).toMatchObject({ level: "info", operation: "answer" });
    expect(JSON.stringify(line)).not.toContain("mary@");
  });

  it("R-IN-7 where SES does not take it, it is said, and the limit has its share back", async () => {
    const asked = await come();
    const gone = { ...asked, receipt: { ...asked.receipt, id: "unknown" } };
    expect(await told(gone)).toBe("Its sender was not told: the platform did not take the answer.");
    expect(await used()).toBe(0);
    expect(env.log.findLast(({ level }) => level === "warn")).toMatchObject({ operation: "answer", code: "permanent" });
  });
});
