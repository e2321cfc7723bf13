import { DnsUnavailable } from "@posthouse/core/ports/dns";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDns, type TestDns } from "../../../test/support/dns.ts";
import { createDns } from "./dns.ts";
import { dnsServers } from "./dns-servers.ts";

describe("the DNS port", () => {
  let server: TestDns;
  let dns: ReturnType<typeof createDns>;
  beforeAll(async () => {
    server = await startDns();
    dns = createDns({ servers: [server.address], timeout_ms: 500, tries: 1 });
  });
  afterAll(() => server.close());

  it("answers what is published", async () => {
    const long = `v=spf1 ${"include:spf.example.net ".repeat(30)}-all`;
    server.set("company.com", "TXT", "one", long);
    server.set("a._domainkey.company.com", "CNAME", "A.Dkim.AmazonSES.com.");
    server.set("company.com", "MX", "20 b.example.net", "10 A.example.net.");
    server.set("null.example", "MX", "0 .");
    server.set("host.example", "A", "192.0.2.1", "192.0.2.2");
    server.set("host.example", "AAAA", "2001:db8::1");
    expect(new Set(await dns.txt("company.com"))).toEqual(new Set(["one", long]));
    expect(await dns.cname("a._domainkey.company.com")).toEqual(["a.dkim.amazonses.com"]);
    expect(await dns.mx("company.com")).toEqual([
      { exchange: "a.example.net", priority: 10 },
      { exchange: "b.example.net", priority: 20 },
    ]);
    expect(await dns.mx("null.example")).toEqual([{ exchange: "", priority: 0 }]);
    expect((await dns.addresses("host.example")).toSorted()).toEqual(["192.0.2.1", "192.0.2.2", "2001:db8::1"]);
  });

  it("tells nothing published from no answer", async () => {
    server.set("exists.example", "A", "192.0.2.1");
    expect(await dns.txt("exists.example")).toEqual([]);
    expect(await dns.txt("missing.example")).toEqual([]);
    expect(await dns.mx("missing.example")).toEqual([]);
    expect(await dns.addresses("missing.example")).toEqual([]);
    for (const how of ["servfail", "refused", "silent"] as const) {
      server.fail(`${how}.example`, how);
      await expect(dns.cname(`${how}.example`)).rejects.toBeInstanceOf(DnsUnavailable);
    }
  });

  it("sees a change at once: nothing is kept", async () => {
    server.set("changing.example", "TXT", "before");
    expect(await dns.txt("changing.example")).toEqual(["before"]);
    server.set("changing.example", "TXT", "after");
    expect(await dns.txt("changing.example")).toEqual(["after"]);
    server.clear("changing.example");
    expect(await dns.txt("changing.example")).toEqual([]);
  });

  it("a server that nobody answers at is no result", async () => {
    const nowhere = createDns({ servers: ["127.0.0.1:9"], timeout_ms: 200, tries: 1 });
    await expect(nowhere.txt("company.com")).rejects.toBeInstanceOf(DnsUnavailable);
  });
});

describe("POSTHOUSE_DNS_SERVERS", () => {
  it.each([
    [undefined, []],
    ["", []],
    ["127.0.0.1:5300, 9.9.9.9", ["127.0.0.1:5300", "9.9.9.9"]],
    ["[::1]:53,2001:db8::1", ["[::1]:53", "2001:db8::1"]],
  ])("%j", (text, servers) => {
    expect(dnsServers(text)).toEqual(servers);
  });

  it.each(["resolver.example", "1.2.3.4:0", "1.2.3.4:70000", "1.2.3", "1.2.3.4:x"])("refuses %j", (text) => {
    expect(() => dnsServers(text)).toThrow("POSTHOUSE_DNS_SERVERS");
  });
});
