import { generateKeyPairSync } from "node:crypto";
import { createMailAuth } from "@posthouse/aws/mail-auth/mail-auth";
import { dkimSign } from "mailauth/lib/dkim/sign.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { reply, stray } from "../../../../test/support/answer.ts";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { type DomainMachine, later, provisionAll, publish, startDomains } from "../../../../test/support/domain.ts";
import * as Domain from "../domain/domain.ts";

const answered = "Its sender was told so automatically.";
const key = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "der" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});

let world: DomainMachine;
let db: TestDatabase;
beforeAll(async () => {
  world = await startDomains();
  db = await makeDatabase(world.machine.ports);
  world.dns.set("s1._domainkey.customer.example", "TXT", `v=DKIM1; k=rsa; p=${key.publicKey.toString("base64")}`);
  world.dns.set("spf.example", "TXT", "v=spf1 ip4:192.0.2.1 -all");
});
afterAll(() => world.close());

let made = 0;
async function come(from: string, { to = "nobody@company-name.posthouse.test", signed = false } = {}) {
  const letter = `From: Mary <${from}>\r\nTo: ${to}\r\nSubject: Hi\r\nMessage-ID: <${made++}@c.example>\r\n\r\nHello.\r\n`;
  const by = { signingDomain: "customer.example", selector: "s1", privateKey: key.privateKey };
  const { signatures } = await dkimSign(letter, { canonicalization: "relaxed/relaxed", signatureData: [by], ...by });
  const mailAuth = createMailAuth({ servers: [world.dns.address] });
  const raw = Buffer.from((signed ? signatures : "") + letter);
  return stray(world.machine, { to: [to], from, raw, verdicts: {}, mailAuth });
}

describe("R-IN-7 who vouches for a mail, with a real DNS server", () => {
  it("R-IN-7 a signature of the author's domain is enough, and the client's address", async () => {
    const { ports } = world.machine;
    expect(await reply(ports, db, await come("mary@customer.example", { signed: true }))).toBe(answered);
    expect(await reply(ports, db, await come("mary@spf.example"))).toBe(answered);
  });

  it("R-IN-7 no signature, one of another domain, and a domain that says nothing are not", async () => {
    const { ports } = world.machine;
    for (const asked of [
      await come("peter@customer.example"),
      await come("peter@other.example", { signed: true }),
      await come("peter@silent.example"),
    ])
      expect(await reply(ports, db, asked)).toMatch(/^Its sender was not told: nothing proves/);
  });

  it("R-IN-7 R-DOM-11 a verified domain answers from its own bounce address", async () => {
    const { machine, dns } = world;
    const made = await Domain.create(machine.ports, await db.version(), {
      name: "company.com",
      bounce_alias: "errors",
    });
    await provisionAll(machine);
    publish(dns, await Domain.get(machine.ports, await db.version(), made.id));
    for (let n = 0; n < 3; n++) await later(machine, 61_000);
    expect((await Domain.get(machine.ports, await db.version(), made.id)).status).toBe("verified");
    expect(await reply(machine.ports, db, await come("ann@spf.example", { to: "nobody@company.com" }))).toBe(answered);
    expect(machine.ses.mailbox.list()[0]?.from).toBe("MAILER-DAEMON <errors@company.com>");
  });
});
