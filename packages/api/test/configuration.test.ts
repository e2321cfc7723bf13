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

const call = (method: string, path: string, body?: unknown) => api.call(method, path, body, { key });

describe("databases", () => {
  it("R-ADDR-1 one call makes all a first mail needs", async () => {
    const { status, body } = await api.call("POST", "/v1/databases", { name: "first", company: "First Ltd" });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      name: "first",
      daily_limit: 50,
      default_domain: "first.posthouse.test",
      plan: "trial",
    });
    const companies = await api.call("GET", "/v1/companies", undefined, { key: body.api_key });
    expect(companies.body.data).toMatchObject([{ name: "First Ltd", domain_id: null }]);
    expect((await api.call("POST", "/v1/databases", { name: "first" })).body).toMatchObject({
      statusCode: 409,
      name: "name_taken",
    });
    expect((await api.call("POST", "/v1/databases", { name: "www" })).body).toMatchObject({
      name: "invalid_parameter",
    });
    expect((await api.call("GET", "/v1/databases/first")).body).not.toHaveProperty("api_key");
  });

  it("R-LIM-1 the operator changes limits, which the database sees at once", async () => {
    const { status, body } = await api.call("PATCH", `/v1/databases/${name}`, { daily_limit: 3 });
    expect([status, body.daily_limit, body.daily_limit_override]).toEqual([200, 3, 3]);
    expect((await call("GET", "/v1/usage")).body).toMatchObject({ limit: 3, used: 0, remaining: 3, held: 0 });
    expect(
      (await api.call("PATCH", `/v1/databases/${name}`, { daily_limit: null, plan: "standard" })).body,
    ).toMatchObject({ limit: 200 });
  });

  it("R-LIM-2 are listed by name, in pages, with used and limit", async () => {
    await call("POST", "/v1/emails", { to: ["a@b.example", "c@d.example"], subject: "x", text: "y" });
    const all = await api.call("GET", "/v1/databases?limit=100");
    expect(all.body.data.find((each) => each.name === name)).toMatchObject({ used: 2, limit: 50 });
    const [first, second] = all.body.data;
    const page = await api.call("GET", `/v1/databases?limit=1&after=${first?.id}`);
    expect(page.body).toMatchObject({ data: [{ name: second?.name }] });
    expect((await api.call("GET", `/v1/databases?limit=5&before=${second?.id}`)).body).toMatchObject({
      data: [{ name: first?.name }],
      has_more: false,
    });
    for (const query of ["limit=0", "limit=101", "limit=x", "after=", `after=${"x".repeat(2000)}`, "after=a&before=b"])
      expect((await api.call("GET", `/v1/databases?${query}`)).status).toBeOneOf([400, 422]);
  });

  it("a paused database sends nothing until it is active again", async () => {
    const mail = { to: "a@b.example", subject: "x", text: "y" };
    await api.call("PATCH", `/v1/databases/${name}`, { status: "paused" });
    expect((await call("POST", "/v1/emails", mail)).body).toMatchObject({ statusCode: 403, name: "database_paused" });
    expect((await call("POST", "/v1/emails/preview", mail)).body.would_refuse).toMatchObject({
      name: "database_paused",
    });
    await api.call("PATCH", `/v1/databases/${name}`, { status: "active" });
    expect((await call("POST", "/v1/emails", mail)).status).toBe(200);
  });
});

