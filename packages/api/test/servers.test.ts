import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deliver } from "../../../test/support/database.ts";
import { type Sink, startSink } from "../../../test/support/sink.ts";
import { type Api, startApi } from "./client.ts";

let api: Api;
let sink: Sink;
let key: string;
let name: string;
/** Whether the server lets the user `locked` log in. */
let locked = false;
beforeAll(async () => {
  api = await startApi();
  sink = await startSink({
    onAuth: ({ username, password }, _session, done) =>
      locked && username === "locked"
        ? done(Object.assign(new Error(`5.7.8 no: ${password}`), { responseCode: 535 }))
        : done(null, { user: username }),
    onRcptTo: ({ address }, session, done) => {
      const refuse = session.user === "strict" && address.startsWith("postmaster@");
      done(refuse ? Object.assign(new Error("5.1.1 no such user"), { responseCode: 550 }) : null);
    },
  });
});
beforeEach(async () => {
  ({ key, name } = await api.database());
});
afterAll(async () => {
  await sink.close();
  await api.close();
});

const call = (method: string, path: string, body?: unknown, as = key) => api.call(method, path, body, { key: as });
const connection = () => ({ host: "127.0.0.1", port: sink.port, encryption: "none" });
const shown = (body: { readonly [name: string]: unknown }) => ({
  ok: body["ok"],
  from: body["from"],
  steps: (body["steps"] as { step: string; ok: boolean; class: string | null }[]).map(({ step, ok, class: problem }) =>
    ok ? step : `${step} ${problem}`,
  ),
});

describe("R-SRV-5 connection tests", () => {
  it("R-SRV-5 of a stored server and of unsaved values, in the words of the API", async () => {
    await call("POST", "/v1/domains", { name: "company-name.com" });
    const input = { ...connection(), username: "mary", password: "planted word", from_filter: "company-name.com" };
    const unsaved = await call("POST", "/v1/servers/test", input);
    const whole = ["connect", "tls", "auth", "mail_from", "rcpt_to", "data"];
    const good = { ok: true, from: "notifications@company-name.com", steps: whole };
    expect([unsaved.status, shown(unsaved.body)]).toEqual([200, good]);
    expect((await call("GET", "/v1/servers")).body.data).toEqual([]);
    const { body } = await call("POST", "/v1/servers", { name: "tx", ...input });
    const stored = await call("POST", `/v1/servers/${body.id}/test`);
    expect([stored.status, shown(stored.body), stored.body["note"]]).toEqual([
      200,
      good,
      expect.stringContaining("does not prove delivery"),
    ]);
    const strict = await call("POST", "/v1/servers/test", { ...input, username: "strict" });
    expect(shown(strict.body)).toMatchObject({ ok: false, steps: [...whole.slice(0, 4), "rcpt_to recipient_refused"] });
    expect(sink.caught).toEqual([]);
    expect(JSON.stringify([unsaved, stored, strict, api.machine.log])).not.toContain("planted word");
  });

  it("R-SRV-5 is for keys with full access, and for servers of the own database", async () => {
    const { body } = await call("POST", "/v1/servers", { name: "tx", ...connection() });
    const other = await api.database();
    expect((await call("POST", `/v1/servers/${body.id}/test`, undefined, other.key)).status).toBe(404);
    const sending = await call("POST", "/v1/api-keys", { name: "s", permission: "sending_access" });
    expect((await call("POST", `/v1/servers/${body.id}/test`, undefined, sending.body.token)).status).toBe(401);
    expect((await call("POST", "/v1/servers/test", { ...connection(), port: 25 })).body).toMatchObject({
      name: "port_not_allowed",
    });
    expect((await call("POST", "/v1/servers/test", { colour: 1 })).status).toBe(400);
  });

  it.each(["169.254.169.254", "0.0.0.0", "::", "fe80::1", "100.100.100.200"])(
    "G7 %s is refused, also where private hosts are allowed",
    async (host) => {
      const { body } = await call("POST", "/v1/servers/test", { ...connection(), host });
      expect(body).toMatchObject({ ok: false, steps: [{ step: "connect", class: "refused" }] });
    },
  );

  it("R-SRV-5 cannot be used to try many hosts or passwords: 10 a minute and database, stored and unsaved together", async () => {
    const stored = (await call("POST", "/v1/servers", { name: "tx", ...connection() })).body.id;
    const input = { ...connection(), host: "169.254.169.254" };
    const test = (n: number) =>
      n % 2 ? call("POST", `/v1/servers/${stored}/test`) : call("POST", "/v1/servers/test", input);
    let last = await test(0);
    let passed = 0;
    for (; last.status === 200 && passed < 100; passed++) last = await test(passed);
    expect(passed).toBeGreaterThanOrEqual(10);
    expect(last).toMatchObject({ status: 429, body: { name: "rate_limit_exceeded" } });
    expect(Number(last.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await call("GET", `/v1/servers/${stored}`)).status).toBe(200);
    const other = await api.database();
    expect((await call("POST", "/v1/servers/test", input, other.key)).status).toBe(200);
  });

  it("R-SRV-5 a personal server is tested beside the active one of its owner", async () => {
    const own = { ...connection(), owner: "mary@company-name.com", password: "word" };
    expect((await call("POST", "/v1/servers", { name: "mine", ...own })).status).toBe(201);
    const { body } = await call("POST", "/v1/servers/test", own);
    expect(shown(body)).toMatchObject({ ok: true, from: "mary@company-name.com" });
  });
});

