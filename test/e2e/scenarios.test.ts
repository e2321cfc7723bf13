import { createApp } from "@posthouse/api/app";
import { run as provision } from "@posthouse/core/database/provision";
import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver } from "../support/database.ts";
import { type Sink, startSink } from "../support/sink.ts";

/** The scenarios of the page that this far can be told, over HTTP and on the wire. D is the default domain. */

let env: TestPorts;
let app: ReturnType<typeof createApp>;
let sink: Sink;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts();
  app = createApp({ ...env.ports, operatorKey: "operator" });
  sink = await startSink();
});
afterAll(async () => {
  await sink.close();
  await env.close();
});

type Json = Record<string, unknown>;

async function call(key: string, method: string, path: string, body?: Json): Promise<{ status: number; body: Json }> {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
  const response = await app.request(`/v1${path}`, init);
  return { status: response.status, body: (await response.json()) as Json };
}

/** A database of its own for each scenario. */
async function database() {
  const name = `company-name${made++}`;
  const { body } = await call("operator", "POST", "/databases", { name });
  await provision(env.ports, [{ id: "1", group: null, body: { database: String(body["id"]) } }]);
  const key = String(body["api_key"]);
  const ok = async (method: string, path: string, input?: Json) => {
    const { status, body: answer } = await call(key, method, path, input);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(answer)}`);
    return answer;
  };
  return {
    D: `${name}.posthouse.test`,
    ok,
    call: (method: string, path: string, input?: Json) => call(key, method, path, input),
    preview: (mail: Json) => ok("POST", "/emails/preview", { to: "x@example.net", subject: "s", text: "t", ...mail }),
    server: async (name: string, from_filter: string | null, priority: number, more: Json = {}) => {
      const connection = { host: "127.0.0.1", port: sink.port, encryption: "none", authentication: "none" };
      const smtp = more["kind"] === "platform" ? {} : connection;
      return String((await ok("POST", "/servers", { name, from_filter, priority, ...smtp, ...more }))["id"]);
    },
    used: async () => (await ok("GET", "/usage"))["used"],
  };
}

describe("scenarios of the page", () => {
  it("1 and 2: nothing set up", async () => {
    const { D, preview } = await database();
    expect(await preview({})).toMatchObject({
      server: null,
      rule: "platform",
      from: expect.stringContaining(`<notifications@${D}>`),
      reply_to: [`catchall@${D}`],
      envelope_from: `bounce@${D}`,
    });
    expect((await preview({ from: "mary@customer.example.com" }))["from"]).toBe(`"mary" <notifications@${D}>`);
    expect((await preview({ from: `sales@${D}` }))["from"]).toBe(`sales@${D}`);
  });

  it("9: a connection test goes as far as 354 and delivers nothing", async () => {
    const { ok, server } = await database();
    await ok("POST", "/domains", { name: "company-name.com" });
    const tested = async (id: string) => {
      const { steps, ...rest } = await ok("POST", `/servers/${id}/test`);
      return { ...rest, steps: (steps as Json[]).map((each) => [each["step"], each["ok"], each["class"]]) };
    };
    const before = sink.caught.length;
    const good = ["connect", "tls", "auth", "mail_from", "rcpt_to", "data"].map((step) => [step, true, null]);
    expect(await tested(await server("tx", "company-name.com", 1))).toMatchObject({
      ok: true,
      from: "notifications@company-name.com",
      steps: good,
      note: expect.stringContaining("does not prove delivery"),
    });
    expect(sink.caught).toHaveLength(before);
    const strict = await startSink({
      onRcptTo: (_address, _session, done) =>
        done(Object.assign(new Error("5.1.1 no such user"), { responseCode: 550 })),
    });
    try {
      expect(await tested(await server("strict", "company-name.com", 2, { port: strict.port }))).toMatchObject({
        ok: false,
        steps: [...good.slice(0, 4), ["rcpt_to", false, "recipient_refused"]],
      });
    } finally {
      await strict.close();
    }
  });

  it("10: the addresses to be allowed at a provider", async () => {
    const { D, ok, server } = await database();
    await ok("POST", "/domains", { name: "company-name.com" });
    await server("tx", "company-name.com", 1);
    const addresses = async () => {
      const { data } = await ok("GET", "/sender-addresses");
      return new Set((data as Json[]).map(({ address }) => address));
    };
    const fixed = [
      ...["company-name.com", D].flatMap((domain) => [`bounce@${domain}`, `notifications@${domain}`]),
      `admin@${D}`,
      `odoobot@${D}`,
    ];
    expect(await addresses()).toEqual(new Set(fixed));
    const mail = { to: "x@example.net", subject: "s", text: "t" };
    await ok("POST", "/emails", { ...mail, from: "news@company-name.com", kind: "mass" });
    await ok("POST", "/emails", { ...mail, from: "mary@customer.example.com" });
    await deliver(env);
    expect(await addresses()).toEqual(new Set([...fixed, "news@company-name.com"]));
  });

  it("17: port 25 is refused, 465, 587 and 2525 are not", async () => {
    const { call: ask } = await database();
    const make = (port: number) => ask("POST", "/servers", { name: "tx", host: "smtp.company-name.com", port });
    expect(await make(25)).toMatchObject({
      status: 422,
      body: { name: "port_not_allowed", message: expect.stringContaining("465, 587 or 2525") },
    });
    for (const port of [465, 587, 2525]) expect(await make(port)).toMatchObject({ status: 201, body: { port } });
  });

  it("11: transactional and mass servers", async () => {
    const { ok, server, preview } = await database();
    await ok("POST", "/domains", { name: "company-name.com" });
    await server("tx", "company-name.com", 1);
    const bulk = await server("bulk", "company-name.com", 2);
    await ok("PATCH", "/settings", { dedicated_server: bulk });
    const from = "sales@company-name.com";
    expect(await preview({ from })).toMatchObject({ server: { name: "tx" }, from });
    expect(await preview({ from, kind: "mass" })).toMatchObject({ server: { name: "bulk" }, rule: "dedicated", from });
  });

  it("12: exact, domain, unfiltered, first", async () => {
    const { ok, server, preview } = await database();
    await ok("POST", "/domains", { name: "company-name.com" });
    const a = await server("A", "test@example.com", 20);
    const b = await server("B", "example.com", 10);
    await server("C", "other.com", 1);
    const o = await server("O", null, 5);
    const from = "test@example.com";
    const N = "notifications@company-name.com";
    expect(await preview({ from })).toMatchObject({ server: { name: "A" }, rule: "from_address", from });
    await ok("DELETE", `/servers/${a}`);
    expect(await preview({ from })).toMatchObject({ server: { name: "B" }, rule: "from_domain", from });
    await ok("DELETE", `/servers/${b}`);
    expect(await preview({ from })).toMatchObject({ server: { name: "O" }, rule: "unfiltered", from: `"test" <${N}>` });
    await ok("DELETE", `/servers/${o}`);
    expect(await preview({ from })).toMatchObject({ server: { name: "C" }, rule: "first", from: `"test" <${N}>` });
  });

  it("13 and 14: ties by name, and a filter-less server overrides even the own domain", async () => {
    const { ok, server, preview } = await database();
    await ok("POST", "/domains", { name: "company-name.com" });
    const beta = await server("beta", null, 10);
    const alpha = await server("alpha", null, 10);
    expect(await preview({})).toMatchObject({ server: { name: "alpha" } });
    await ok("PATCH", `/servers/${beta}`, { priority: 9 });
    expect(await preview({})).toMatchObject({ server: { name: "beta" } });
    await ok("DELETE", `/servers/${alpha}`);
    expect(await preview({ from: "ceo@company-name.com" })).toMatchObject({
      from: '"ceo" <notifications@company-name.com>',
    });
  });

  it("15 and 16: an external server beside the platform, and the limit of the latter", async () => {
    const { D, ok, server, call: ask, used } = await database();
    await ok("POST", "/domains", { name: "company-name.com" });
    await server("ext", "company-name.com", 1);
    await server("platform", D, 2, { kind: "platform" });
    const send = (from: string, more: Json = {}) =>
      ask("POST", "/emails", { from, to: "x@example.net", subject: "s", text: "t", ...more });
    await send("sales@company-name.com");
    expect(await used()).toBe(0);
    await send(`admin@${D}`);
    expect(await used()).toBe(1);
    await send("mary@customer.example.com");
    expect(await used()).toBe(1);
    await deliver(env);
    const wire = sink.caught.slice(-2).map(({ raw }) => /^From: .*$/m.exec(raw)?.[0].trim());
    expect(new Set(wire)).toEqual(
      new Set(['From: "mary" <notifications@company-name.com>', "From: sales@company-name.com"]),
    );
    const to = Array.from({ length: 49 }, (_, n) => `r${n}@example.net`);
    expect((await send(`admin@${D}`, { to })).status).toBe(200);
    expect(await send(`admin@${D}`)).toMatchObject({
      status: 429,
      body: { name: "daily_quota_exceeded", details: { resets_at: expect.stringContaining("T23:00:00") } },
    });
    expect((await send("sales@company-name.com")).status).toBe(200);
    expect(await ok("GET", "/usage")).toMatchObject({ used: 50, limit: 50, remaining: 0 });
  });

  it("18: the alias domain of the company", async () => {
    const { D, ok, preview } = await database();
    await ok("POST", "/domains", { name: "company-name.com" });
    const { id } = await ok("POST", "/companies", { name: "B" });
    await ok("PATCH", `/companies/${String(id)}`, { domain_id: null });
    expect(await preview({ company: id })).toMatchObject({
      from: expect.stringContaining(`<notifications@${D}>`),
      reply_to: [`catchall@${D}`],
    });
  });

  it("20 and 21: default-from as a local part, and as a unique address", async () => {
    const { ok, server, preview } = await database();
    const { id } = await ok("POST", "/domains", { name: "company-name.com", default_from: "hello" });
    const ext = await server("ext", "company-name.com", 1);
    const bob = '"Bob" <bob@company-name.com>';
    expect((await preview({ from: bob }))["from"]).toBe(bob);
    expect((await preview({ from: "x@foreign.com" }))["from"]).toBe('"x" <hello@company-name.com>');
    await ok("PATCH", `/domains/${String(id)}`, { default_from: "hello@brand.com" });
    for (const more of [{}, { server: ext }, { kind: "mass" }])
      expect(await preview({ from: bob, ...more })).toMatchObject({
        from: '"Bob" <hello@brand.com>',
        envelope_from: "bounce@company-name.com",
      });
  });

  it("23: the only server is deleted, the platform sends again", async () => {
    const { ok, server, preview } = await database();
    const id = await server("only", null, 1);
    expect(await preview({})).toMatchObject({ server: { name: "only" } });
    await ok("DELETE", `/servers/${id}`);
    expect(await preview({})).toMatchObject({ server: null, rule: "platform" });
  });
});
