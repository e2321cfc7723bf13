import { afterAll, beforeAll, expect, it } from "vitest";
import { createApp } from "../src/app.ts";
import { type Api, startApi } from "./client.ts";

let api: Api;
let key: string;
beforeAll(async () => {
  api = await startApi();
  ({ key } = await api.database());
});
afterAll(() => api.close());

it("an answer says its request's id, the gateway's where there is one", async () => {
  const { body, headers } = await api.call("GET", "/v1/emails/em_x", undefined, { key });
  expect(body).toEqual({
    statusCode: 404,
    name: "not_found",
    message: expect.any(String),
    request_id: headers.get("x-request-id"),
  });
  const response = await api.app.request("/v1/health", {}, { requestContext: { requestId: "from-the-gateway" } });
  expect(response.headers.get("x-request-id")).toBe("from-the-gateway");
});

it("what goes wrong inside is logged and not told", async () => {
  const { ports, log } = api.machine;
  const store = { ...ports.store, get: () => Promise.reject(new TypeError("secret of the inside")) };
  const broken = createApp({ ...ports, store, operatorKey: "o" });
  const response = await broken.request("/v1/usage", { headers: { authorization: `Bearer ${key}` } });
  expect(response.status).toBe(500);
  const body = await response.text();
  expect(body).toContain("internal_server_error");
  expect(body).not.toContain("secret");
  expect(log.find(({ level }) => level === "error")).toMatchObject({
    request_id: JSON.parse(body).request_id,
    error: expect.any(TypeError),
  });
});

it("a part of the API that cannot be loaded fails this request; the next one loads it", async () => {
  const { ports, log } = api.machine;
  let loads = 0;
  const app = createApp({ ...ports, operatorKey: "o" }, async () => {
    if (++loads === 1) throw new Error("secret of the inside");
    return import("../src/administration.ts");
  });
  const ask = () => app.request("/v1/settings", { headers: { authorization: `Bearer ${key}` } });
  const failed = await ask();
  const id = failed.headers.get("x-request-id");
  const body = await failed.text();
  expect(failed.status).toBe(500);
  expect(JSON.parse(body)).toMatchObject({ name: "internal_server_error", request_id: id });
  expect(body).not.toContain("secret");
  expect(log.filter(({ level, request_id }) => level === "error" && request_id === id)).toHaveLength(1);
  expect([(await ask()).status, (await ask()).status, loads]).toEqual([200, 200, 2]);
});

it.each(["{", "", "nope", '{"a":', "[1,]", "\u0000"])("the body %j is no JSON", async (text) => {
  const { status, body } = await api.call("POST", "/v1/emails", text, { key });
  expect([status, body.name]).toEqual([400, "validation_error"]);
});

it.each(["null", "1", '"x"', "[]", "true"])("the body %s is no object", async (text) => {
  const { status, body } = await api.call("POST", "/v1/emails", text, { key });
  expect([status, body.name]).toEqual([400, "validation_error"]);
});

it("a body that does not say it is JSON is not taken for an empty one", async () => {
  for (const type of ["application/x-www-form-urlencoded", "text/plain", ""]) {
    const { status, body } = await api.call("POST", "/v1/companies", "{}", { key, headers: { "content-type": type } });
    expect([status, body.name]).toEqual([400, "validation_error"]);
    expect(body.message).toContain("content-type");
  }
  const charset = { "content-type": "application/json; charset=utf-8" };
  expect((await api.call("POST", "/v1/companies", { name: "x" }, { key, headers: charset })).status).toBe(201);
});

it("an unknown field is refused by its name", async () => {
  const { status, body } = await api.call("POST", "/v1/companies", { name: "x", colour: "red" }, { key });
  expect([status, body.name, body.details.field]).toEqual([400, "validation_error", "colour"]);
  expect(body.message).toContain("`colour`");
  const deep = { to: "a@b.example", subject: "x", text: "y", attachments: [{ content: "", file: "x" }] };
  expect((await api.call("POST", "/v1/emails", deep, { key })).body.details.field).toBe("attachments[0].file");
  expect((await api.call("GET", "/v1/emails?colour=red", undefined, { key })).body).toMatchObject({
    name: "validation_error",
  });
});

