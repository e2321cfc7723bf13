import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Api, startApi } from "../packages/api/test/client.ts";
import { dump } from "./support/leftovers.ts";

/** G5: a database can read, change or send as nothing of another. Every route of the description is tried. */

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly security: "none" | "database" | "operator";
}

type Paths = Record<string, Record<string, { security: object[] }>>;
const description = JSON.parse(await readFile(new URL("../packages/api/openapi.json", import.meta.url), "utf8")) as {
  paths: Paths;
};
const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { security }]): Operation => {
    const [kind] = Object.keys(security[0] ?? {});
    return { method: method.toUpperCase(), path, security: (kind ?? "none") as Operation["security"] };
  }),
);
const named = operations.filter(({ path }) => path.includes("{"));
/** Named by the application itself: two databases may use the same names, each for what is its own. */
const isOwnName = ({ path }: Operation) => /\{(?:model|address)\}/.test(path);
const keyed = operations.filter(({ security }) => security !== "none");

/** A body that the operation would take, where an empty one is not enough. */
const bodies: Readonly<Record<string, object>> = {
  "POST /v1/databases": { name: "stolen" },
  "POST /v1/databases/{name}/copy": { name: "stolen" },
  "PATCH /v1/api-keys/{id}": { name: "stolen" },
  "PATCH /v1/aliases/{id}": { name: "stolen" },
  "POST /v1/aliases": { name: "stolen", model: "crm.lead" },
  "PATCH /v1/companies/{id}": { name: "stolen" },
  "PATCH /v1/servers/{id}": { name: "stolen" },
  "PATCH /v1/incoming-servers/{id}": { name: "stolen" },
  "PATCH /v1/domains/{id}": { priority: 1 },
  "PATCH /v1/emails/{id}": { scheduled_at: "in 1 hour" },
  "PATCH /v1/suppressions/{id}": { until: null },
  "POST /v1/received/{id}/route": { model: "crm.lead" },
  "POST /v1/suppressions": { email: "stolen@b.example" },
  "POST /v1/suppressions/batch/add": { emails: ["stolen@b.example"] },
  "POST /v1/suppressions/batch/remove": { emails: ["stolen@b.example"] },
  "POST /v1/opt-outs": { email: "stolen@b.example" },
  "POST /v1/emails": { to: "a@b.example", subject: "x", text: "y" },
  "POST /v1/emails/batch": [{ to: "a@b.example", subject: "x", text: "y" }],
  "POST /v1/threads/{model}/{record_id}/messages": { author: "eve@b.example", text: "stolen" },
  "PUT /v1/threads/{model}/{record_id}": { name: "stolen" },
  "POST /v1/emails/preview": { to: "a@b.example", subject: "x", text: "y" },
};

let api: Api;
let victim: { name: string; id: string };
/** What the victim has, by kind. */
const ids: Record<string, string> = {};
/** Keys of others that are no good at all, keys of another database, and keys of its own that may little. */
const keys: Record<"useless" | "foreign" | "little", Record<string, string>> = { useless: {}, foreign: {}, little: {} };

async function make(key: string, path: string, body: object): Promise<{ id: string; token: string }> {
  const { status, body: answer } = await api.call("POST", path, body, { key });
  expect(status).toBeLessThan(300);
  return answer;
}

const keyOf = async (key: string, permission: string, more: object = {}) =>
  (await make(key, "/v1/api-keys", { name: permission, permission, ...more })).token;

const ann = "ann@b.example";
const record = "/v1/threads/a.b/1";
const secret = "a secret of the victim";

