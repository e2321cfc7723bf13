import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDns, type TestDns } from "../../../../test/support/dns.ts";
import { limits } from "./bounded.ts";
import { createMailAuth } from "./mail-auth.ts";

let dns: TestDns;
beforeAll(async () => {
  dns = await startDns();
});
afterAll(() => dns.close());

const verify = (raw: string | Buffer) =>
  createMailAuth({ servers: [dns.address] }).verify(Buffer.from(raw), {
    ip: "192.0.2.1",
    helo: "mx.evil.example",
    envelope_from: "x@evil.example",
  });

const signature = (n: number, more = "") =>
  `DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=evil.example; s=s${n}; h=from:subject${more}; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\n`;
const from = "From: x@evil.example\r\n";
const large = 8 * 1024 * 1024;

const mails: Record<string, () => string> = {
  "nothing at all": () => "",
  "one line without an end": () => "From",
  "a body of empty lines": () => `${signature(1)}${from}\r\n${"\n".repeat(large)}`,
  "a body of blanks": () => `${signature(1)}${from}\r\n${" ".repeat(large)}\r\n`,
  "a body in one line": () => `${signature(1)}${from}\r\n${"x".repeat(large)}`,
  "a header of 10 MB": () => `${`X-A: ${"y".repeat(900)}\r\n`.repeat(11_000)}${from}\r\nx`,
  "a header that never ends": () => `${signature(1)}${`X-A: y\r\n`.repeat(100_000)}`,
  "a thousand signatures": () => `${Array.from({ length: 1_000 }, (_, n) => signature(n)).join("")}${from}\r\nx\r\n`,
  "a signature of a million fields": () => `${signature(1, ":x".repeat(1_000_000))}${from}\r\nx\r\n`,
  "many fields, all of them signed": () =>
    `${signature(1, ":x".repeat(3_500))}${"x: y\r\n".repeat(4_900)}${from}\r\nx\r\n`,
  "a From of a thousand authors": () =>
    `From: ${Array.from({ length: 8_000 }, (_, n) => `a@h${n}.example`).join(", ")}\r\n\r\nx`,
  "a From of brackets": () => `From: ${"(".repeat(200_000)}${"<".repeat(100_000)}\r\n\r\nx`,
  "a From of half a megabyte": () => `From: ${'"a" <a@b.example>, '.repeat(25_000)}${from}\r\nx`,
  "many of From": () => `${`From: ${"a@b.example,".repeat(60)}\r\n`.repeat(500)}${from}\r\nx`,
  "a folded field": () => `${from}X: ${"\r\n a".repeat(4_000)}\r\n\r\nx`,
  "a chain of seals": () =>
    `${"ARC-Seal: i=1; a=rsa-sha256; cv=none; d=evil.example; s=a; b=A\r\n".repeat(200)}${from}\r\nx`,
  "octets that are no text": () => `${signature(1)}${from}Subject: \0\xff\xfe\r\n\r\n\0\xff`,
};

describe("who vouches for a hostile mail", () => {
  it.each(Object.keys(mails))(
    "%s: it ends in time, and nobody does",
    async (name) => {
      const start = performance.now();
      const { spf, dkim, dmarc } = await verify(mails[name]?.() ?? "");
      expect(performance.now() - start).toBeLessThan(15_000);
      expect([spf.result, dmarc.result, ...dkim.map(({ result }) => result)]).not.toContain("pass");
      expect(dkim.length).toBeLessThanOrEqual(limits.signatures);
    },
    60_000,
  );

  it("a From of more than 64 KB in all is wrong, and is not even read", async () => {
    const of = (length: number) => verify(`From: ${`${"x".repeat(96)},\r\n `.repeat(length / 100)}\r\n\r\nx`);
    const wrong = { dkim: [{ result: "permerror", domain: null }], dmarc: { result: "permerror" } };
    expect(await of(limits.authors + 200)).toMatchObject(wrong);
    expect((await of(limits.authors - 200)).dkim).toEqual([]);
  });

  it("asks the DNS for no more than a mail needs", async () => {
    dns.set("evil.example", "TXT", `v=spf1 ${Array.from({ length: 40 }, (_, n) => `a:h${n}.evil.example`).join(" ")}`);
    const before = dns.asked.length;
    const { spf } = await verify(mails["a thousand signatures"]?.() ?? "");
    expect(spf.result).toBe("permerror");
    expect(dns.asked.length - before).toBeLessThan(60);
  });
});
