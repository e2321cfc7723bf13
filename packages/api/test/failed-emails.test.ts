import { find } from "@posthouse/core/database/list";
import { fail } from "@posthouse/core/dispatch/outcome";
import { findHead } from "@posthouse/core/email/find";
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

const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  api.call(method, path, body, { key, headers });

/** A mail its server has refused. */
async function failed(to: string): Promise<string> {
  const { ports } = api.machine;
  const { body } = await call("POST", "/v1/emails", { to, subject: "Hello", text: "Hi" });
  const { id: database } = await find(ports, name);
  const head = await findHead(ports.store, database, body.id);
  await fail(ports, { head, recipients: [] }, "smtp_permanent", "550 5.1.1 no such user");
  return body.id;
}

describe("R-FAIL-3 email that failed", () => {
  it("is tried again by its id, with an idempotency key once", async () => {
    const id = await failed("a@b.example");
    const headers = { "idempotency-key": "once" };
    const first = await call("POST", `/v1/emails/${id}/retry`, {}, headers);
    expect(first).toMatchObject({ status: 200, body: { object: "email", id, attempt: 2, status: "queued" } });
    expect((await call("POST", `/v1/emails/${id}/retry`, {}, headers)).body).toEqual(first.body);
    const other = await call("POST", `/v1/emails/${id}/retry`, { recipients: ["a@b.example"] }, headers);
    expect(other).toMatchObject({ status: 409, body: { name: "invalid_idempotent_request" } });
    expect(await call("POST", `/v1/emails/${id}/retry`)).toMatchObject({ status: 409, body: { name: "conflict" } });
    const { body } = await call("GET", `/v1/emails/${id}`);
    expect(body).toMatchObject({ status: "queued", attention: false });
  });

  it("is tried again all at once, by filter and in calls of a hundred", async () => {
    const ids = [await failed("a@b.example"), await failed("b@b.example")];
    const none = await call("POST", "/v1/emails/retry", { failure_type: "connection" });
    expect(none.body).toEqual({ object: "list", data: [], refused: [], has_more: false, cursor: null });
    const { body } = await call("POST", "/v1/emails/retry", { status: "failed", after: ids[0] });
    expect(body.data.map(({ id }) => id)).toEqual([ids[1]]);
    expect((await call("POST", "/v1/emails/retry")).body.data.map(({ id }) => id)).toEqual([ids[0]]);
  });

  it("all at once with an idempotency key is done once, also where it fails again in between", async () => {
    const id = await failed("a@b.example");
    const headers = { "idempotency-key": "all" };
    const first = await call("POST", "/v1/emails/retry", {}, headers);
    expect(first.body.data).toMatchObject([{ id, attempt: 2 }]);
    const { ports } = api.machine;
    const head = await findHead(ports.store, (await find(ports, name)).id, id);
    await fail(ports, { head, recipients: [] }, "smtp_permanent", "550 5.1.1 no such user");
    expect((await call("POST", "/v1/emails/retry", {}, headers)).text).toBe(first.text);
    expect((await call("GET", `/v1/emails/${id}`)).body).toMatchObject({ status: "failed", attention: true });
  });

  it("is dismissed, and stays dismissed", async () => {
    const id = await failed("a@b.example");
    for (let n = 0; n < 2; n++)
      expect((await call("POST", `/v1/emails/${id}/dismiss`)).body).toEqual({ object: "email", id, attention: false });
    expect((await call("GET", "/v1/emails?attention=true")).body.data).toEqual([]);
    expect((await call("GET", `/v1/emails/${id}`)).body).toMatchObject({ status: "failed", attention: false });
  });

  it.each([
    [{ recipients: [] }, 422],
    [{ recipients: "a@b.example" }, 400],
    [{ recipients: ["stranger@b.example"] }, 422],
    [{ all: true }, 400],
  ])("a retry of %j is refused", async (body, status) => {
    const id = await failed("a@b.example");
    expect((await call("POST", `/v1/emails/${id}/retry`, body)).status).toBe(status);
  });

  it("is not found by another database", async () => {
    const id = await failed("a@b.example");
    const { key: other } = await api.database();
    for (const action of ["retry", "dismiss"])
      expect((await api.call("POST", `/v1/emails/${id}/${action}`, undefined, { key: other })).status).toBe(404);
  });
});

describe("R-LIM-4 at the daily limit", () => {
  it("`on_limit: hold` accepts what `reject` refuses, shows it as held, and counts it in the usage", async () => {
    await api.call("PATCH", `/v1/databases/${name}`, { daily_limit: 1 });
    const mail = { to: "a@b.example", subject: "Hello", text: "Hi" };
    await call("POST", "/v1/emails", mail);
    expect((await call("POST", "/v1/emails", mail)).status).toBe(429);
    expect((await call("PATCH", "/v1/settings", { on_limit: "hold" })).body).toMatchObject({ on_limit: "hold" });
    const { status, body } = await call("POST", "/v1/emails", mail);
    expect(status).toBe(200);
    expect((await call("GET", `/v1/emails/${body.id}`)).body).toMatchObject({ status: "held", last_event: "queued" });
    expect((await call("GET", "/v1/emails?status=held")).body.data).toMatchObject([{ id: body.id, status: "held" }]);
    expect((await call("GET", "/v1/usage")).body).toMatchObject({ used: 1, held: 1, remaining: 0 });
  });
});
