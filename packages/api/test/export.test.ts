import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Api, type Body, startApi } from "./client.ts";

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
const read = async (using = key) => (await call("GET", "/v1/export", undefined, using)).body;
const put = async (document: object, query = "", using = key) =>
  (await call("PUT", `/v1/import${query}`, document, using)).body;
const nothing = { create: [], update: [], delete: [] };

const login = { name: "tx", host: "smtp.company.com", username: "u", password: "hunter2!", from_filter: "company.com" };

/** A bit of everything. */
async function configure(): Promise<void> {
  await call("POST", "/v1/domains", { name: "company.com", open_tracking: true, priority: 3 });
  await call("POST", "/v1/domains", { name: "other.example", catchall_alias: "replies" });
  await call("POST", "/v1/companies", { name: "Second", domain_id: null });
  await call("POST", "/v1/companies", { name: "Second" });
  const { id } = (await call("POST", "/v1/servers", login)).body;
  await call("POST", "/v1/servers", {
    name: "tx",
    host: "127.0.0.1",
    encryption: "none",
    from_filter: "other.example",
  });
  await call("PATCH", "/v1/settings", { dedicated_server: id, prefer_notification_server: true });
}

describe("export", () => {
  it("has everything by name, no id and no secret", async () => {
    await configure();
    const { text, body } = await call("GET", "/v1/export");
    expect(body).toMatchObject({
      database: name,
      default_domain: { bounce_alias: "bounce" },
      domains: [{ name: "company.com", open_tracking: true, priority: 3 }, { name: "other.example" }],
      companies: [
        { name, domain: "company.com" },
        { name: "Second", domain: null },
        { name: "Second", domain: "company.com" },
      ],
      servers: [{ host: "smtp.company.com" }, { host: "127.0.0.1" }],
      settings: { dedicated_server: "tx", prefer_notification_server: true },
    });
    expect(text).not.toMatch(/hunter2|(?:srv|dom|co)_[0-9a-z]{26}/);
    expect((await call("GET", "/v1/export")).text).toBe(text);
  });

  it("imported again changes nothing", async () => {
    await configure();
    const document = await read();
    const before = (await call("GET", "/v1/audit?limit=100")).body;
    expect(await put(document)).toMatchObject({ ...nothing, unchanged: 9, secrets_missing: [] });
    expect((await call("GET", "/v1/audit?limit=100")).body).toEqual(before);
  });
});

