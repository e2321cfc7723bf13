import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { written } from "../../../test/support/taking.ts";
import { type Api, startApi } from "./client.ts";

let api: Api;
let db: { name: string; key: string };
let D: string;
beforeAll(async () => {
  api = await startApi();
  db = await api.database();
  D = `${db.name}.posthouse.test`;
  await api.call("POST", "/v1/aliases", { name: "support", model: "helpdesk.ticket" }, { key: db.key });
});
afterAll(() => api.close());

const call = (method: string, path: string, body?: object, key = db.key) =>
  api.call(method, `/v1/received${path}`, body, { key });
const type = { "content-type": "message/rfc822" };
const hand = (raw: string, query = "", more: Record<string, string> = {}) =>
  api.call("POST", `/v1/received${query}`, raw, { key: db.key, headers: { ...type, ...more } });

describe("POST /v1/received", () => {
  it("R-IN-8 takes a mail by the rules of any other, once", async () => {
    const raw = written({ To: `support@${D}` });
    const first = await hand(raw);
    expect(first).toMatchObject({
      status: 201,
      body: { object: "received", status: "threaded", duplicate: false, route: { alias: `support@${D}` } },
    });
    const { id } = first.body;
    expect(first.body["ids"]).toEqual([id]);
    expect((await hand(raw)).body).toMatchObject({ id, duplicate: true });
  });

  it("R-IN-8 takes the envelope from the query", async () => {
    const { body } = await hand(written(), `?to=a@${D}&to=b@${D}&from=mary@customer.example`);
    expect((await call("GET", `/${body.id}`)).body).toMatchObject({
      recipients: [`a@${D}`, `b@${D}`],
      envelope_from: "mary@customer.example",
      source: "api",
      authentication: { dmarc: expect.any(Object) },
    });
  });

  it("R-IN-8 refuses recipients that are not the database's, says which field, and keeps nothing", async () => {
    const before = (await call("GET", "")).body.data.length;
    for (const [query, field] of [
      ["?to=a@gmail.com", "to[0]"],
      [`?to=a@${D}&to=a@other.posthouse.test`, "to[1]"],
      ["", "to"],
    ])
      expect((await hand(written({ To: "x@y.example" }), query)).body).toMatchObject({
        name: "invalid_parameter",
        details: { field },
      });
    expect((await hand("", `?to=a@${D}`, { "content-type": "application/json" })).status).toBe(400);
    expect((await call("GET", "")).body.data).toHaveLength(before);
  });
});

describe("GET /v1/received/{id}", () => {
  it("R-IN-6 shows what it says and its files, each to be saved", async () => {
    const boundary = 'multipart/mixed; boundary="b"';
    const file = 'Content-Type: text/html\nContent-Disposition: attachment; filename="offer.html"';
    const body = `--b\nContent-Type: text/plain\n\nSee the file.\n--b\n${file}\n\n<script>alert(1)</script>\n--b--`;
    const fields = { To: `"Us" <x@${D}>`, Cc: "b@c.example", "MIME-Version": "1.0", "Content-Type": boundary };
    const { id } = (await hand(written(fields, body).replaceAll("\n", "\r\n"))).body;
    const shown = await call("GET", `/${id}`);
    expect(shown.body).toMatchObject({
      to: [`"Us" <x@${D}>`],
      cc: ["b@c.example"],
      text: expect.stringContaining("See the file."),
      html: null,
      attachments: [{ n: 0, filename: "offer.html", content_type: "text/html", disposition: "attachment" }],
      route: { rule: "none", why: expect.any(String) },
    });
    const saved = await call("GET", `/${id}/attachments/0`);
    expect(saved.text).toContain("<script>");
    expect([saved.headers.get("content-type"), saved.headers.get("content-disposition")]).toEqual([
      "application/octet-stream",
      expect.stringContaining('attachment; filename="offer.html"'),
    ]);
    for (const n of ["1", "-1", "x", "1e3", "999999"])
      expect((await call("GET", `/${id}/attachments/${n}`)).status, n).toBe(404);
  });

  it("R-IN-6 gives a large file by a link", async () => {
    const content = "x".repeat(4_450_000);
    const file = 'Content-Type: text/plain; name="big.txt"\nContent-Disposition: attachment; filename="big.txt"';
    const raw = written({ To: `x@${D}`, "MIME-Version": "1.0" }).replace("\n\n", `\n${file}\n\n${content}`);
    const { id } = (await hand(raw)).body;
    const { status, headers } = await call("GET", `/${id}/attachments/0`);
    expect(status).toBe(303);
    const saved = await (await fetch(headers.get("location") ?? "")).text();
    expect(saved.length).toBeGreaterThan(4_400_000);
  });
});

describe("what the application does with it", () => {
  it("R-IN-6 names the record of a mail that made a new one, by an integer too", async () => {
    const { id } = (await hand(written({ To: `support@${D}` }))).body;
    const { body } = await call("POST", `/${id}/confirm`, { record_id: 41 });
    expect(body).toMatchObject({ route: { thread: { model: "helpdesk.ticket", record_id: "41", new: false } } });
    expect((await call("POST", `/${id}/confirm`, { record_id: "42" })).status).toBe(409);
    const thread = await api.call("GET", "/v1/threads/helpdesk.ticket/41", undefined, { key: db.key });
    expect(thread.body).toMatchObject({ object: "thread", new: false });
  });

  it("R-IN-4 routes it by hand, once", async () => {
    const { id } = (await hand(written({ To: `nobody@${D}` }))).body;
    expect((await call("POST", `/${id}/route`, {})).body).toMatchObject({ name: "missing_required_field" });
    expect((await call("POST", `/${id}/route`, { model: "Bad Model" })).status).toBe(422);
    const routed = await call("POST", `/${id}/route`, { model: "crm.lead", record_id: 7 });
    expect(routed.body).toMatchObject({ status: "threaded", route: { rule: "manual", thread: { record_id: "7" } } });
    expect((await call("POST", `/${id}/route`, { model: "crm.lead", record_id: 8 })).status).toBe(409);
  });

  it("R-LIM-2 is counted in what the database has used, and on no limit", async () => {
    const own = await api.database();
    const at = `?to=x@${own.name}.posthouse.test`;
    for (let n = 0; n < 2; n++) await api.call("POST", `/v1/received${at}`, written(), { key: own.key, headers: type });
    const { body } = await api.call("GET", "/v1/usage", undefined, { key: own.key });
    expect(body).toMatchObject({ used: 0, emails: { daily: { received: 2 }, monthly: { received: 2 } } });
  });
});
