import type { LambdaEvent } from "hono/aws-lambda";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { lambda } from "../src/lambda.ts";
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

const message = "From: me@foreign.example\r\nTo: Bob <bob@b.example>\r\nSubject: Hello\r\n\r\nHi\r\n";
const type = { "content-type": "message/rfc822" };
const send = (query = "", text = message, headers: Record<string, string> = {}) =>
  api.call("POST", `/v1/emails/raw${query}`, text, { key, headers: { ...type, ...headers } });
const show = async (id: string) => (await api.call("GET", `/v1/emails/${id}`, undefined, { key })).body;

describe("POST /v1/emails/raw", () => {
  it("takes a message, and its envelope in the query", async () => {
    const { status, body } = await send("?to=a@b.example&to=bob@b.example&kind=transactional&expires_in=600");
    expect([status, Object.keys(body)]).toEqual([200, ["id", "message_id"]]);
    expect(await show(body.id)).toMatchObject({
      from: `"me" <notifications@${name}.posthouse.test>`,
      to: ["bob@b.example"],
      bcc: ["a@b.example"],
      subject: "Hello",
      last_event: "queued",
    });
    const raw = await api.call("GET", `/v1/emails/${body.id}/raw`, undefined, { key });
    expect(raw.text).toMatch(/^From: "me" <notifications@.*>\r\nTo: Bob <bob@b.example>\r\nSubject: Hello\r\n/);
    expect((await api.call("GET", "/v1/usage", undefined, { key })).body).toMatchObject({ used: 2 });
  });

  it("the same key and message get the first answer, another message or envelope is a conflict", async () => {
    const once = { "idempotency-key": "once" };
    const first = await send("?to=a@b.example", message, once);
    expect((await send("?to=a@b.example", message, once)).body).toEqual(first.body);
    for (const [query, text] of [
      ["?to=c@d.example", message],
      ["?to=a@b.example", message.replace("Hi", "Ho")],
    ])
      expect((await send(query, text, once)).body.name).toBe("invalid_idempotent_request");
    expect((await api.call("GET", "/v1/emails", undefined, { key })).body.data).toHaveLength(1);
  });

  it.each([
    ["?foo=1", message, type, 400, "validation_error"],
    ["?from=a@b.example&from=c@d.example", message, type, 400, "validation_error"],
    ["?expires_in=soon", message, type, 400, "validation_error"],
    ["?scheduled_at=yesterday", message, type, 422, "invalid_parameter"],
    ["?server=srv_x", message, type, 422, "unknown_server"],
    ["", message, { "content-type": "application/json" }, 400, "validation_error"],
    ["", message, { "content-type": "text/plain" }, 400, "validation_error"],
    ["", "Subject: x\r\n\r\n", type, 422, "missing_required_field"],
    ["", "", type, 422, "missing_required_field"],
    ["?to=x", message, type, 422, "invalid_parameter"],
    ["", `To: a@b.example\r\nTo: c@d.example\r\n\r\n`, type, 422, "invalid_header"],
    ["", "x".repeat(7_000_000), type, 413, "request_too_large"],
  ])("%s %.40j as %j: %i %s", async (query, text, headers, status, error) => {
    const answer = await api.call("POST", `/v1/emails/raw${query}`, text, { key, headers });
    expect([answer.status, answer.body.name]).toEqual([status, error]);
  });

  it("and nothing else takes a message for JSON", async () => {
    for (const path of ["/v1/emails", "/v1/emails/preview", "/v1/companies"]) {
      const { status, body } = await api.call("POST", path, message, { key, headers: type });
      expect([status, body.message]).toEqual([400, expect.stringContaining("as JSON")]);
    }
  });

  it("may be used by a key that only sends, held to its domains", async () => {
    await api.call("POST", "/v1/domains", { name: "company.com" }, { key });
    const bound = { name: "s", permission: "sending_access", domains: ["company.com"] };
    const made = await api.call("POST", "/v1/api-keys", bound, { key });
    const answer = await api.call("POST", "/v1/emails/raw", message, { key: made.body.token, headers: type });
    expect([answer.status, answer.body.name]).toEqual([403, "from_not_allowed"]);
  });
});

describe("through API Gateway", () => {
  const event = (method: string, path: string, query: string, body?: Buffer) =>
    ({
      version: "2.0",
      rawPath: path,
      rawQueryString: query,
      headers: { ...type, authorization: `Bearer ${key}` },
      requestContext: { http: { method, path }, domainName: "localhost" },
      body: body?.toString("base64") ?? null,
      isBase64Encoded: body !== undefined,
    }) as unknown as LambdaEvent;
  const answer = async (given: LambdaEvent) =>
    (await lambda(api.app)(given)) as { statusCode: number; body: string; isBase64Encoded: boolean };

  it("each octet comes in and goes out as it is", async () => {
    const octets = Buffer.from(Array.from({ length: 255 }, (_, n) => n + 1).filter((n) => n !== 10 && n !== 13));
    const mime = Buffer.concat([Buffer.from("To: a@b.example\r\nContent-Type: text/plain\r\n\r\n"), octets]);
    const sent = await answer(event("POST", "/v1/emails/raw", "to=a%40b.example&to=c%40d.example", mime));
    expect(sent.statusCode).toBe(200);
    const { id } = JSON.parse(sent.body) as { id: string };
    const raw = await answer(event("GET", `/v1/emails/${id}/raw`, ""));
    expect(raw.isBase64Encoded).toBe(true);
    const shown = Buffer.from(raw.body, "base64");
    expect(shown.subarray(shown.indexOf("\r\n\r\n") + 4)).toEqual(Buffer.concat([octets, Buffer.from("\r\n")]));
    expect((await show(id))["recipients"]).toHaveLength(2);
  });
});
