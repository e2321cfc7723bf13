import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Api, startApi } from "./client.ts";

let api: Api;
let name: string;
let key: string;
let catchall: string;
beforeAll(async () => {
  api = await startApi();
});
beforeEach(async () => {
  ({ name, key } = await api.database());
  catchall = `catchall@${name}.posthouse.test`;
});
afterAll(() => api.close());

const mail = { to: "a@b.example", subject: "x", text: "y" };
const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  api.call("POST", path, body, { key, headers });
const get = (path: string) => api.call("GET", path, undefined, { key });
/** Reply-To on the wire. */
const replyTo = async (id: string) => /^Reply-To: (.*)\r$/m.exec((await get(`/v1/emails/${id}/raw`)).text)?.[1] ?? "";
const tokened = () => new RegExp(`^${catchall.replace("@", "\\+[0-9a-z]{26}-[0-9a-f]{16}@")}$`);

describe("R-REW-4 `thread` of an email", () => {
  it("is taken with a record id of text or a whole number, by emails, batches and previews", async () => {
    const [text, number] = ["7", 7].map((record_id) => ({ ...mail, thread: { model: "crm.lead", record_id } }));
    const one = await post("/v1/emails", text);
    const batch = await post("/v1/emails/batch", [number, mail]);
    expect([one.status, batch.status]).toEqual([200, 200]);
    const [second, plain] = batch.body.data;
    for (const id of [one.body.id, second?.id ?? ""]) {
      expect(await replyTo(id)).toMatch(tokened());
      expect((await get(`/v1/emails/${id}`)).body.reply_to).toEqual([catchall]);
    }
    expect(await replyTo(plain?.id ?? "")).toBe(catchall);
    const { body } = await post("/v1/emails/preview", text);
    expect(body).toMatchObject({ object: "preview", reply_to: [catchall] });
  });

  it("R-IN-1 is shown with the email and its preview, and is not made by an email that is refused", async () => {
    const [first, second] = ["7", "8"].map((record_id) => ({ ...mail, thread: { model: "crm.lead", record_id } }));
    const { id } = (await post("/v1/emails", first)).body;
    expect((await get(`/v1/emails/${id}`)).body.thread).toEqual(first?.thread);
    expect((await post("/v1/emails/preview", second)).body.thread).toEqual(second?.thread);
    await api.call("PATCH", `/v1/databases/${name}`, { daily_limit: 1 });
    expect((await post("/v1/emails", second)).status).toBe(429);
    expect((await get("/v1/threads/crm.lead/8")).status).toBe(404);
  });

  it("is said of a raw message in the query, whole or not at all", async () => {
    const message = "From: me@foreign.example\r\nTo: bob@b.example\r\nSubject: Hello\r\n\r\nHi\r\n";
    const raw = (query: string) => post(`/v1/emails/raw?${query}`, message, { "content-type": "message/rfc822" });
    const { status, body } = await raw("thread_model=crm.lead&thread_record_id=7");
    expect(status).toBe(200);
    expect(await replyTo(body.id)).toMatch(tokened());
    for (const [query, field] of [
      ["thread_model=crm.lead", "thread_record_id"],
      ["thread_record_id=7", "thread_model"],
    ])
      expect(await raw(query ?? "")).toMatchObject({
        status: 422,
        body: { name: "missing_required_field", details: { field } },
      });
  });

  it.each([
    [{ model: "Crm Lead", record_id: "7" }, "model"],
    [{ model: "crm.lead", record_id: "a\nb" }, "record_id"],
  ])("%j is refused", async (thread, field) => {
    expect(await post("/v1/emails", { ...mail, thread })).toMatchObject({
      status: 422,
      body: { name: "invalid_parameter", details: { field } },
    });
  });

  it.each([{ model: "crm.lead" }, { model: "crm.lead", record_id: 1.5 }, { model: "crm.lead", record_id: "" }])(
    "%j is no thread",
    async (thread) => {
      expect((await post("/v1/emails", { ...mail, thread })).status).toBeGreaterThanOrEqual(400);
      expect((await get("/v1/emails")).body.data).toEqual([]);
    },
  );
});
