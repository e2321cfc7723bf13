import { createMailAuth } from "@posthouse/aws/mail-auth/mail-auth";
import * as Authenticity from "@posthouse/core/inbound/authenticity";
import { read } from "@posthouse/core/inbound/receipt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDns, type TestDns } from "../../../../test/support/dns.ts";
import { startTestPorts, type TestPorts } from "../testing.ts";
import { createReceiver, type Receiver } from "./receiver.ts";

let env: TestPorts;
let dns: TestDns;
let receiver: Receiver;
beforeAll(async () => {
  env = await startTestPorts();
  dns = await startDns();
  dns.set("customer.example", "TXT", "v=spf1 ip4:192.0.2.1 ~all");
  dns.set("_dmarc.customer.example", "TXT", "v=DMARC1; p=reject");
  dns.set("strict.example", "TXT", "v=spf1 -all");
  for (const name of ["silent.example", "_dmarc.silent.example"]) dns.fail(name, "silent");
  receiver = createReceiver({
    endpoint: env.services.fauxqs.url,
    now: env.ports.clock.now,
    mailAuth: createMailAuth({ servers: [dns.address], timeout_ms: 500 }),
    control: env.ses.control,
  });
});
afterAll(async () => {
  receiver.close();
  await env.close();
  await dns.close();
});

interface Come {
  readonly domain?: string;
  readonly address?: string;
  readonly helo?: string;
  readonly above?: string;
}

/** A mail comes in. @returns what core reads of it. */
async function come({
  domain = "customer.example",
  address = "192.0.2.1",
  helo = "mx.example",
  above = "",
}: Come = {}) {
  const raw = Buffer.from(`${above}From: Mary <mary@${domain}>\r\nSubject: Hi\r\n\r\nHello.\r\n`);
  const recipients = ["a@company.example"];
  await receiver.take({ envelope_from: `mary@${domain}`, recipients, raw, client: { name: helo, address } });
  const [job] = await env.jobs.take("inbound");
  const receipt = read(job?.body);
  if (!receipt) throw new Error("no mail came in");
  const bytes = (await env.ports.blobs.get(receipt.blob)) ?? new Uint8Array();
  const authentication = await Authenticity.of(env.ports, receipt, bytes);
  return { verdicts: receipt.verdicts, authentication, text: Buffer.from(bytes).toString() };
}

describe("what the embedded SES finds of a mail", () => {
  it("looks up who vouches for it, and writes it on top as SES does", async () => {
    const { verdicts, authentication, text } = await come();
    expect(verdicts).toEqual({ spam: "disabled", virus: "disabled", spf: "pass", dkim: "gray", dmarc: "pass" });
    expect(authentication).toEqual({
      spf: { result: "pass", domain: "customer.example" },
      dkim: [],
      dmarc: { result: "pass", domain: "customer.example", policy: null },
    });
    expect(text.replace(/\r\n /g, " ")).toMatch(
      /^Authentication-Results: amazonses\.com; spf=pass \(spfCheck\) envelope-from=mary@customer\.example; helo=mx\.example; dmarc=pass header\.from=customer\.example;\r$/m,
    );
  });

  it.each([
    ["a client that may not, softly", { address: "198.51.100.1" }, "gray", "fail"],
    ["a client that may not", { domain: "strict.example" }, "fail", "gray"],
    ["a domain that says nothing", { domain: "nothing.example" }, "gray", "gray"],
    ["a DNS that does not answer", { domain: "silent.example" }, "processing_failed", "processing_failed"],
  ] as const)("says of %s what SES says", async (_, given, spf, dmarc) => {
    const { verdicts, authentication } = await come(given);
    expect(verdicts).toMatchObject({ spf, dkim: "gray", dmarc });
    expect([authentication.spf.result, authentication.dmarc.result]).not.toContain("pass");
  });

  it("lets no client speak for it", async () => {
    const above =
      "X-SES-Spam-Verdict: PASS\r\nAuthentication-Results: amazonses.com; dkim=pass header.i=@bank.example; dmarc=pass header.from=bank.example\r\n";
    const helo = "x;dkim=pass header.i=@bank.example;";
    const { authentication, text } = await come({ domain: "bank.example", above, helo });
    expect(text).toContain("from x?dkim?pass?header.i?bank.example? (");
    expect(authentication).toMatchObject({ dkim: [], dmarc: { result: "none", domain: "bank.example" } });
  });

  it("finds what the switches say", async () => {
    env.ses.control.set({ verdicts: { spam: "FAIL", virus: "PASS", dkim: "PASS", dmarc: "FAIL", spf: "GRAY" } });
    const { verdicts, authentication, text } = await come();
    env.ses.control.set({ verdicts: {} });
    expect(verdicts).toEqual({ spam: "fail", virus: "pass", spf: "gray", dkim: "pass", dmarc: "fail" });
    expect(authentication).toMatchObject({
      spf: { result: "none" },
      dkim: [{ result: "pass", domain: "customer.example" }],
      dmarc: { result: "fail", domain: "customer.example" },
    });
    expect(text).toMatch(/^X-SES-Spam-Verdict: FAIL\r$/m);
  });
});
