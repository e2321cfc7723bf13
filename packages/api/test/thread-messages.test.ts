import { tick } from "@posthouse/core/tick/run";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { dying } from "../../../test/support/dying.ts";
import { createApp } from "../src/app.ts";
import { type Api, type CallOptions, startApi } from "./client.ts";

let api: Api;
let name: string;
let key: string;
beforeAll(async () => {
  api = await startApi();
});
beforeEach(async () => {
  ({ name, key } = await api.database());
});
afterAll(() => api.close());

const record = "/v1/threads/helpdesk.ticket/7";
const message = { author: '"Mary" <mary@customer.example>', subject: "Hello", text: "Hello there." };
const post = (body: object = message, options: CallOptions = {}) =>
  api.call("POST", `${record}/messages`, body, { key, ...options });
const follow = async (...addresses: string[]) => {
  for (const address of addresses)
    expect((await api.call("PUT", `${record}/followers/${address}`, {}, { key })).status).toBe(200);
};
const emails = async () => (await api.call("GET", "/v1/emails", undefined, { key })).body.data;

describe("POST /v1/threads/{model}/{record_id}/messages", () => {
  it("R-NOT-2 makes the thread where there is none, stores the message and tells the followers", async () => {
    const first = await post();
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({
      object: "message",
      id: expect.stringMatching(/^msg_/),
      thread: { model: "helpdesk.ticket", record_id: "7" },
      author: { name: "Mary", address: "mary@customer.example" },
      subtype: "comment",
      notifications: { emails: 0, held: 0, inbox: 0, pending: 0, not_sent: [], not_sent_count: 0 },
    });
    await follow("joe@example.net", "mary@customer.example");
    const { body } = await post({ ...message, html: "<p>Hi</p>", attachments: [{ content: "QQ==" }] });
    expect(body).toMatchObject({ notifications: { emails: 1 } });
    expect(await emails()).toMatchObject([{ to: ["joe@example.net"], subject: "Hello" }]);
    const { body: listed } = await api.call("GET", `${record}/messages`, undefined, { key });
    expect(listed.data.map(({ id }) => id)).toEqual([first.body.id, body.id]);
    expect(listed.data[1]).toMatchObject({ attachments: [{ filename: "attachment-1" }], html: "<p>Hi</p>" });
  });

  it.each([
    [{ author: message.author }, "missing_required_field", 422],
    [{ text: "x" }, "missing_required_field", 422],
    [{ ...message, author: "nobody" }, "validation_error", 400],
    [{ ...message, author: "a@b.example, c@d.example" }, "validation_error", 400],
    [{ ...message, author: "a@b.example\r\nBcc: x@y.example" }, "invalid_header", 422],
    [{ ...message, subject: "a\nb" }, "invalid_header", 422],
    [{ ...message, subtype: "No Such" }, "invalid_parameter", 422],
    [{ ...message, attachments: [{ content: "?" }] }, "invalid_attachment", 422],
    [{ ...message, unknown: 1 }, "validation_error", 400],
  ])("refuses %j: %s, and stores nothing", async (body, error, status) => {
    const answer = await post(body);
    expect([answer.status, answer.body.name]).toEqual([status, error]);
    expect((await api.call("GET", record, undefined, { key })).status).toBe(404);
  });

  it("says what a record is to be called", async () => {
    const { status, body } = await api.call("POST", "/v1/threads/No%20Model/7/messages", message, { key });
    expect([status, body.name, body.details.field]).toEqual([422, "invalid_parameter", "model"]);
  });

  it("R-LIM-4 tells the poster who was not told, and when the limit is reset", async () => {
    await api.call("PATCH", `/v1/databases/${name}`, { daily_limit: 1 });
    await follow("a@example.net", "b@example.net");
    const { status, body } = await post();
    expect(status).toBe(201);
    expect(body).toMatchObject({
      notifications: {
        emails: 1,
        not_sent: [{ address: "b@example.net", reason: "daily_quota_exceeded", resets_at: expect.any(String) }],
        not_sent_count: 1,
      },
    });
  });

  it("R-NOT-4 with one idempotency key is posted once and told once, and answered the same", async () => {
    await follow("a@example.net", "b@example.net");
    const headers = { "idempotency-key": "once" };
    const first = await post(message, { headers });
    expect((await post(message, { headers })).text).toBe(first.text);
    expect((await post({ ...message, text: "x" }, { headers })).body.name).toBe("invalid_idempotent_request");
    expect(await emails()).toHaveLength(2);
  });

  it("is for keys that may send, held to the domains they are bound to", async () => {
    await follow("a@example.net");
    const made = async (body: object) => (await api.call("POST", "/v1/api-keys", { name: "x", ...body }, { key })).body;
    const sending = await made({ permission: "sending_access" });
    expect((await post(message, { key: sending.token })).status).toBe(201);
    expect((await api.call("GET", `${record}/messages`, undefined, { key: sending.token })).status).toBe(401);
    const reading = await made({ permission: "read_access" });
    expect((await post(message, { key: reading.token })).body.name).toBe("restricted_api_key");
    await api.call("POST", "/v1/domains", { name: "company.com" }, { key });
    const bound = await made({ permission: "sending_access", domains: ["company.com"] });
    const before = await emails();
    expect((await post(message, { key: bound.token })).body.name).toBe("from_not_allowed");
    expect(await emails()).toEqual(before);
  });

  it("is refused by a paused database", async () => {
    await api.call("PATCH", `/v1/databases/${name}`, { status: "paused" });
    expect((await post()).body.name).toBe("database_paused");
  });

  it("G5 is of its own database alone, though another has a record of that name", async () => {
    await follow("a@example.net");
    const other = await api.database();
    expect((await post(message, { key: other.key })).body).toMatchObject({ notifications: { emails: 0 } });
    expect(await emails()).toEqual([]);
    expect((await api.call("GET", `${record}/messages`, undefined, { key })).body.data).toEqual([]);
  });
});

describe("R-NOT-4 a posting with an idempotency key, killed between any two of its writes", () => {
  it("is posted once and told once when it is made again", async () => {
    const headers = { authorization: "", "content-type": "application/json", "idempotency-key": "k" };
    let finished = false;
    for (let calls = 0; !finished; calls++) {
      ({ name, key } = await api.database());
      await follow("a@example.net", "b@example.net");
      headers.authorization = `Bearer ${key}`;
      const process = dying(api.machine.ports, calls, "after");
      const app = createApp({ ...process.ports, operatorKey: api.operatorKey });
      await app.request(`${record}/messages`, { method: "POST", headers, body: JSON.stringify(message) });
      finished = process.writes() <= calls;
      // Until then the first request may still be under way
      api.machine.advance(61_000);
      const { status, body } = await post(message, { headers: { "idempotency-key": "k" } });
      expect(status, `${calls} writes`).toBe(201);
      expect(body).toMatchObject({ notifications: { emails: 2, pending: 0 } });
      // A batch that was accepted and cut short is finished by the tick
      await tick(api.machine.ports);
      expect(await emails()).toHaveLength(2);
      const { data } = (await api.call("GET", `${record}/messages`, undefined, { key })).body;
      expect(data.map(({ id }) => id)).toEqual([body.id]);
    }
  }, 90_000);
});
