import type { LambdaEvent } from "hono/aws-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lambda } from "../src/lambda.ts";
import { type Api, startApi } from "./client.ts";

let api: Api;
let key: string;
beforeAll(async () => {
  api = await startApi();
  ({ key } = await api.database());
});
afterAll(() => api.close());

const call = (method: string, path: string, body?: unknown) => api.call(method, path, body, { key });
const mail = { to: "a@b.example", subject: "x", text: "y" };

describe("what is refused until it is built", () => {
  it.each([
    ["topic_id", { ...mail, topic_id: "t" }],
    ["attachments[0].path", { ...mail, attachments: [{ filename: "a", path: "https://a.example/b" }] }],
    ["attachments[0].upload", { ...mail, attachments: [{ filename: "a", upload: "up_1" }] }],
    ["template", { to: "a@b.example", template: { id: "t" } }],
  ])("%s is named, as its clients send it", async (field, body) => {
    expect(await call("POST", "/v1/emails", body)).toMatchObject({
      status: 422,
      body: { name: "invalid_parameter", details: { field } },
    });
  });

  it.each([
    ["/v1/emails", "cc", { ...mail, kind: "mass", cc: "c@d.example" }],
    ["/v1/emails/preview", "bcc", { ...mail, kind: "mass", bcc: ["c@d.example"] }],
  ])("R-KIND-3 copies of mass mail: %s, %s", async (path, field, body) => {
    expect(await call("POST", path, body)).toMatchObject({
      status: 422,
      body: { name: "invalid_parameter", details: { field } },
    });
  });

  it("R-KIND-3 mass mail to several as an entry of a batch", async () => {
    const entry = { ...mail, kind: "mass", to: ["a@b.example", "c@d.example"] };
    expect(await call("POST", "/v1/emails/batch", [mail, entry])).toMatchObject({
      status: 422,
      body: { name: "invalid_parameter", details: { index: 1 } },
    });
  });
});

describe("what is not known", () => {
  it.each([
    ["GET", "/v1/settings?foo=1"],
    ["GET", "/v1/emails?foo=1"],
    ["GET", "/v1/usage?date=today"],
    ["DELETE", "/v1/domains/dom_x?keep_old=false&foo=1"],
  ])("in a query is refused: %s %s", async (method, path) => {
    expect(await call(method, path)).toMatchObject({ status: 400, body: { name: "validation_error" } });
  });

  it.each(["constructor", "__proto__", "toString", "valueOf"])("an app named %s is one like any other", async (app) => {
    const name = `app-${app.replaceAll("_", "").toLowerCase()}`;
    const { status, body } = await api.call("POST", "/v1/databases", { name, apps: [app] });
    expect([status, body["limit"]]).toEqual([201, 50]);
  });
});

describe("API Gateway's events", () => {
  const event = (method: string, body: string | null = null) =>
    ({
      version: "2.0",
      rawPath: "/v1/health",
      rawQueryString: "",
      headers: { "content-type": "application/json" },
      requestContext: { http: { method, path: "/v1/health" }, domainName: "localhost" },
      body,
      isBase64Encoded: false,
    }) as unknown as LambdaEvent;

  it("a body on GET means nothing; a method no request may have is refused in our shape", async () => {
    const handler = lambda(api.app);
    expect(await handler(event("GET", '{"a":1}'))).toMatchObject({ statusCode: 200 });
    const traced = (await handler(event("TRACE"))) as { statusCode: number; body: string };
    expect([traced.statusCode, JSON.parse(traced.body)]).toEqual([
      400,
      expect.objectContaining({ name: "validation_error" }),
    ]);
  });
});

describe("many at once", () => {
  it("deleting a database six times at once, and 60 keys at once, make no 5xx but a 503", async () => {
    const { name, key: own } = await api.database();
    const keys = await Promise.all(
      Array.from({ length: 60 }, (_, n) => api.call("POST", "/v1/api-keys", { name: `k${n}` }, { key: own })),
    );
    expect(keys.filter(({ status }) => ![201, 409, 503].includes(status))).toEqual([]);
    const deleted = await Promise.all(Array.from({ length: 6 }, () => api.call("DELETE", `/v1/databases/${name}`)));
    expect(deleted.filter(({ status }) => ![200, 404, 409, 503].includes(status))).toEqual([]);
  });
});