describe("the health of a server", () => {
  const ok = { state: "ok", failures: 0, since: null, until: null, class: null, reply: null };

  it("is in its answers, in the server's own words without the password, and ends with a working test", async () => {
    await call("POST", "/v1/domains", { name: "company-name.com" });
    const input = { ...connection(), username: "locked", password: "planted word", from_filter: "company-name.com" };
    const { body } = await call("POST", "/v1/servers", { name: "tx", ...input });
    expect(body["health"]).toEqual(ok);
    const { body: platform } = await call("POST", "/v1/servers", { name: "platform", kind: "platform" });
    expect(platform["health"]).toBeNull();
    locked = true;
    const mail = { from: "a@company-name.com", to: "x@y.example", subject: "s", text: "t" };
    for (let n = 0; n < 3; n++) {
      await call("POST", "/v1/emails", mail);
      await deliver(api.machine);
    }
    const open = { state: "open", failures: 3, class: "auth", reply: "535 5.7.8 no: ***", until: expect.any(String) };
    const found = await call("GET", `/v1/servers/${body.id}`);
    expect(found.body["health"]).toMatchObject(open);
    const list = await call("GET", "/v1/servers");
    expect(list.body.data.map((server) => server["health"])).toEqual([null, found.body["health"]]);
    expect((await call("POST", `/v1/servers/${body.id}/test`)).body["ok"]).toBe(false);
    const renamed = await call("PATCH", `/v1/servers/${body.id}`, { name: "renamed" });
    expect(renamed.body["health"]).toMatchObject(open);
    locked = false;
    expect((await call("POST", `/v1/servers/${body.id}/test`)).body["ok"]).toBe(true);
    expect((await call("GET", `/v1/servers/${body.id}`)).body["health"]).toEqual(ok);
    expect(JSON.stringify([found, list, renamed, api.machine.log])).not.toContain("planted word");
  });
});

describe("R-SRV-7 download links", () => {
  it("R-SRV-7 a file is saved, never shown, and takes no key", async () => {
    await call("POST", "/v1/servers", { name: "tx", ...connection(), max_email_size_mb: 1, from_filter: "b.example" });
    const content = Buffer.alloc(1_000_000, "€ in latin-1: \x80 \r\n", "latin1").toString("base64");
    const attachments = [{ filename: 'Angebot "1"/ü.html', content, content_type: "text/html" }];
    const mail = { from: "a@b.example", to: "x@y.example", subject: "s", text: "t", attachments };
    expect((await call("POST", "/v1/emails", mail)).status).toBe(200);
    await deliver(api.machine);
    const raw = (sink.caught.at(-1)?.raw ?? "").replaceAll("=\r\n", "");
    const [, path = ""] = /http:\/\/localhost:3000(\/v1\/files\/[\w.-]+)/.exec(raw) ?? [];
    const response = await api.app.request(path);
    expect([response.status, Buffer.from(await response.arrayBuffer()).toString("base64")]).toEqual([200, content]);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "application/octet-stream",
      "content-disposition": `attachment; filename="Angebot _1___.html"; filename*=UTF-8''Angebot%20%221%22_%C3%BC.html`,
      "x-content-type-options": "nosniff",
      "content-security-policy": "default-src 'none'; sandbox",
      "cache-control": "no-store",
    });
    const wrong = await api.app.request(path.slice(0, -1));
    expect(wrong.status).toBe(404);
    expect(JSON.stringify(api.machine.log)).not.toContain(path.slice(-20));
  });

  it("R-SRV-7 a file too large for an answer is a link to a copy, which is erased with the email", async () => {
    const smtp = { name: "big", ...connection(), max_email_size_mb: 1, from_filter: "c.example" };
    await call("POST", "/v1/servers", smtp);
    const content = Buffer.alloc(4_500_000, "large ").toString("base64");
    const mail = { from: "a@c.example", to: "big@y.example", subject: "s", text: "t" };
    const { body } = await call("POST", "/v1/emails", { ...mail, attachments: [{ filename: "a.bin", content }] });
    await deliver(api.machine);
    const raw = (sink.caught.at(-1)?.raw ?? "").replaceAll("=\r\n", "");
    const [, path = ""] = /http:\/\/localhost:3000(\/v1\/files\/[\w.-]+)/.exec(raw) ?? [];
    const response = await api.app.request(path);
    const link = response.headers.get("location") ?? "";
    expect([response.status, await response.text()]).toEqual([303, ""]);
    expect((await (await fetch(link)).arrayBuffer()).byteLength).toBe(4_500_000);
    const copies = async () => (await api.machine.ports.blobs.list("keep-8d/")).filter((at) => at.includes(body.id));
    expect(await copies()).toHaveLength(1);
    expect((await call("POST", "/v1/erasures", { address: "big@y.example" })).status).toBeLessThan(300);
    expect(await copies()).toEqual([]);
  });
});

describe("R-ADDR-3 sender addresses", () => {
  it("R-ADDR-3 are listed whole, for reading keys too", async () => {
    const { body } = await call("POST", "/v1/api-keys", { name: "r", permission: "read_access" });
    const found = await call("GET", "/v1/sender-addresses", undefined, body.token);
    const D = `${name}.posthouse.test`;
    expect(found.body.data).toContainEqual({
      address: `bounce@${D}`,
      local_part: "bounce",
      domain: D,
      used_for: ["bounce"],
    });
  });
});