describe("import", () => {
  it("makes an empty database what another is, but for its secrets; the second time it changes nothing", async () => {
    await configure();
    const document = await read();
    const other = await api.database();
    const dry = await put(document, "?dry_run=true", other.key);
    expect(dry).toMatchObject({ dry_run: true, secrets_missing: [{ server: "tx", secrets: ["password"] }] });
    expect((await read(other.key))["domains"]).toEqual([]);
    const done = await put(document, "", other.key);
    expect({ ...done, dry_run: true }).toEqual(dry);
    const { servers, settings, ...rest } = await read(other.key);
    const expected = document as Body & { servers: object[]; settings: object };
    expect({ ...rest, database: name }).toEqual({ ...withoutServers(expected) });
    expect(servers).toEqual([{ ...expected.servers[0], active: false }, expected.servers[1]]);
    expect(settings).toEqual({ ...expected.settings, dedicated_server: null });
    expect(await put(document, "", other.key)).toMatchObject({ ...nothing, secrets_missing: [{ server: "tx" }] });
  });

  it("keeps a secret where the connection is the same, and forgets it where it is another", async () => {
    await configure();
    const document = (await read()) as Body & { servers: object[] };
    const first = async () => (await call("GET", "/v1/servers")).body.data.find((each) => each["username"] === "u");
    const renamed = { servers: [{ ...document.servers[0], priority: 99 }, document.servers[1]] };
    expect(await put(renamed)).toMatchObject({ update: [{ name: "tx", fields: ["priority"] }], secrets_missing: [] });
    expect(await first()).toMatchObject({ secrets_set: ["password"], active: true });
    const moved = { servers: [{ ...document.servers[0], host: "elsewhere.example" }, document.servers[1]] };
    expect(await put(moved)).toMatchObject({ secrets_missing: [{ server: "tx", secrets: ["password"] }] });
    expect(await first()).toMatchObject({ host: "elsewhere.example", secrets_set: [], active: false });
    expect((await call("GET", "/v1/settings")).body["dedicated_server"]).toBeNull();
  });

  it("deletes what is not in a list, and leaves alone what it does not speak of", async () => {
    await configure();
    const plan = await put({ domains: [{ name: "other.example" }], servers: [], companies: [{ name }] });
    expect(plan).toMatchObject({
      delete: [
        { noun: "domain", name: "company.com" },
        { noun: "company", name: "Second" },
        { noun: "company", name: "Second#2" },
        { noun: "server", name: "tx" },
        { noun: "server", name: "tx#2" },
      ],
    });
    expect(await read()).toMatchObject({
      domains: [{ name: "other.example" }],
      companies: [{ name, domain: null }],
      servers: [],
      settings: { prefer_notification_server: true, dedicated_server: null },
    });
  });

  it("refuses what a single request is refused, names the entry, and has done nothing of it when dry", async () => {
    for (const [document, error, entry] of [
      [
        {
          servers: [
            { name: "a", host: "a.example" },
            { name: "b", host: "b.example", port: 25 },
          ],
        },
        "port_not_allowed",
        "servers[1]",
      ],
      [{ servers: [{ name: "a", host: "a.example", from_filter: "*.com" }] }, "invalid_from_filter", "servers[0]"],
      [{ domains: [{ name: "posthouse.test" }] }, "invalid_parameter", "domains[0]"],
      [{ companies: [{ name: "x", domain: "nowhere.example" }] }, "invalid_parameter", "companies[0]"],
      [{ companies: [{ name: " " }] }, "invalid_parameter", "companies[0]"],
    ] as const)
      expect(await put(document, "?dry_run=true")).toMatchObject({ name: error, details: { entry } });
    expect(await put({ settings: { dedicated_server: "nobody" } })).toMatchObject({ name: "invalid_parameter" });
    expect(await put({ servers: [{ name: "a", host: "a.example", password: "x" }] })).toMatchObject({
      name: "validation_error",
    });
  });
});

describe("copies", () => {
  it("have the configuration, new keys, no secrets, and send to nobody", async () => {
    await configure();
    await call("PATCH", "/v1/settings", { admin_address: `admin@${name}.posthouse.test` });
    const copied = await api.call("POST", `/v1/databases/${name}/copy`, { name: `${name}-staging` });
    expect(copied).toMatchObject({
      status: 201,
      body: { delivery: "capture", secrets_missing: [{ server: "tx", secrets: ["password"] }] },
    });
    const staging = copied.body.api_key;
    const original = (await read()) as Body & { settings: object };
    expect(await read(staging)).toEqual({
      ...original,
      database: `${name}-staging`,
      companies: [{ name, domain: "company.com" }, ...(original["companies"] as object[]).slice(1)],
      settings: { ...original.settings, admin_address: `admin@${name}-staging.posthouse.test` },
    });
    const servers = (await call("GET", "/v1/servers", undefined, staging)).body.data;
    expect(servers.map((each) => [each["active"], each["secrets_set"]])).toEqual([
      [true, []],
      [true, []],
    ]);
    const mail = { from: "a@company.com", to: "customer@b.example", subject: "x", text: "y" };
    const { id } = (await call("POST", "/v1/emails", mail, staging)).body;
    expect((await call("GET", `/v1/emails/${id}`, undefined, staging)).body).toMatchObject({
      status: "sent",
      captured: true,
      server: servers.find((each) => each["from_filter"] === "company.com")?.id,
    });
    const live = await api.call("PATCH", `/v1/databases/${name}-staging`, { delivery: "live" });
    expect(live).toMatchObject({ status: 409, body: { name: "conflict" } });
  });

  it("are refused where the name is taken, or there is nothing to be copied", async () => {
    const copy = (from: string, to: string) => api.call("POST", `/v1/databases/${from}/copy`, { name: to });
    expect((await copy(name, name)).body.name).toBe("name_taken");
    expect((await copy("nobody", "somebody")).body.name).toBe("not_found");
  });
});

function withoutServers({ servers: _servers, settings: _settings, ...rest }: Body): object {
  return rest;
}