describe("configuration", () => {
  it("R-DOM-7 a company that goes leaves the addresses of its domain, unless keep_old is false", async () => {
    const { body: domain } = await call("POST", "/v1/domains", { name: "company.com" });
    await call("POST", "/v1/servers", { name: "own", host: "127.0.0.1", encryption: "none" });
    await call("POST", "/v1/emails", { to: "a@b.example", subject: "x", text: "y" });
    const [first] = (await call("GET", "/v1/companies")).body.data;
    const { body: last } = await call("POST", "/v1/companies", { name: "last", domain_id: null });
    const path = `/v1/companies/${first?.id}`;
    expect((await call("DELETE", `${path}?keep_old=perhaps`)).status).toBeOneOf([400, 422]);
    expect((await call("DELETE", path)).body).toMatchObject({ deleted: true, former_addresses: { length: 3 } });
    await call("POST", "/v1/companies", { name: "other", domain_id: null });
    await call("PATCH", `/v1/companies/${last.id}`, { domain_id: domain.id });
    const dropped = await call("DELETE", `/v1/companies/${last.id}?keep_old=false`);
    expect(dropped.body).toEqual({ object: "company", id: last.id, deleted: true });
  });

  it("R-DOM-5 companies and domains", async () => {
    const domain = await call("POST", "/v1/domains", { name: "company.com", region: "eu-west-1", open_tracking: true });
    expect(domain).toMatchObject({
      status: 201,
      body: { status: "not_started", region: "eu-west-1", open_tracking: true, mailboxes: { length: 2 } },
    });
    const company = await call("POST", "/v1/companies", { name: "Second" });
    expect(company.body.domain_id).toBe(domain.body.id);
    expect((await call("PATCH", `/v1/companies/${company.body.id}`, { domain_id: null })).body.domain_id).toBeNull();
    const moved = await call("PATCH", `/v1/domains/${domain.body.id}`, { companies: [company.body.id], priority: 3 });
    expect(moved.body).toMatchObject({ priority: 3, companies: expect.arrayContaining([company.body.id]) });
    expect((await call("GET", "/v1/domains")).body.data.map((each) => each.name)).toEqual([
      "company.com",
      `${name}.posthouse.test`,
    ]);
    expect((await call("DELETE", `/v1/companies/${company.body.id}`)).body).toMatchObject({ deleted: true });
    expect((await call("DELETE", `/v1/domains/${domain.body.id}`)).body).toEqual({
      object: "domain",
      id: domain.body.id,
      deleted: true,
    });
    expect((await call("PATCH", `/v1/domains/${domain.body.id}`, { name: "x.example" })).body).toMatchObject({
      name: "validation_error",
    });
  });

  it("R-SRV-1 servers, their secrets never answered", async () => {
    const input = {
      name: "tx",
      host: "smtp.company.com",
      username: "mary",
      password: "hunter2!",
      from_filter: "company.com",
    };
    const made = await call("POST", "/v1/servers", input);
    expect(made).toMatchObject({ status: 201, body: { port: 587, secrets_set: ["password"] } });
    const path = `/v1/servers/${made.body.id}`;
    const patched = await call("PATCH", path, { priority: 1, from_filter: null });
    expect(patched.body).toMatchObject({
      priority: 1,
      warnings: [{ name: "unfiltered_server" }],
      suggested_from_filter: null,
    });
    const answers = [
      made,
      patched,
      await call("GET", path),
      await call("GET", "/v1/servers"),
      await call("PATCH", path, { port: 25 }),
    ];
    expect(answers.at(-1)).toMatchObject({ status: 422, body: { name: "port_not_allowed" } });
    expect(JSON.stringify([answers, api.machine.log])).not.toContain("hunter2!");
    expect((await call("PATCH", "/v1/settings", { dedicated_server: made.body.id })).status).toBe(200);
    expect((await call("DELETE", path)).body).toMatchObject({ statusCode: 409, name: "conflict" });
    expect((await call("DELETE", `${path}?replacement=null`)).body).toMatchObject({ deleted: true });
    expect((await call("GET", "/v1/settings")).body.dedicated_server).toBeNull();
  });

  it("no refusal of a secret says the secret", async () => {
    const input = {
      name: "tx",
      host: "smtp.company.com",
      authentication: "certificate",
      certificate: "pem-secret",
      private_key: "key-secret",
    };
    const answers = [
      await call("POST", "/v1/servers", input),
      await call("POST", "/v1/servers", { ...input, authentication: "login", password: "pass-secret" }),
      await call("POST", "/v1/servers", { name: "tx", password: ["pass-secret"] }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([422, 422, 400]);
    expect(JSON.stringify([answers, api.machine.log])).not.toMatch(/(pem|key|pass)-secret/);
  });

  it("settings are a closed list", async () => {
    expect((await call("PATCH", "/v1/settings", { personal_servers: false })).body).toMatchObject({
      personal_servers: false,
    });
    expect((await call("PATCH", "/v1/settings", { on_limit: "hold" })).body).toMatchObject({ on_limit: "hold" });
    expect((await call("PATCH", "/v1/settings", { on_limit: "drop" })).body).toMatchObject({
      statusCode: 422,
      name: "invalid_parameter",
    });
    expect((await call("PATCH", "/v1/settings", { colour: 1 })).body).toMatchObject({
      statusCode: 400,
      name: "validation_error",
    });
    expect((await call("PATCH", "/v1/settings", { tracking: { opens: true } })).body).toMatchObject({
      name: "missing_required_field",
    });
  });

  it("API keys are made, named, listed in pages and revoked", async () => {
    const keys: string[] = [];
    for (const each of ["a", "b", "c"]) keys.push((await call("POST", "/v1/api-keys", { name: each })).body.id);
    const [a, b, c] = keys;
    await call("PATCH", `/v1/api-keys/${b}`, { name: "renamed" });
    const first = await call("GET", "/v1/api-keys?limit=2");
    expect(first.body).toMatchObject({ has_more: true, data: [{ id: c }, { id: b, name: "renamed" }] });
    expect((await call("GET", `/v1/api-keys?limit=1&after=${b}`)).body).toMatchObject({
      has_more: true,
      data: [{ id: a }],
    });
    expect((await call("GET", `/v1/api-keys?limit=1&before=${a}`)).body).toMatchObject({
      has_more: true,
      data: [{ id: b }],
    });
    expect((await call("GET", "/v1/api-keys?after=key_x")).body).toMatchObject({ name: "invalid_parameter" });
    expect((await call("POST", "/v1/api-keys", { name: "x", domain_id: "dom_1" })).body).toMatchObject({
      name: "invalid_parameter",
    });
    expect((await call("DELETE", `/v1/api-keys/${"x".repeat(3000)}`)).status).toBe(404);
  });
});
