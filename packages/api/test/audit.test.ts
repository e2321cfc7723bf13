import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
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
const newest = async () => (await call("GET", "/v1/audit?limit=1")).body.data[0];

it("says who changed what, when, from what to what", async () => {
  const keys = (await call("GET", "/v1/api-keys")).body.data;
  const made = await call("POST", "/v1/companies", { name: "Acme" });
  expect(await newest()).toMatchObject({
    actor: { type: "api_key", id: keys[0]?.id, request_id: made.headers.get("x-request-id") },
    changes: [{ noun: "company", id: made.body.id, action: "create", before: null, after: { name: "Acme" } }],
  });
  await call("PATCH", `/v1/companies/${made.body.id}`, { name: "Acme Inc." });
  expect(await newest()).toMatchObject({
    changes: [{ noun: "company", action: "update", before: { name: "Acme" }, after: { name: "Acme Inc." } }],
  });
  await call("DELETE", `/v1/companies/${made.body.id}`);
  expect(await newest()).toMatchObject({ changes: [{ action: "delete", before: { name: "Acme Inc." }, after: null }] });
  const settings = { prefer_notification_server: true };
  await api.call("PATCH", "/v1/settings", settings, { headers: { "posthouse-database": name } });
  expect(await newest()).toMatchObject({
    actor: { type: "operator", id: null },
    changes: [{ noun: "settings", before: { prefer_notification_server: false }, after: settings }],
  });
});

it("has the changes of domains, with whoever made them", async () => {
  const { id } = (await call("POST", "/v1/domains", { name: "company.com" })).body;
  const actor = { type: "api_key", id: expect.any(String), request_id: expect.any(String) };
  expect(await newest()).toMatchObject({
    actor,
    changes: expect.arrayContaining([
      expect.objectContaining({ noun: "domain", id, action: "create" }),
      expect.objectContaining({ noun: "company", action: "update", after: { domain_id: id } }),
    ]),
  });
  await call("DELETE", `/v1/domains/${id}`);
  expect(await newest()).toMatchObject({ actor, changes: expect.arrayContaining([expect.objectContaining({ id })]) });
});

it("of the operator: databases, settings, keys, in a trail of its own; the database has its part", async () => {
  await api.call("PATCH", `/v1/databases/${name}`, { daily_limit: 7 });
  const changes = [{ noun: "database", action: "update", before: { daily_limit: null }, after: { daily_limit: 7 } }];
  expect(await newest()).toMatchObject({ actor: { type: "operator", id: null }, changes });
  const operators = async () => (await api.call("GET", "/v1/operator/audit?limit=1")).body.data[0];
  expect(await operators()).toMatchObject({ changes: [{ ...changes[0], id: name }] });
  await api.call("PATCH", "/v1/operator/settings", { plans: { gold: 500 } });
  expect(await operators()).toMatchObject({
    changes: [{ noun: "operator_settings", after: { plans: { gold: 500 } } }],
  });
  const { id } = (await api.call("POST", "/v1/operator/api-keys", { name: "k" })).body;
  expect(await operators()).toMatchObject({ changes: [{ noun: "operator_key", id, after: { name: "k" } }] });
  await api.call("DELETE", `/v1/databases/${name}`);
  expect(await operators()).toMatchObject({ changes: [{ noun: "database", id: name, action: "delete" }] });
});

it("has the keys' life, and nothing where nothing changed or was refused", async () => {
  const { id } = (await call("POST", "/v1/api-keys", { name: "ci" })).body;
  expect(await newest()).toMatchObject({ changes: [{ noun: "api_key", id, action: "create", after: { name: "ci" } }] });
  await call("PATCH", `/v1/api-keys/${id}`, { name: "ci 2" });
  expect(await newest()).toMatchObject({ changes: [{ before: { name: "ci" }, after: { name: "ci 2" } }] });
  await call("DELETE", `/v1/api-keys/${id}`);
  const last = await newest();
  expect(last).toMatchObject({ changes: [{ noun: "api_key", id, action: "delete", before: { name: "ci 2" } }] });
  await call("PATCH", "/v1/settings", { prefer_notification_server: false });
  await call("POST", "/v1/companies", { name: "" });
  await call("DELETE", `/v1/api-keys/${id}`);
  expect(await newest()).toEqual(last);
});

it("says of a secret that it was set, and never what it is", async () => {
  const server = {
    name: "tx",
    host: "smtp.company.com",
    username: "u",
    password: "hunter2!",
    from_filter: "a.example",
  };
  const { id } = (await call("POST", "/v1/servers", server)).body;
  expect(await newest()).toMatchObject({
    changes: [
      { noun: "server", id, action: "create", after: { host: "smtp.company.com", secrets_set: ["password"] } },
      { noun: "secret", id, action: "update" },
    ],
  });
  await call("DELETE", `/v1/servers/${id}`);
  expect((await newest())?.["changes"]).toMatchObject([{ noun: "server" }, { noun: "secret", action: "delete" }]);
  expect((await call("GET", "/v1/audit?limit=100")).text).not.toContain("hunter2!");
});

it("is read in pages, and forgets after 400 days", async () => {
  for (const each of ["a", "b", "c"]) await call("POST", "/v1/companies", { name: each });
  const all = (await call("GET", "/v1/audit")).body.data;
  const [c, b, a] = all;
  expect((await call("GET", "/v1/audit?limit=2")).body).toMatchObject({ data: [c, b], has_more: true });
  expect((await call("GET", `/v1/audit?limit=1&after=${c?.id}`)).body).toMatchObject({ data: [b], has_more: true });
  expect((await call("GET", `/v1/audit?before=${a?.id}`)).body).toMatchObject({ data: [c, b], has_more: false });
  api.machine.advance(401 * 86_400_000);
  expect((await call("GET", "/v1/audit")).body.data).toEqual([]);
});

it("keeps that much was changed where it is too much to keep", async () => {
  const sender_addresses = Array.from({ length: 500 }, (_, n) => `${"a".repeat(60)}${n}@company.com`);
  await call("PATCH", "/v1/settings", { sender_addresses });
  const entry = (await newest()) as unknown as { changes: { after: { sender_addresses: string } }[] };
  expect(entry.changes[0]?.after.sender_addresses).toHaveLength(2_001);
});