async function fill(key: string): Promise<void> {
  for (const [noun, path, body] of [
    ["key", "/v1/api-keys", { name: "x" }],
    ["company", "/v1/companies", { name: "x" }],
    ["alias", "/v1/aliases", { name: "x", model: "crm.lead" }],
    ["domain", "/v1/domains", { name: "company.com" }],
    ["server", "/v1/servers", { name: "x", host: "smtp.company.com", username: "u", password: "p" }],
    [
      "incoming",
      "/v1/incoming-servers",
      { name: "x", host: "imap.company.com", username: "u@company.com", password: "p" },
    ],
    ["email", "/v1/emails", { to: "a@b.example", subject: "x", text: "y" }],
    ["suppression", "/v1/suppressions", { email: "gone@b.example" }],
    ["opt_out", "/v1/opt-outs", { email: "gone@b.example" }],
  ] as const)
    ids[noun] = (await make(key, path, body)).id;
  ids["message"] = (await make(key, `${record}/messages`, { author: "mary@b.example", text: secret })).id;
  for (const [path, body] of [
    [record, { name: secret }],
    [`/v1/users/${ann}`, { name: secret, notify: "inbox" }],
    [`${record}/followers/${ann}`, { name: secret }],
  ] as const)
    expect((await api.call("PUT", path, body, { key })).status).toBe(200);
  await make(key, `${record}/messages`, { author: "mary@b.example", text: secret });
  ids["inbox"] = (await api.call("GET", `/v1/inbox?user=${ann}`, undefined, { key })).body.data[0]?.id ?? "";
  const headers = { "content-type": "message/rfc822" };
  const to = `x@${victim.name}.posthouse.test`;
  const mail = await api.call("POST", `/v1/received?to=${to}`, "From: a@b.example\n\nx", { key, headers });
  ids["received"] = mail.body.id;
  ids["audit"] = (await api.call("GET", "/v1/audit", undefined, { key })).body.data[0]?.id ?? "";
}

beforeAll(async () => {
  api = await startApi();
  const [own, other] = [await api.database(), await api.database()];
  victim = { name: own.name, id: (await api.call("GET", `/v1/databases/${own.name}`)).body.id };
  await fill(own.key);
  const operators = (await make(api.operatorKey, "/v1/operator/api-keys", { name: "x" })).id;
  Object.assign(ids, { database: victim.name, internal: victim.id, operator_key: operators });
  const revoked = await make(own.key, "/v1/api-keys", { name: "revoked" });
  await api.call("DELETE", `/v1/api-keys/${revoked.id}`, undefined, { key: own.key });
  const expires_at = new Date(api.machine.ports.clock.now() + 60_000).toISOString();
  const expired = await keyOf(own.key, "full_access", { expires_at });
  const endedOperators = (await make(api.operatorKey, "/v1/operator/api-keys", { name: "x", expires_at })).token;
  api.machine.advance(61_000);
  keys.useless = { none: "", garbage: "ph_x", revoked: revoked.token, expired, operators: endedOperators };
  keys.foreign = {
    full: other.key,
    sending: await keyOf(other.key, "sending_access"),
    read: await keyOf(other.key, "read_access"),
  };
  keys.little = { sending: await keyOf(own.key, "sending_access"), read: await keyOf(own.key, "read_access") };
});
afterAll(() => api.close());

/** All that the table has of the victim, but for when its keys were last used. */
async function state(): Promise<string> {
  const items = (await dump(api.machine)).filter((item) => JSON.stringify(item).includes(victim.id));
  const bare = items.map(({ last_used_at: _used, ...item }) => JSON.stringify(item));
  return bare.toSorted().join("\n");
}

