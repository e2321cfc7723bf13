import { describe, expect, it } from "vitest";
import { startDns } from "../../../../test/support/dns.ts";
import { directResolver, resolve, systemResolver } from "./resolve.ts";

const via = (addresses: string[], private_hosts = false) =>
  resolve("mail.example.com", { private_hosts, dns: async () => addresses, timeout: 1_000 });

describe("resolve", () => {
  it("gives every address of a public host", async () => {
    expect(await via(["8.8.8.8", "2600:1f18::1"])).toEqual(["8.8.8.8", "2600:1f18::1"]);
  });

  it("G7 refuses a host with one private address among its addresses", async () => {
    await expect(via(["8.8.8.8", "10.0.0.7"])).rejects.toMatchObject({
      failure: "connection",
      reply: "mail.example.com leads to an address that is in a private network: use a public host",
    });
    await expect(via(["10.0.0.7"], true)).resolves.toEqual(["10.0.0.7"]);
  });

  it("G7 refuses the runtime's own port on loopback", async () => {
    const options = { private_hosts: true, dns: async () => ["127.0.0.1"], timeout: 1_000 };
    await expect(resolve("localhost", { ...options, port: 9001 })).rejects.toMatchObject({ failure: "connection" });
    await expect(resolve("localhost", { ...options, port: 587 })).resolves.toEqual(["127.0.0.1"]);
  });

  it.each(["127.0.0.1", "::1", "127.1", "0x7f000001", "2130706433", "localhost", "0"])(
    "G7 refuses %s by what it leads to",
    async (host) => {
      await expect(resolve(host, { private_hosts: false, dns: systemResolver, timeout: 5_000 })).rejects.toMatchObject({
        name: "SmtpUnavailable",
        failure: "connection",
      });
    },
  );

  it("says so when there is no such host, no address, no answer", async () => {
    const failing = (code: string) =>
      resolve("nowhere.example", {
        private_hosts: false,
        timeout: 1_000,
        dns: () => Promise.reject(Object.assign(new Error(), { code })),
      });
    await expect(failing("ENOTFOUND")).rejects.toMatchObject({ reply: "host nowhere.example not found (ENOTFOUND)" });
    await expect(via([])).rejects.toMatchObject({ reply: "host mail.example.com has no address" });
    const silent = resolve("mail.example.com", {
      private_hosts: false,
      timeout: 20,
      dns: () => new Promise(() => undefined),
    });
    await expect(silent).rejects.toMatchObject({
      failure: "connection",
      reply: "host mail.example.com not found (ETIMEOUT)",
    });
  });
});

describe("the name servers themselves", () => {
  it("are asked for both families; what one of them lacks is no failure, silence is", async () => {
    const server = await startDns();
    try {
      const dns = directResolver([server.address]);
      server.set("both.example", "A", "192.0.2.1");
      server.set("both.example", "AAAA", "2001:db8::1");
      server.set("one.example", "A", "192.0.2.2");
      server.fail("broken.example", "servfail");
      server.fail("silent.example", "silent");
      expect((await dns("both.example")).toSorted()).toEqual(["192.0.2.1", "2001:db8::1"]);
      expect(await dns("one.example")).toEqual(["192.0.2.2"]);
      await expect(dns("missing.example")).rejects.toMatchObject({ code: "ENOTFOUND" });
      await expect(dns("broken.example")).rejects.toMatchObject({ code: "ESERVFAIL" });
      const late = resolve("silent.example", { private_hosts: false, dns, timeout: 200 });
      await expect(late).rejects.toMatchObject({ reply: "host silent.example not found (ETIMEOUT)" });
    } finally {
      await server.close();
    }
  });
});
