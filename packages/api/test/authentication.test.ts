import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Api, startApi } from "./client.ts";

let api: Api;
let key: string;
let name: string;
beforeAll(async () => {
  api = await startApi();
  ({ key, name } = await api.database());
});
afterAll(() => api.close());

const make = async (permission: string): Promise<string> =>
  (await api.call("POST", "/v1/api-keys", { name: permission, permission }, { key })).body.token;

describe("who may do what", () => {
  it("a request without a key is told so, unless it needs none", async () => {
    for (const headers of [{}, { authorization: "Basic eDp5" }, { authorization: "Bearer" }, { authorization: "" }]) {
      const { status, body, headers: answered } = await api.call("GET", "/v1/emails", undefined, { key: "", headers });
      expect([status, body.name]).toEqual([401, "missing_api_key"]);
      expect(answered.get("www-authenticate")).toBe("Bearer");
    }
    expect(await api.call("GET", "/v1/health", undefined, { key: "" })).toMatchObject({
      status: 200,
      body: { status: "ok" },
    });
  });

  it.each([
    "ph_x",
    "x",
    `${"a".repeat(5000)}`,
    "ph_00000000000000000000000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
  ])("the key %.20s is none", async (wrong) => {
    for (const path of ["/v1/emails", "/v1/databases"]) {
      const { status, body } = await api.call("GET", path, undefined, { key: wrong });
      expect([status, body.name]).toEqual([403, "invalid_api_key"]);
    }
  });

  it("the operator acts on a database by its name, and says which", async () => {
    const by = (headers: Record<string, string>) => api.call("GET", "/v1/settings", undefined, { headers });
    expect((await by({ "posthouse-database": name })).status).toBe(200);
    expect(await by({})).toMatchObject({ status: 422, body: { name: "missing_required_field" } });
    for (const unknown of ["nobody", "", "x".repeat(3000)])
      expect(await by({ "posthouse-database": unknown })).toMatchObject({ status: 404, body: { name: "not_found" } });
  });

  it("a database's key does nothing of the operator's", async () => {
    const calls = [
      ["GET", "/v1/databases"],
      ["POST", "/v1/databases", { name: "mine" }],
      ["GET", `/v1/databases/${name}`],
      ["PATCH", `/v1/databases/${name}`, { daily_limit: 1_000_000 }],
      ["DELETE", `/v1/databases/${name}`],
    ] as const;
    for (const [method, path, body] of calls)
      expect(await api.call(method, path, body, { key })).toMatchObject({
        status: 401,
        body: { name: "restricted_api_key" },
      });
  });

  it("read_access reads and does nothing else", async () => {
    const reader = await make("read_access");
    for (const path of ["/v1/emails", "/v1/domains", "/v1/usage", "/v1/api-keys"])
      expect((await api.call("GET", path, undefined, { key: reader })).status).toBe(200);
    for (const [method, path] of [
      ["POST", "/v1/emails"],
      ["POST", "/v1/emails/preview"],
      ["PATCH", "/v1/settings"],
      ["DELETE", "/v1/domains/x"],
    ] as const)
      expect(await api.call(method, path, {}, { key: reader })).toMatchObject({
        status: 401,
        body: { name: "restricted_api_key" },
      });
  });

  it("sending_access sends and does nothing else", async () => {
    const sender = await make("sending_access");
    const mail = { to: "a@b.example", subject: "x", text: "y" };
    expect((await api.call("POST", "/v1/emails", mail, { key: sender })).status).toBe(200);
    expect((await api.call("POST", "/v1/emails/preview", mail, { key: sender })).status).toBe(200);
    for (const [method, path] of [
      ["GET", "/v1/emails"],
      ["POST", "/v1/domains"],
      ["GET", "/v1/api-keys"],
    ] as const)
      expect(await api.call(method, path, method === "GET" ? undefined : {}, { key: sender })).toMatchObject({
        status: 401,
        body: { name: "restricted_api_key" },
      });
  });

  it("a revoked key is none, and so are those of a deleted database", async () => {
    const gone = await api.call("POST", "/v1/api-keys", { name: "gone" }, { key });
    expect((await api.call("GET", "/v1/usage", undefined, { key: gone.body.token })).status).toBe(200);
    expect(await api.call("DELETE", `/v1/api-keys/${gone.body.id}`, undefined, { key })).toMatchObject({ status: 200 });
    expect((await api.call("GET", "/v1/usage", undefined, { key: gone.body.token })).status).toBe(403);
    const other = await api.database();
    expect((await api.call("DELETE", `/v1/databases/${other.name}`)).body).toMatchObject({ deleted: true });
    expect((await api.call("GET", "/v1/usage", undefined, { key: other.key })).status).toBe(403);
    expect((await api.call("GET", `/v1/databases/${other.name}`)).status).toBe(404);
  });

  it("no line that is logged and no answer holds a key", async () => {
    await api.call("GET", "/v1/settings", undefined, { key });
    const logged = JSON.stringify(api.machine.log);
    expect(logged).toContain('"operation":"GET /v1/settings"');
    expect(logged).not.toContain(key);
    expect(JSON.stringify((await api.call("GET", "/v1/api-keys", undefined, { key })).body)).not.toContain(
      key.slice("ph_".length + 27),
    );
  });
});