async function call({ method, path }: Operation, key: string, more: Record<string, string> = {}) {
  const body = method === "GET" || method === "DELETE" ? undefined : (bodies[`${method} ${more["as"] ?? path}`] ?? {});
  const target = path.replace(/\{\w+\}/g, () => more["id"] ?? "x");
  const isMime = path === "/v1/emails/raw" || (path === "/v1/received" && method === "POST");
  const type = isMime ? "message/rfc822" : "application/json";
  const response = await api.app.request(target, {
    method,
    headers: {
      ...(key === "" ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { "content-type": type }),
      "posthouse-database": victim.name,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text() };
}

describe("G5 isolation, on every route of openapi.json", () => {
  it("no useless key opens anything", async () => {
    const before = await state();
    for (const operation of keyed)
      for (const [kind, key] of Object.entries(keys.useless)) {
        const tried = operation.path.includes("{") ? Object.values(ids) : [""];
        // At the same time: thousands of them one after the other take a minute
        for (const { status } of await Promise.all(tried.map((id) => call(operation, key, { id }))))
          expect([401, 403], `${kind}: ${operation.method} ${operation.path}`).toContain(status);
      }
    expect(await state()).toBe(before);
  });

  it.each(named.filter(isOwnName))("$method $path by the same names is about the caller's own", async (operation) => {
    const before = await state();
    const names: Record<string, string> = {
      model: "a.b",
      record_id: "1",
      address: ann,
      n: "0",
      id: ids["message"] ?? "",
    };
    for (const [permission, key] of Object.entries(keys.foreign)) {
      const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => names[name] ?? "x");
      const { status, text } = await call({ ...operation, path }, key, { as: operation.path });
      expect([200, 201, 401, 404], `${permission} key: ${text}`).toContain(status);
      if (path.includes(names["id"] ?? "x")) expect([401, 404]).toContain(status);
      expect(text).not.toContain(secret);
    }
    expect(await state()).toBe(before);
  });

  it.each(named.filter((each) => !isOwnName(each)))(
    "$method $path with any id of another database is refused, and changes nothing",
    async (operation) => {
      const before = await state();
      for (const [permission, key] of Object.entries(keys.foreign))
        for (const [kind, id] of Object.entries(ids)) {
          const { status, text } = await call(operation, key, { id });
          expect([401, 403, 404], `${permission} key, ${kind}: ${text}`).toContain(status);
        }
      expect(await state()).toBe(before);
    },
  );

  it("what another database does on routes without an id touches nothing of this one, and shows nothing of it", async () => {
    const before = await state();
    for (const operation of keyed.filter(({ path }) => !path.includes("{")))
      for (const key of Object.values(keys.foreign)) {
        const { status, text } = await call(operation, key);
        expect(status).toBeLessThan(500);
        for (const id of [...Object.values(ids).filter((each) => each !== victim.name), "smtp.company.com"])
          expect(text, `${operation.method} ${operation.path}`).not.toContain(id);
        if (operation.security === "operator") expect(status).toBe(401);
      }
    expect(await state()).toBe(before);
  });

  it("a key of its own does what its permission says and no more", async () => {
    const before = await state();
    for (const operation of keyed) {
      const reads = operation.method === "GET" && operation.security === "database";
      const sends =
        /^POST \/v1\/(?:emails(?:\/(?:preview|raw|batch))?|threads\/\{model\}\/\{record_id\}\/messages)$/.test(
          `${operation.method} ${operation.path}`,
        );
      for (const [permission, key] of Object.entries(keys.little)) {
        if (permission === "read" ? reads : sends) continue;
        const { status, text } = await call(operation, key, { id: ids["company"] ?? "" });
        expect([status, text], `${permission}: ${operation.method} ${operation.path}`).toEqual([
          401,
          expect.stringContaining("restricted_api_key"),
        ]);
      }
    }
    expect(await state()).toBe(before);
  });

  it("ids of another database in a body name nothing", async () => {
    const before = await state();
    const { full = "" } = keys.foreign;
    const mail = { to: "a@b.example", subject: "x", text: "y" };
    const own = (await api.call("GET", "/v1/domains", undefined, { key: full })).body.data[0]?.id;
    for (const [method, path, body] of [
      ["POST", "/v1/companies", { name: "x", domain_id: ids["domain"] }],
      ["PATCH", `/v1/domains/${own}`, { companies: [ids["company"]] }],
      ["PATCH", "/v1/settings", { dedicated_server: ids["server"] }],
      ["POST", "/v1/emails", { ...mail, server: ids["server"] }],
      ["POST", "/v1/emails", { ...mail, company: ids["company"] }],
      ["POST", "/v1/api-keys", { name: "x", permission: "sending_access", domains: [ids["domain"]] }],
      ["PUT", "/v1/import", { settings: { dedicated_server: ids["server"] } }],
    ] as const)
      expect((await api.call(method, path, body, { key: full })).status, `${method} ${path}`).toBe(422);
    for (const query of [`server=${ids["server"]}`, `after=${ids["email"]}`])
      expect((await api.call("GET", `/v1/emails?${query}`, undefined, { key: full })).text).not.toContain(ids["email"]);
    for (const [field, value] of [
      ["company", ids["company"]],
      ["alias", ids["alias"]],
    ] as const) {
      const { status } = await api.call("PUT", "/v1/threads/a.b/2", { [field]: value }, { key: full });
      expect(status, field).toBe(422);
    }
    expect(await state()).toBe(before);
  });
});
