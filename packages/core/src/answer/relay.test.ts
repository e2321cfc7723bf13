import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { hasty, reply, stray } from "../../../../test/support/answer.ts";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { type Sink, startSink } from "../../../../test/support/sink.ts";
import { usage } from "../limit/usage.ts";
import type { Ports } from "../ports/main.ts";

let env: TestPorts;
let relay: Sink;
let ports: Ports;
let db: TestDatabase;
let name: string;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts();
  relay = await startSink();
  const platform_smtp_url = `smtp://127.0.0.1:${relay.port}`;
  const operator = { ...env.ports.operator, platform: "smtp" as const, platform_smtp_url };
  ports = { ...hasty(env), operator };
});
beforeEach(async () => {
  name = `relay${made++}`;
  db = await makeDatabase(ports, { name });
});
afterAll(async () => {
  await relay.close();
  await env.close();
});

const come = (more = "") => stray(env, { to: [`nobody@${name}.posthouse.test`], from: `mary@${name}.example`, more });

describe("R-IN-7 an automatic answer over a relay", () => {
  it("R-IN-7 is from MAILER-DAEMON, with the null envelope sender and all marks of one", async () => {
    const asked = await come("References: <0@customer.example>\n");
    expect(await reply(ports, db, asked)).toBe("Its sender was told so automatically.");
    const [caught] = relay.caught;
    expect(caught).toMatchObject({ envelope_from: "", recipients: [`mary@${name}.example`] });
    const raw = caught?.raw ?? "";
    const id = asked.mail.message_id ?? "?";
    expect(raw).toContain(`From: "MAILER-DAEMON" <bounce@${name}.posthouse.test>\r\n`);
    expect(raw).toContain("Auto-Submitted: auto-replied\r\n");
    expect(raw).toContain("X-Posthouse-Loop: posthouse.test\r\n");
    expect(raw).toContain(`In-Reply-To: ${id}\r\n`);
    expect(raw.replace(/\r\n /g, " ")).toContain(`References: <0@customer.example> ${id} <`);
    expect(raw).toContain("Subject: Auto: An offer\r\n");
    expect(raw.replace(/=\r\n/g, "")).toContain(`there is no address nobody@${name}.posthouse.test`);
    expect(env.ses.mailbox.list()).toEqual([]);
  });

  it("R-IN-7 a subject or words that would be fields of their own stay what they are", async () => {
    const asked = await come();
    const hostile = { ...asked.mail, subject: "a\r\nBcc: x@y.example", message_id: "<a>\r\nX-Evil: 1" };
    const mail = { ...asked, mail: hostile, reason: "refused" as const, text: "No.\r\n.\r\nMAIL FROM:<x@y.example>" };
    expect(await reply(ports, db, mail)).toBe("Its sender was told so automatically.");
    const raw = relay.caught.at(-1)?.raw ?? "";
    const [head = "", body = ""] = raw.split("\r\n\r\n");
    expect(head).not.toMatch(/^(?:Bcc|X-Evil):/m);
    expect(body).toMatch(/^No\.\r\n\.\r\nMAIL FROM/);
  });

  it("R-IN-7 a relay that is not there is said, and the limit has its share back", async () => {
    const operator = { ...ports.operator, platform_smtp_url: "smtp://127.0.0.1:9" };
    expect(await reply({ ...ports, operator }, db, await come())).toBe(
      "Its sender was not told: the platform did not take the answer.",
    );
    expect((await usage(ports, await db.version())).used).toBe(0);
  });
});
