import { generateKeyPairSync } from "node:crypto";
import { dkimSign } from "mailauth/lib/dkim/sign.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDns, type TestDns } from "../../../../test/support/dns.ts";
import { createMailAuth } from "./mail-auth.ts";

const { privateKey, publicKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "der" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});

let dns: TestDns;
beforeAll(async () => {
  dns = await startDns();
  dns.set("customer.example", "TXT", "v=spf1 ip4:192.0.2.0/28 -all");
  dns.set("s1._domainkey.customer.example", "TXT", `v=DKIM1; k=rsa; p=${publicKey.toString("base64")}`);
  dns.set("_dmarc.customer.example", "TXT", "v=DMARC1; p=reject");
});
afterAll(() => dns.close());

const letter = (from = "mary@customer.example") =>
  `From: Mary <${from}>\r\nTo: sales@acme.example\r\nSubject: Hi\r\nMessage-ID: <1@customer.example>\r\n\r\nHello there.\r\n`;

const { signatures: one } = await sign(letter());
async function sign(raw: string, domain = "customer.example", selector = "s1") {
  const key = { signingDomain: domain, selector, privateKey };
  const { signatures } = await dkimSign(raw, { canonicalization: "relaxed/relaxed", signatureData: [key], ...key });
  return { signatures };
}

const arrival = { ip: "192.0.2.1", helo: "mx.customer.example", envelope_from: "mary@customer.example" };
const verify = (raw: string, given: Parameters<ReturnType<typeof createMailAuth>["verify"]>[1] = arrival, ms = 4_000) =>
  createMailAuth({ servers: [dns.address], timeout_ms: ms }).verify(Buffer.from(raw), given);

describe("who vouches for a mail", () => {
  it("SPF, DKIM and DMARC of an honest mail pass, with their domains", async () => {
    expect(await verify(one + letter())).toEqual({
      spf: { result: "pass", domain: "customer.example" },
      dkim: [{ result: "pass", domain: "customer.example" }],
      dmarc: { result: "pass", domain: "customer.example", policy: "reject" },
    });
  });

  it("lines that end with LF only are the same mail", async () => {
    const { dkim } = await verify((one + letter()).replaceAll("\r\n", "\n"));
    expect(dkim).toEqual([{ result: "pass", domain: "customer.example" }]);
  });

  it("without the client's address SPF says nothing, and DKIM is enough for DMARC", async () => {
    expect(await verify(one + letter(), { envelope_from: null })).toMatchObject({
      spf: { result: "none" },
      dmarc: { result: "pass", policy: "reject" },
    });
  });

  it("a changed mail, a client that is not theirs, and a From that nobody signed fail", async () => {
    const changed = await verify(`${one}${letter()}And more.\r\n`, { ...arrival, ip: "198.51.100.1" });
    expect(changed).toMatchObject({
      spf: { result: "fail" },
      dkim: [{ result: "fail", domain: "customer.example" }],
      dmarc: { result: "fail", domain: "customer.example" },
    });
    const forged = letter("boss@customer.example");
    const other = { ...arrival, envelope_from: "x@evil.example" };
    expect(await verify(forged, other)).toMatchObject({ spf: { result: "none" }, dkim: [], dmarc: { result: "fail" } });
  });

  it("the empty reverse-path is checked by HELO", async () => {
    dns.set("mx.customer.example", "TXT", "v=spf1 ip4:192.0.2.1 -all");
    expect((await verify(letter(), { ...arrival, envelope_from: null })).spf).toEqual({
      result: "pass",
      domain: "mx.customer.example",
    });
  });

  it("no From, or two of them, is nobody's word", async () => {
    expect((await verify("Subject: x\r\n\r\nx")).dmarc).toEqual({ result: "permerror", domain: null, policy: null });
    const two = `From: a@other.example\r\n${one}${letter()}`;
    expect((await verify(two)).dmarc.result).toBe("permerror");
  });

  it("a DNS that does not answer, or answers with an error, is a temporary error, in time", async () => {
    for (const name of ["slow.example", "_dmarc.slow.example", "s1._domainkey.slow.example"]) dns.fail(name, "silent");
    const raw = letter("mary@slow.example");
    const { signatures } = await sign(raw, "slow.example");
    const start = performance.now();
    const found = await verify(signatures + raw, { ...arrival, envelope_from: "mary@slow.example" }, 400);
    expect(found).toMatchObject({
      spf: { result: "temperror" },
      dkim: [{ result: "temperror" }],
      dmarc: { result: "temperror" },
    });
    expect(performance.now() - start).toBeLessThan(5_000);
  });
});
