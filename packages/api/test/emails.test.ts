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

const mail = { to: "Bob <bob@b.example>", subject: "Hello", text: "Hi" };
const call = (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
  api.call(method, path, body, { key, ...(headers && { headers }) });

describe("emails", () => {
  it("a mail is accepted, found, listed and shown as MIME", async () => {
    const sent = await call("POST", "/v1/emails", { ...mail, html: "<p>Hi</p>", tags: [{ name: "a", value: "b" }] });
    expect(sent).toMatchObject({ status: 200, body: { id: expect.stringMatching(/^em_/) } });
    expect(Object.keys(sent.body)).toEqual(["id", "message_id"]);
    const { body } = await call("GET", `/v1/emails/${sent.body.id}`);
    expect(body).toMatchObject({
      from: expect.stringContaining(`notifications@${name}.posthouse.test`),
      reply_to: [`catchall@${name}.posthouse.test`],
      last_event: "queued",
      rule: "platform",
      recipients: [{ address: "bob@b.example", state: "queued" }],
      tags: [{ name: "a", value: "b" }],
    });
    expect((await call("GET", "/v1/emails")).body.data).toMatchObject([{ id: sent.body.id, status: "queued" }]);
    const raw = await call("GET", `/v1/emails/${sent.body.id}/raw`);
    expect(raw.headers.get("content-type")).toBe("message/rfc822");
    expect(raw.text).toContain("Subject: Hello\r\n");
  });

  it("one address or a list, for each field", async () => {
    const { body } = await call("POST", "/v1/emails", {
      ...mail,
      to: ["a@b.example"],
      cc: "c@d.example",
      bcc: ["e@f.example"],
      reply_to: "r@b.example",
    });
    expect((await call("GET", `/v1/emails/${body.id}`)).body).toMatchObject({
      to: ["a@b.example"],
      cc: ["c@d.example"],
      bcc: ["e@f.example"],
      reply_to: ["r@b.example"],
    });
  });

  it("R-SEL-10 a preview says who would send and why, and stores nothing", async () => {
    const { body } = await call("POST", "/v1/emails/preview", { ...mail, from: "Mary <mary@customer.example.com>" });
    expect(body).toMatchObject({
      server: null,
      rule: "platform",
      from: `"Mary" <notifications@${name}.posthouse.test>`,
      overridden: true,
      considered: [{ taken: true }],
    });
    expect((await call("GET", "/v1/emails")).body.data).toEqual([]);
    expect((await call("GET", "/v1/usage")).body.used).toBe(0);
  });

  it("a preview reads the time it is scheduled for", async () => {
    await api.call("PATCH", `/v1/databases/${name}`, { daily_limit: 1 });
    await call("POST", "/v1/emails", mail);
    const preview = (scheduled_at?: string) => call("POST", "/v1/emails/preview", { ...mail, scheduled_at });
    expect((await preview()).body).toMatchObject({ would_refuse: { name: "daily_quota_exceeded" } });
    expect((await preview("in 1 hour")).body).not.toHaveProperty("would_refuse");
    expect(await preview("soonish")).toMatchObject({ status: 422, body: { details: { field: "scheduled_at" } } });
  });

  it("the list filters and pages", async () => {
    const ids: string[] = [];
    for (const to of ["a@b.example", "c@d.example", "a@b.example"])
      ids.unshift((await call("POST", "/v1/emails", { ...mail, to })).body.id);
    const list = async (query: string) => (await call("GET", `/v1/emails?${query}`)).body.data.map((each) => each.id);
    expect(await list("")).toEqual(ids);
    expect(await list("recipient=a@b.example")).toEqual([ids[0], ids[2]]);
    expect(await list("kind=mass")).toEqual([]);
    expect(await list("status=queued&limit=1")).toEqual([ids[0]]);
    expect(await list(`after=${ids[0]}`)).toEqual(ids.slice(1));
    expect(await list(`before=${ids[2]}`)).toEqual(ids.slice(0, 2));
    for (const query of ["status=lost", "attention=maybe", "after=x", "recipient="])
      expect((await call("GET", `/v1/emails?${query}`)).status).toBeOneOf([400, 422]);
  });

  it("the same idempotency key gets the first answer, whatever the order of fields; another body is a conflict", async () => {
    const header = { "idempotency-key": "once" };
    const first = await call("POST", "/v1/emails", { ...mail, headers: { "X-A": "1", "X-B": "2" } }, header);
    const again = await call(
      "POST",
      "/v1/emails",
      { text: "Hi", headers: { "X-B": "2", "X-A": "1" }, subject: "Hello", to: mail.to },
      header,
    );
    expect(again.body).toEqual(first.body);
    expect((await call("GET", "/v1/emails")).body.data).toHaveLength(1);
    const other = await call("POST", "/v1/emails", { ...mail, subject: "Other" }, header);
    expect(other).toMatchObject({ status: 409, body: { name: "invalid_idempotent_request" } });
    for (const wrong of ["", "x".repeat(257)])
      expect(await call("POST", "/v1/emails", mail, { "idempotency-key": wrong })).toMatchObject({
        status: 400,
        body: { name: "invalid_idempotency_key" },
      });
    expect((await call("POST", "/v1/emails", mail, { "idempotency-key": "x".repeat(256) })).status).toBe(200);
  });

  it.each([
    [{ template: { id: "x" } }, "template"],
    [{ topic_id: "x" }, "topic_id"],
    [{ attachments: [{ filename: "a", content: "", path: "https://x.example/a" }] }, "attachments[0].path"],
    [{ attachments: [{ filename: "a", content: "", upload: "up_1" }] }, "attachments[0].upload"],
  ])("%j is refused, not ignored", async (extra, field) => {
    const { status, body } = await call("POST", "/v1/emails", { ...mail, ...extra });
    expect([status, body.name, body.details.field]).toEqual([422, "invalid_parameter", field]);
    expect((await call("POST", "/v1/emails", { ...mail, topic_id: null })).status).toBe(200);
  });

  it("R-REW-6 a line break in any value that becomes a header is refused", async () => {
    const breaks = ["\r\nBcc: x@evil.example", "\n", "\r", "\u0000"];
    const places: ((text: string) => object)[] = [
      (text) => ({ subject: `a${text}` }),
      (text) => ({ from: `"a${text}" <a@b.example>` }),
      (text) => ({ to: `"a${text}" <a@b.example>` }),
      (text) => ({ cc: [`a@b.example${text}`] }),
      (text) => ({ bcc: `a${text}@b.example` }),
      (text) => ({ reply_to: `a@b.example${text}` }),
      (text) => ({ headers: { "X-A": `a${text}` } }),
      (text) => ({ headers: { [`X-A${text}`]: "a" } }),
      (text) => ({ message_id: `<a${text}@b.example>` }),
      (text) => ({ attachments: [{ filename: `a${text}`, content: "" }] }),
      (text) => ({ attachments: [{ filename: "a", content: "", content_type: `text/plain${text}` }] }),
      (text) => ({ attachments: [{ filename: "a", content: "", content_id: `a${text}` }] }),
      (text) => ({ tags: [{ name: `a${text}`, value: "b" }] }),
      (text) => ({ creator: `a@b.example${text}` }),
    ];
    for (const place of places)
      for (const text of breaks) {
        const { status } = await call("POST", "/v1/emails", { ...mail, ...place(text) });
        expect(status, JSON.stringify(place(text))).toBe(422);
      }
    expect((await call("GET", "/v1/emails")).body.data).toEqual([]);
  });

  it("R-LIM-4 at the limit the answer says when to come back", async () => {
    await api.call("PATCH", `/v1/databases/${name}`, { daily_limit: 1 });
    await call("POST", "/v1/emails", mail);
    const { status, body, headers } = await call("POST", "/v1/emails", mail);
    expect([status, body.name]).toEqual([429, "daily_quota_exceeded"]);
    const wait = (Date.parse(body.details.resets_at) - api.machine.ports.clock.now()) / 1000;
    expect(Math.abs(Number(headers.get("retry-after")) - wait)).toBeLessThan(60);
    expect((await call("GET", "/v1/usage")).body).toMatchObject({
      used: 1,
      remaining: 0,
      emails: { daily: { used: 1, limit: 1 }, monthly: { used: 1 } },
    });
  });

  it("warnings and suppressed recipients are told where there are any", async () => {
    const server = await call("POST", "/v1/servers", {
      name: "forced",
      host: "smtp.company.com",
      from_filter: "company.com",
    });
    const { body } = await call("POST", "/v1/emails", { ...mail, from: "a@other.example", server: server.body.id });
    expect(body.warnings.map((each) => each.name)).toContain("from_not_covered");
  });
});
