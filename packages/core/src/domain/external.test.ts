import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { startDns, type TestDns } from "../../../../test/support/dns.ts";
import { provisionAll } from "../../../../test/support/domain.ts";
import * as Server from "../server/server.ts";
import * as Domain from "./domain.ts";
import { verify } from "./verify.ts";

let dns: TestDns;
let machine: TestPorts;
let db: TestDatabase;
let made = 0;
beforeAll(async () => {
  dns = await startDns();
  machine = await startTestPorts({ dns_servers: [dns.address] });
  db = await makeDatabase(machine.ports);
});
afterAll(async () => {
  await machine.close();
  await dns.close();
});

/** A domain that a server of the database's own sends for, and its apex SPF record. */
async function served(host: string, spf?: string) {
  const name = `served${made++}.com`;
  const { id } = await Domain.create(machine.ports, await db.version(), { name });
  const input = { name: host, host, authentication: "none" as const, encryption: "starttls_strict" as const };
  const server = await Server.create(machine.ports, await db.version(), { ...input, from_filter: `news@${name}` });
  if (spf !== undefined) dns.set(name, "TXT", spf);
  await provisionAll(machine);
  const view = await verify(machine.ports, await db.version(), id);
  return { name, view, server, apex: view.records.find((record) => record.name === name && record.type === "TXT") };
}

describe("R-DOM-10 a domain that an external server sends for", () => {
  it("R-DOM-10 has the same records, as advice", async () => {
    const { view, server } = await served("mail.unknown.example");
    expect(view.external).toEqual({ servers: [server.id], provider: null, spf_include: null });
    expect(view.records.map(({ record }) => record)).toContain("DKIM");
    expect(view.records.filter(({ required }) => required)).toEqual([]);
  });

  it.each([
    ["smtp.gmail.com", "Google Workspace", "_spf.google.com"],
    ["smtp-relay.gmail.com", "Google Workspace", "_spf.google.com"],
    ["smtp.office365.com", "Microsoft 365", "spf.protection.outlook.com"],
    ["smtp.eu.mailgun.org", "Mailgun", "mailgun.org"],
    ["smtp.sendgrid.net", "SendGrid", "sendgrid.net"],
    ["smtp-relay.brevo.com", "Brevo", "spf.brevo.com"],
    ["in-v3.mailjet.com", "Mailjet", "spf.mailjet.com"],
    ["email-smtp.eu-west-1.amazonaws.com", "Amazon SES", "amazonses.com"],
    ["smtp.postmarkapp.com", "Postmark", "spf.mtasv.net"],
    ["ssl0.ovh.net", "OVHcloud", "mx.ovh.com"],
    ["smtp.zoho.eu", "Zoho Mail", "zoho.com"],
  ])("R-DOM-10 recognises %s as %s, and says what SPF has to include", async (host, provider, include) => {
    const { view, apex } = await served(host);
    expect(view.external).toMatchObject({ provider, spf_include: include });
    expect(apex).toMatchObject({ status: "pending", value: `v=spf1 include:${include} ~all`, required: false });
    expect(apex?.advice).toContain(`add include:${include}`);
  });

  it("R-DOM-10 recognises the provider by what SPF includes", async () => {
    dns.set("_spf.google.com", "TXT", "v=spf1 ip4:192.0.2.0/24 -all");
    const { view, apex } = await served("relay.own.example", "v=spf1 include:_spf.google.com ~all");
    expect(view.external?.provider).toBe("Google Workspace");
    expect(apex).toMatchObject({ status: "verified", advice: null });
  });

  it("R-DOM-10 a host that only looks like a provider's is none", async () => {
    expect((await served("smtp.notgmail.com")).view.external?.provider).toBeNull();
  });
});
