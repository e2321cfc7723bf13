import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Api, startApi } from "./client.ts";

let api: Api;
let key: string;
let name: string;
beforeAll(async () => {
  api = await startApi();
});
beforeEach(async () => {
  ({ key, name } = await api.database());
});
afterAll(() => api.close());

const call = (method: string, path: string, body?: unknown, using = key) =>
  api.call(method, path, body, { key: using });
const mail = { to: "a@b.example", subject: "x", text: "y" };
const hour = 3_600_000;

describe("API keys bound to domains", () => {
  it("send from these only, whatever the rules make of From", async () => {
    const server = (
      await call("POST", "/v1/servers", {
        name: "s",
        host: "127.0.0.1",
        encryption: "none",
        from_filter: "company.com",
      })
    ).body.id;
    const { id } = (await call("POST", "/v1/domains", { name: "company.com" })).body;
    const made = await call("POST", "/v1/api-keys", { name: "k", permission: "sending_access", domains: [id] });
    expect(made.body).toMatchObject({ domains: ["company.com"], expires_at: null });
    const send = (from: string) => call("POST", "/v1/emails", { ...mail, from, server }, made.body.token);
    expect((await send("sales@company.com")).status).toBe(200);
    const refused = await send("sales@other.example");
    expect(refused).toMatchObject({ status: 403, body: { name: "from_not_allowed" } });
    const preview = await call(
      "POST",
      "/v1/emails/preview",
      { ...mail, from: "a@other.example", server },
      made.body.token,
    );
    expect(preview.body["would_refuse"]).toMatchObject({ name: "from_not_allowed" });
  });

  it("are named by the Resend API's domain_id too, and never by what is not the database's", async () => {
    const own = (await call("GET", "/v1/domains")).body.data[0];
    const make = (more: object) => call("POST", "/v1/api-keys", { name: "k", permission: "sending_access", ...more });
    expect((await make({ domain_id: own?.id })).body).toMatchObject({ domains: [`${name}.posthouse.test`] });
    expect((await make({ domains: [`${name}.posthouse.test`] })).status).toBe(201);
    for (const wrong of [{ domains: ["other.example"] }, { domains: [] }, { domain_id: "dom_x" }])
      expect((await make(wrong)).body).toMatchObject({ name: "invalid_parameter" });
    expect((await make({ domain_id: own?.id, permission: "full_access" })).body).toMatchObject({
      name: "invalid_parameter",
    });
  });
});

describe("API keys end", () => {
  it("an ended key is as good as none, and is still listed", async () => {
    const expires_at = new Date(api.machine.ports.clock.now() + 2 * hour).toISOString();
    const made = await call("POST", "/v1/api-keys", { name: "short", expires_at });
    expect((await call("GET", "/v1/usage", undefined, made.body.token)).status).toBe(200);
    api.machine.advance(2 * hour);
    const ended = await call("GET", "/v1/usage", undefined, made.body.token);
    expect([ended.status, ended.body.name]).toEqual([403, "invalid_api_key"]);
    expect((await call("GET", "/v1/api-keys")).body.data[0]).toMatchObject({ name: "short", expires_at });
  });

  it.each(["2020-01-01T00:00:00Z", "tomorrow", ""])("not at %j", async (expires_at) => {
    expect((await call("POST", "/v1/api-keys", { name: "k", expires_at })).body).toMatchObject({
      name: "invalid_parameter",
    });
  });
});

it("the last use of a key is kept to the hour, with one write", async () => {
  const { body } = await call("POST", "/v1/api-keys", { name: "used" });
  const lastUse = async () => (await call("GET", "/v1/api-keys")).body.data[0]?.["last_used_at"];
  expect(await lastUse()).toBeNull();
  await call("GET", "/v1/usage", undefined, body.token);
  const first = await lastUse();
  expect(Date.parse(String(first))).toBeLessThanOrEqual(api.machine.ports.clock.now());
  api.machine.meter.reset();
  await call("GET", "/v1/usage", undefined, body.token);
  expect(api.machine.meter.read().writes).toBe(0);
  expect(await lastUse()).toBe(first);
  api.machine.advance(hour);
  await call("GET", "/v1/usage", undefined, body.token);
  expect(Date.parse(String(await lastUse()))).toBeGreaterThanOrEqual(Date.parse(String(first)) + hour);
});

describe("the operator's keys", () => {
  const make = (body: object = {}) => api.call("POST", "/v1/operator/api-keys", { name: "second", ...body });

  it("open what the installation's own opens, until they are revoked", async () => {
    const made = await make();
    const token = made.body.token;
    const by = (path: string, headers = {}) => api.call("GET", path, undefined, { key: token, headers });
    expect((await by("/v1/databases")).status).toBe(200);
    expect((await by("/v1/settings", { "posthouse-database": name })).status).toBe(200);
    const { text, body } = await api.call("GET", "/v1/operator/api-keys");
    expect(body.data[0]).toMatchObject({ id: made.body.id, name: "second", last_used_at: expect.any(String) });
    expect(text).not.toContain(token.slice(-43));
    expect((await api.call("DELETE", `/v1/operator/api-keys/${made.body.id}`)).status).toBe(200);
    expect((await by("/v1/databases")).body).toMatchObject({ name: "invalid_api_key" });
    expect((await api.call("DELETE", `/v1/operator/api-keys/${made.body.id}`)).status).toBe(404);
  });

  it("end when they are told to", async () => {
    const expires_at = new Date(api.machine.ports.clock.now() + hour).toISOString();
    const { token } = (await make({ expires_at })).body;
    expect((await call("GET", "/v1/databases", undefined, token)).status).toBe(200);
    api.machine.advance(hour);
    expect((await call("GET", "/v1/databases", undefined, token)).status).toBe(403);
  });

  it("are not for a database's key", async () => {
    for (const path of ["/v1/operator/api-keys", "/v1/operator/audit", "/v1/operator"])
      expect((await call("GET", path)).body).toMatchObject({ name: "restricted_api_key" });
  });
});
