import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Api, startApi } from "./client.ts";

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const news = { kind: "mass", subject: "News", text: "Hello" };
const setUp = async (limit = 50) => {
  const { key } = await api.database(undefined, { daily_limit: limit });
  return (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    api.call(method, path, body, { key, headers });
};

describe("R-KIND-3 mass mail over the API", () => {
  it("to several: ids, those left out with their reasons, and an email each", async () => {
    const call = await setUp();
    const to = ["a@b.example", "c@d.example", "A@b.example", "nobody"];
    const { status, body } = await call("POST", "/v1/emails", { ...news, to });
    expect([status, body.id]).toEqual([200, (body["ids"] as string[])[0]]);
    expect(body["suppressed"]).toEqual([
      { address: "A@b.example", reason: "duplicate" },
      { address: "nobody", reason: "address_invalid" },
    ]);
    const shown = await Promise.all((body["ids"] as string[]).map((id) => call("GET", `/v1/emails/${id}`)));
    expect(shown.map(({ body }) => [body["to"], body["kind"]])).toEqual([
      [["a@b.example"], "mass"],
      [["c@d.example"], "mass"],
    ]);
    expect((await call("GET", "/v1/usage")).body["used"]).toBe(2);
  });

  it("an idempotency key gives the same ids again", async () => {
    const call = await setUp();
    const send = () =>
      call("POST", "/v1/emails", { ...news, to: ["a@b.example", "c@d.example"] }, { "idempotency-key": "k" });
    const first = await send();
    expect((await send()).body).toEqual(first.body);
  });

  it("R-LIM-3 all or nothing against the daily limit", async () => {
    const call = await setUp(2);
    const { status, body } = await call("POST", "/v1/emails", {
      ...news,
      to: ["a@b.example", "c@d.example", "e@f.example"],
    });
    expect([status, body.name]).toEqual([429, "daily_quota_exceeded"]);
    expect((await call("GET", "/v1/emails")).body.data).toEqual([]);
  });

  it("a message of the application's own goes to each of the envelope; list_unsubscribe=false is heard", async () => {
    const call = await setUp();
    const message = "To: Our customers <news@customers.example>\r\nSubject: News\r\n\r\nHello\r\n";
    const path = "/v1/emails/raw?kind=mass&list_unsubscribe=false&to=a@b.example&to=c@d.example";
    const { status, body } = await call("POST", path, message, { "content-type": "message/rfc822" });
    expect([status, (body["ids"] as string[]).length]).toEqual([200, 2]);
    for (const id of body["ids"] as string[]) {
      const { text } = await call("GET", `/v1/emails/${id}/raw`);
      expect(text).toContain("To: Our customers <news@customers.example>");
      expect(text).toContain("Precedence: bulk");
      expect(text).not.toContain("List-Unsubscribe");
    }
  });

  it.each([
    ["its only recipient in Cc", "Cc: a@b.example"],
    ["one in Bcc, and one in Cc", "Bcc: a@b.example\r\nCc: c@d.example"],
    [
      "8,800 recipients, of which one counts",
      `To: ${Array.from({ length: 400 }, () => `a@b.example, x${", y".repeat(20)}`).join(",\r\n ")}`,
    ],
  ])("a message of the application's own with %s is refused", async (_, to) => {
    const call = await setUp();
    const message = `From: x@y.example\r\n${to}\r\nSubject: News\r\n\r\nHello\r\n`;
    const { status, body } = await call("POST", "/v1/emails/raw?kind=mass", message, {
      "content-type": "message/rfc822",
    });
    expect([status, body.name]).toEqual([422, "invalid_parameter"]);
  });

  it("a single mail with a copy is refused as one to several is, by its preview too", async () => {
    const call = await setUp();
    for (const copy of [{ cc: "c@d.example" }, { bcc: ["c@d.example"] }])
      for (const path of ["/v1/emails", "/v1/emails/preview"]) {
        const { status, body } = await call("POST", path, { ...news, to: "a@b.example", ...copy });
        expect([status, body.name]).toEqual([422, "invalid_parameter"]);
      }
  });

  it("a preview of mail to several is one decision", async () => {
    const call = await setUp();
    const { status, body } = await call("POST", "/v1/emails/preview", { ...news, to: ["a@b.example", "c@d.example"] });
    expect([status, body["rule"]]).toEqual([200, "platform"]);
  });
});
