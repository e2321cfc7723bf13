import { TransactionCanceled } from "@posthouse/core/ports/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { document, routes, statusesOf } from "../scripts/reference/document.ts";
import { createApp } from "../src/app.ts";
import { type Api, startApi } from "./client.ts";

/** The client holds every answer of every test against the reference; here is what few tests come by. */

let api: Api;
let db: { name: string; key: string };
beforeAll(async () => {
  api = await startApi();
  db = await api.database();
});
afterAll(() => api.close());

const of = (auth: string) => routes.filter((route) => route.auth === auth).map((route) => [route.method, route.path]);

describe.each(of("database"))("%s %s", (method = "", path = "") => {
  const call = (query: string, options: object) =>
    api.call(method.toUpperCase(), `${path}${query}`, undefined, options);

  it("says what the operator is answered who names no database, or one that is not there", async () => {
    const [none, unknown] = [await call("", {}), await call("", { headers: { "posthouse-database": "nobody" } })];
    expect([none.status, none.body.name]).toEqual([422, "missing_required_field"]);
    expect([unknown.status, unknown.body.name]).toEqual([404, "not_found"]);
  });

  it("says what an unknown field of the query is answered", async () => {
    // What is needed is asked for before what is unknown
    const needed = path === "/v1/inbox" ? "&user=ann@b.example" : "";
    const { status, body } = await call(`?colour=red${needed}`, { key: db.key });
    expect([status, body.name]).toEqual([400, "validation_error"]);
  });
});

it.each(of("operator"))("%s %s says what an unknown field of the query is answered", async (method = "", path = "") => {
  expect((await api.call(method.toUpperCase(), `${path}?colour=red`)).status).toBe(400);
});

it("what changes the configuration says what it answers while others keep changing it", async () => {
  const { ports } = api.machine;
  const outdated = new TransactionCanceled([{ code: "ConditionalCheckFailed" }]);
  const store = new Proxy(ports.store, {
    get: (target, field) => (field === "transact" ? () => Promise.reject(outdated) : Reflect.get(target, field)),
  });
  const clock = { now: () => ports.clock.now(), sleep: async () => {} };
  const app = createApp({ ...ports, store, clock, operatorKey: api.operatorKey });
  const first = async (noun: string) => (await api.call("GET", `/v1/${noun}`, undefined, db)).body.data[0]?.id ?? "";
  const server = { name: "s", host: "smtp.company.com" };
  const { id: own } = (await api.call("POST", "/v1/servers", server, db)).body;
  const changes = [
    ["patch", "/v1/settings", "", { on_limit: "hold" }],
    ["post", "/v1/api-keys", "", { name: "k" }],
    ["post", "/v1/companies", "", { name: "c" }],
    ["patch", "/v1/companies/{id}", await first("companies"), { name: "c" }],
    ["post", "/v1/domains", "", { name: "company.com" }],
    ["patch", "/v1/domains/{id}", await first("domains"), { priority: 3 }],
    ["post", "/v1/servers", "", server],
    ["patch", "/v1/servers/{id}", own, { priority: 3 }],
    ["delete", "/v1/servers/{id}", own, undefined],
    ["put", "/v1/import", "", { settings: { on_limit: "hold" } }],
  ] as const;
  for (const [method, path, id, body] of changes) {
    const headers = { authorization: `Bearer ${db.key}`, "content-type": "application/json" };
    const init = { method: method.toUpperCase(), headers, ...(body && { body: JSON.stringify(body) }) };
    const { status } = await app.request(path.replace("{id}", id), init);
    expect(status, `${method} ${path}`).toBe(409);
    const route = routes.find((each) => each.method === method && each.path === path);
    expect(route && statusesOf(route), `${method} ${path}`).toContain(409);
  }
});

it("the MIME of an email may be elsewhere", () => {
  const { paths } = document("1.0.0") as { paths: Record<string, { get: { responses: object } }> };
  expect(paths["/v1/emails/{id}/raw"]?.get.responses).toHaveProperty("303.headers.location");
});
