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
const add = (body: object) => call("POST", "/v1/aliases", { name: "sales", model: "crm.lead", ...body });

describe("R-IN-3 /v1/aliases", () => {
  it("R-IN-3 makes, lists, changes and deletes them", async () => {
    const { status, body } = await add({ record_id: 7, accept_from: "followers", refusal: "Write to help@ please." });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      object: "alias",
      address: `sales@${name}.posthouse.test`,
      record_id: "7",
      accept_from: "followers",
      last_mail_at: null,
    });
    const path = `/v1/aliases/${body.id}`;
    expect((await call("GET", path)).body).toEqual(body);
    const changed = { ...body, name: "help", address: `help@${name}.posthouse.test`, accept_from: "known" };
    expect((await call("PATCH", path, { name: "help", accept_from: "known" })).body).toEqual(changed);
    expect((await call("GET", "/v1/aliases")).body).toEqual({ object: "list", data: [changed], has_more: false });
    expect((await call("DELETE", path)).body).toEqual({ object: "alias", id: body.id, deleted: true });
    expect((await call("GET", path)).status).toBe(404);
  });

  it("R-IN-3 refuses what is wrong, each with the field", async () => {
    for (const [wrong, status, error] of [
      [{ model: undefined }, 422, "missing_required_field"],
      [{ name: "a+b" }, 422, "invalid_parameter"],
      [{ accept_from: "followers" }, 422, "invalid_parameter"],
      [{ accept_from: "nobody" }, 422, "invalid_parameter"],
      [{ domain: "dom_x" }, 422, "invalid_parameter"],
      [{ record_id: "" }, 422, "invalid_parameter"],
      [{ name: "bounce" }, 409, "conflict"],
    ] as const) {
      const { body, ...answer } = await add(wrong);
      expect([answer.status, body.name], JSON.stringify(wrong)).toEqual([status, error]);
    }
    expect((await call("GET", "/v1/aliases")).body.data).toEqual([]);
  });

  it("R-IN-3 pages the list", async () => {
    for (const name of ["c", "a", "b"]) await add({ name });
    const first = (await call("GET", "/v1/aliases?limit=2")).body;
    expect(first).toMatchObject({ data: [{ name: "a" }, { name: "b" }], has_more: true });
    const rest = (await call("GET", `/v1/aliases?after=${first.data[1]?.id}`)).body;
    expect(rest).toMatchObject({ data: [{ name: "c" }], has_more: false });
    expect((await call("GET", "/v1/aliases?after=al_x")).body).toMatchObject({ details: { field: "after" } });
  });

  it("R-DOM-6 R-DOM-12 its domain shows it as a mailbox and is not deleted", async () => {
    const { id } = (await call("POST", "/v1/domains", { name: "company.com" })).body;
    const alias = (await add({})).body;
    expect((await call("GET", `/v1/domains/${id}`)).body["mailboxes"]).toContainEqual({
      address: "sales@company.com",
      purpose: "alias",
      last_mail_at: null,
    });
    const refused = await call("DELETE", `/v1/domains/${id}`);
    expect([refused.status, refused.body.message]).toEqual([409, expect.stringContaining("1 routing alias")]);
    await call("DELETE", `/v1/aliases/${alias.id}`);
    expect((await call("DELETE", `/v1/domains/${id}`)).status).toBe(200);
  });

  it("R-IN-3 they go with an export, and an import makes them elsewhere", async () => {
    await add({ record_id: "7" });
    const document = (await call("GET", "/v1/export")).body;
    expect(document["aliases"]).toEqual([
      { name: "sales", domain: null, model: "crm.lead", record_id: "7", accept_from: "everyone", refusal: null },
    ]);
    const other = await api.database();
    const put = () => api.call("PUT", "/v1/import", document, other);
    const made = { noun: "alias", name: `sales@${other.name}.posthouse.test` };
    expect((await put()).body["create"]).toContainEqual(made);
    expect((await put()).body["create"]).toEqual([]);
  });
});