it("a missing field, a wrong type and a wrong value are named as the Resend API names them", async () => {
  const of = async (body: object) => {
    const { status, body: answer } = await api.call("POST", "/v1/emails", body, { key });
    return [status, answer.name, answer.details?.field];
  };
  const mail = { to: "a@b.example", subject: "x", text: "y" };
  expect(await of({ subject: "x", text: "y" })).toEqual([422, "missing_required_field", "to"]);
  expect(await of({ to: "a@b.example", subject: "x" })).toEqual([422, "missing_required_field", "text"]);
  expect(await of({ ...mail, subject: 7 })).toEqual([400, "validation_error", "subject"]);
  expect(await of({ ...mail, to: { a: 1 } })).toEqual([400, "validation_error", "to"]);
  expect(await of({ ...mail, to: ["a@b.example", 7] })).toEqual([400, "validation_error", "to[1]"]);
  expect(await of({ ...mail, kind: "bulk" })).toEqual([422, "invalid_parameter", "kind"]);
  expect(await of({ ...mail, expires_in: 0.5 })).toEqual([400, "validation_error", "expires_in"]);
  expect(await of({ ...mail, subject: "\ud800" })).toEqual([422, "invalid_parameter", "subject"]);
  expect(await of({ ...mail, to: Array.from({ length: 51 }, (_, n) => `a${n}@b.example`) })).toEqual([
    422,
    "invalid_parameter",
    "to",
  ]);
});

it("a request over 6 MB is refused, with and without its length", async () => {
  const text = JSON.stringify({ to: "a@b.example", subject: "x", text: "y".repeat(6 * 1024 * 1024) });
  expect(await api.call("POST", "/v1/emails", text, { key })).toMatchObject({
    status: 413,
    body: { name: "request_too_large" },
  });
  const said = { "content-length": String(text.length) };
  expect((await api.call("POST", "/v1/emails", text, { key, headers: said })).status).toBe(413);
});

it("a path with other methods says which, an unknown path says so", async () => {
  const { status, body, headers } = await api.call("PUT", "/v1/emails", undefined, { key });
  expect([status, body.name]).toEqual([405, "method_not_allowed"]);
  expect(headers.get("allow")).toBe("POST, GET, HEAD");
  expect((await api.call("DELETE", "/v1/settings", undefined, { key })).status).toBe(405);
  expect((await api.call("PUT", "/v1/databases")).status).toBe(405);
  for (const path of ["/v1/nothing", "/v1", "/", "/v1/emails/a/b/c", "/v1/%ff", `/v1/emails/${"x".repeat(5000)}`])
    expect((await api.call("GET", path, undefined, { key })).status).toBe(404);
});

it("a busy store is told to be tried again", async () => {
  const { StoreBusy } = await import("@posthouse/core/ports/store");
  const { ports } = api.machine;
  const store = { ...ports.store, get: () => Promise.reject(new StoreBusy("busy")) };
  const busy = createApp({ ...ports, store, operatorKey: "o" });
  const response = await busy.request("/v1/usage", { headers: { authorization: `Bearer ${key}` } });
  expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"]);
});

it("whoever asks too often is told when to come again", async () => {
  const { AppError } = await import("@posthouse/core/error");
  const { ports } = api.machine;
  const error = new AppError("rate_limit_exceeded", "Too many.", { details: { retry_after_seconds: 7 } });
  const store = { ...ports.store, get: () => Promise.reject(error) };
  const response = await createApp({ ...ports, store, operatorKey: "o" }).request("/v1/usage", {
    headers: { authorization: `Bearer ${key}` },
  });
  expect([response.status, response.headers.get("retry-after")]).toEqual([429, "7"]);
});
