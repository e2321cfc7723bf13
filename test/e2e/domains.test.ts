import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startDns, type TestDns } from "../support/dns.ts";
import { type Client, createClient } from "../support/http.ts";
import { type Posthouse, startPosthouse } from "../support/process.ts";

/** Domains in the embedded mode, as a stranger sees them: over HTTP, with a DNS server on loopback. */

vi.setConfig({ testTimeout: 120_000 });

let dns: TestDns;
let posthouse: Posthouse;
let operator: Client;
let made = 0;
let dataDir: string;
const start = async () => {
  const env = { POSTHOUSE_DNS_SERVERS: dns.address, POSTHOUSE_TICK_SECONDS: "1", POSTHOUSE_RECOVERY_SECONDS: "1" };
  posthouse = await startPosthouse({ dataDir, env });
  operator = createClient(posthouse.url, { key: posthouse.operatorKey });
};
beforeAll(async () => {
  dns = await startDns();
  dataDir = await mkdtemp(join(tmpdir(), "posthouse-"));
  await start();
});
afterAll(async () => {
  await posthouse.stop();
  await dns.close();
  await rm(dataDir, { recursive: true, force: true });
});

interface DnsRecord {
  readonly name: string;
  readonly type: "TXT" | "CNAME" | "MX";
  readonly value: string;
  readonly priority?: number;
  readonly required: boolean;
}

async function database() {
  const name = `company-name${made++}`;
  const { body } = await operator.call("POST", "/v1/databases", { name });
  const client = createClient(posthouse.url, { key: String(body["api_key"]) });
  const ok = async (method: string, path: string, input?: object) => {
    const { status, body: answer } = await client.call(method, path, input);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(answer)}`);
    return answer;
  };
  const preview = (mail: object) =>
    ok("POST", "/v1/emails/preview", { to: "x@example.net", subject: "s", text: "t", ...mail });
  return { D: `${name}.posthouse.test`, ok, preview };
}
type Database = Awaited<ReturnType<typeof database>>;

async function verified({ ok }: Database, name: string): Promise<string> {
  const { id } = await ok("POST", "/v1/domains", { name });
  await proveAndWait(ok, `/v1/domains/${String(id)}`);
  return String(id);
}

type Call = (method: string, path: string) => Promise<Readonly<Record<string, unknown>>>;

/** Publishes what a domain asks for and waits until it is verified. */
async function proveAndWait(ok: Call, path: string): Promise<void> {
  const records = async () => (await ok("GET", path))["records"] as DnsRecord[];
  await vi.waitFor(async () => expect((await records()).length).toBeGreaterThan(5), { timeout: 30_000, interval: 100 });
  for (const { type, value, priority, ...record } of (await records()).filter(({ required }) => required))
    dns.set(record.name, type, type === "MX" ? `${priority} ${value}` : value);
  await ok("POST", `${path}/verify`);
  await vi.waitFor(async () => expect((await ok("GET", path))["status"]).toBe("verified"), {
    timeout: 30_000,
    interval: 100,
  });
}

describe("domains in the embedded mode", () => {
  it("scenario 5: a verified domain without a server, from created to verified and a mail that goes out by it", async () => {
    const db = await database();
    await verified(db, "company-name.com");
    expect(await db.preview({})).toMatchObject({
      server: null,
      from: expect.stringContaining("<notifications@company-name.com>"),
      reply_to: ["catchall@company-name.com"],
      envelope_from: "bounce@company-name.com",
      warnings: [],
    });
    const mail = { from: "Sales <sales@company-name.com>", to: "x@example.net", subject: "by its own", text: "t" };
    await db.ok("POST", "/v1/emails", mail);
    await vi.waitFor(
      async () => {
        const { data } = (await (await fetch(`${posthouse.url}/_local/mailbox`)).json()) as { data: object[] };
        expect(data).toContainEqual(
          expect.objectContaining({ subject: "by its own", from: '"Sales" <sales@company-name.com>' }),
        );
      },
      { timeout: 30_000, interval: 100 },
    );
  });

  it("scenario 6: the same unverified, over the platform and over a server", async () => {
    const { D, ok, preview } = await database();
    await ok("POST", "/v1/domains", { name: "company-name.net" });
    expect(await preview({})).toMatchObject({
      from: expect.stringContaining(`<notifications@${D}>`),
      warnings: [expect.objectContaining({ name: "domain_not_verified" })],
    });
    const connection = { host: "127.0.0.1", port: 2525, encryption: "none", authentication: "none" };
    await ok("POST", "/v1/servers", { name: "own", from_filter: "company-name.net", ...connection });
    expect(await preview({})).toMatchObject({
      from: expect.stringContaining("<notifications@company-name.net>"),
      warnings: [],
    });
  });

  it("scenario 7: the first domain goes to all companies, a later one to new ones", async () => {
    const { ok } = await database();
    const companies = async () =>
      Object.fromEntries(
        ((await ok("GET", "/v1/companies"))["data"] as { name: string; domain_id: string | null }[]).map(
          ({ name, domain_id }) => [name, domain_id],
        ),
      );
    await ok("POST", "/v1/companies", { name: "B" });
    const { id: first } = await ok("POST", "/v1/domains", { name: "company-name.org" });
    expect(Object.values(await companies())).toEqual([first, first]);
    const { id: second } = await ok("POST", "/v1/domains", { name: "second.org", priority: 5 });
    expect(Object.values(await companies())).toEqual([first, first]);
    await ok("POST", "/v1/companies", { name: "C" });
    expect(await companies()).toMatchObject({ B: first, C: second });
  });

  it("R-DOM-9 is made ready and verified though the program was killed in between", async () => {
    const { body } = await operator.call("POST", "/v1/databases", { name: "killed" });
    const key = String(body["api_key"]);
    const made = await createClient(posthouse.url, { key }).call("POST", "/v1/domains", { name: "killed.example.com" });
    await posthouse.kill();
    await start();
    const client = createClient(posthouse.url, { key });
    const path = `/v1/domains/${String(made.body["id"])}`;
    const ok = async (method: string, way: string) => (await client.call(method, way)).body;
    await proveAndWait(ok, path);
  });
});
