import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Api, startApi } from "./client.ts";

let api: Api;
let key: string;
beforeAll(async () => {
  api = await startApi();
});
beforeEach(async () => {
  ({ key } = await api.database());
});
afterAll(() => api.close());

const call = (method: string, path: string, body?: unknown, as = key) =>
  api.call(method, `/v1${path}`, body, { key: as });
const ticket = "/threads/helpdesk.ticket/7";
const post = (body: object = {}) =>
  call("POST", `${ticket}/messages`, { author: "mary@b.example", text: "Hi.", ...body });

describe("/v1/threads", () => {
  it("R-NOT makes the thread of a record, changes what is given, and deletes it", async () => {
    const made = await call("PUT", ticket, { name: "Ticket 7" });
    const shown = {
      object: "thread",
      model: "helpdesk.ticket",
      record_id: "7",
      name: "Ticket 7",
      new: false,
      followers: 0,
    };
    expect([made.status, made.body]).toMatchObject([200, shown]);
    const { id: company } = (await call("POST", "/companies", { name: "Other" })).body;
    expect((await call("PUT", ticket, { company })).body).toEqual({ ...made.body, company });
    expect((await call("GET", ticket)).body).toEqual({ ...made.body, company });
    const gone = await call("DELETE", ticket);
    expect(gone.body).toEqual({ object: "thread", id: made.body.id, deleted: true });
    expect((await call("GET", ticket)).body).toMatchObject({ name: "not_found" });
    expect((await call("DELETE", ticket)).status).toBe(404);
  });

  it("R-REW-4 takes a routing alias of its own model, by id or address, and none", async () => {
    const alias = (model: string, name: string) => call("POST", "/aliases", { name, model });
    const [own, foreign] = [await alias("helpdesk.ticket", "help"), await alias("crm.lead", "sales")];
    const address = String(own.body["address"]);
    for (const named of [own.body.id, address, address.toUpperCase()])
      expect((await call("PUT", ticket, { alias: named })).body).toMatchObject({ alias: address });
    for (const named of [foreign.body.id, "nobody@b.example", "x"])
      expect(await call("PUT", ticket, { alias: named })).toMatchObject({
        status: 422,
        body: { name: "invalid_parameter", details: { field: "alias" } },
      });
    expect((await call("PUT", ticket, { alias: null })).body).toMatchObject({ alias: null });
  });

  it("R-NOT takes any record id of printable characters, in its path as in a body", async () => {
    for (const record of ["a/b", "ä 漢", "50%", "?x=1"]) {
      const path = `/threads/a.b/${encodeURIComponent(record)}`;
      expect((await call("PUT", path, {})).body).toMatchObject({ record_id: record });
      expect((await call("GET", path)).body).toMatchObject({ record_id: record });
    }
    for (const path of [
      "/threads/A.B/1",
      `/threads/a.b/${encodeURIComponent("a\n")}`,
      `/threads/a.b/${"x".repeat(101)}`,
    ])
      expect((await call("PUT", path, {})).body).toMatchObject({ name: "invalid_parameter" });
  });

  it("R-NOT-1 has followers, whose preference is checked", async () => {
    const mary = `${ticket}/followers/mary@b.example`;
    const made = await call("PUT", mary, { name: "Mary" });
    const shown = { object: "follower", address: "mary@b.example", name: "Mary", user: false, notify: null };
    expect([made.status, made.body]).toMatchObject([200, { ...shown, subtypes: ["comment"] }]);
    expect((await call("PUT", mary, { notify: "inbox" })).body).toMatchObject({
      name: "invalid_parameter",
      message: expect.stringContaining("only users have an inbox"),
    });
    for (const [field, value] of [
      ["subtypes", []],
      ["subtypes", Array.from({ length: 21 }, (_, n) => `s${n}`)],
      ["subtypes", ["A b"]],
      ["notify", "pager"],
    ] as const)
      expect((await call("PUT", mary, { [field]: value })).status, field).toBe(422);
    expect((await call("PUT", `${ticket}/followers/nobody`, {})).status).toBe(422);
    expect((await call("GET", mary)).body).toEqual(made.body);
    expect((await call("GET", `${ticket}/followers`)).body).toMatchObject({ data: [made.body], has_more: false });
    expect((await call("DELETE", mary)).body).toEqual({ object: "follower", address: "mary@b.example", deleted: true });
    expect((await call("GET", mary)).status).toBe(404);
  });

  it("R-NOT-2 lists its messages with what became of telling them, and gives their files", async () => {
    await call("PUT", `${ticket}/followers/tom@b.example`, {});
    const attachments = [{ filename: 'a "b".txt', content: Buffer.from("hello").toString("base64") }];
    const { body: posted } = await post({ attachments });
    await post({ subtype: "note", text: "Internal." });
    const { body } = await call("GET", `${ticket}/messages`);
    expect(body.data).toMatchObject([
      { object: "message", id: posted.id, text: "Hi.", attachments: [{ n: 0, filename: 'a "b".txt', size: 5 }] },
      { subtype: "note", notifications: { emails: 0, data: [] } },
    ]);
    const told = body.data[0]?.["notifications"] as { data: { email_id: string }[] } | undefined;
    const email = told?.data[0];
    expect(email).toMatchObject({ address: "tom@b.example", state: "queued", failure_type: null });
    expect((await call("GET", `/emails/${email?.email_id}`)).body).toMatchObject({ to: ["tom@b.example"] });
    const path = `${ticket}/messages/${posted.id}`;
    expect((await call("GET", path)).body).toEqual(body.data[0]);
    expect((await call("GET", `${path}/notifications`)).body.data).toEqual([email]);
    const file = await call("GET", `${path}/attachments/0`);
    expect([file.text, file.headers.get("content-type")]).toEqual(["hello", "application/octet-stream"]);
    expect(file.headers.get("content-disposition")).toMatch(/^attachment; filename="a _b_\.txt"/);
    expect((await call("GET", `${path}/attachments/1`)).status).toBe(404);
    expect((await call("GET", `${ticket}/messages/msg_x`)).status).toBe(404);
    expect((await call("GET", `${ticket}/messages?after=x`)).body).toMatchObject({ name: "invalid_parameter" });
  });

  it("R-NOT-1 what is no address in a path is not found, and a list goes on from none", async () => {
    await call("PUT", `${ticket}/followers/tom@b.example`, {});
    for (const named of ["%20", "%00", "x".repeat(1_100)])
      for (const path of [`/users/${named}`, `${ticket}/followers/${named}`])
        for (const method of ["GET", "DELETE"])
          expect((await call(method, path)).body, `${method} ${path}`).toMatchObject({ name: "not_found" });
    const wide = encodeURIComponent("漢".repeat(320));
    for (const path of [`/users?after=${wide}`, `${ticket}/followers?before=${wide}`, `/inbox?user=${wide}`])
      expect((await call("GET", path)).body, path).toMatchObject({ name: "invalid_parameter" });
  });
});

describe("/v1/users and /v1/inbox", () => {
  it("R-NOT-1 a user is made, changed, listed and deleted", async () => {
    const ann = await call("PUT", "/users/Ann@Company.com", { name: "Ann" });
    expect(ann.body).toMatchObject({ object: "user", address: "ann@company.com", name: "Ann", notify: "email" });
    expect((await call("PUT", "/users/ann@company.com", { notify: "inbox" })).body).toMatchObject({ notify: "inbox" });
    expect((await call("GET", "/users?limit=1")).body).toMatchObject({ data: [{ notify: "inbox" }], has_more: false });
    expect((await call("PUT", "/users/ann", {})).body).toMatchObject({ name: "invalid_parameter" });
    expect((await call("PUT", "/users/a@b.example", { notify: null })).status).toBe(422);
    const gone = { object: "user", address: "ann@company.com", deleted: true };
    expect((await call("DELETE", "/users/ann@company.com")).body).toEqual(gone);
    expect((await call("GET", "/users/ann@company.com")).status).toBe(404);
  });

  it("R-NOT-1 a user is told in the inbox, and has it read", async () => {
    await call("PUT", "/users/ann@company.com", { notify: "inbox" });
    await call("PUT", `${ticket}/followers/ann@company.com`, {});
    await call("PUT", ticket, { name: "Ticket 7" });
    const { body: posted } = await post({ html: "<p>Hello <b>Ann</b></p>", text: undefined });
    const list = async (query = "") => (await call("GET", `/inbox?user=ann@company.com${query}`)).body.data;
    const [entry] = await list("&unread=true");
    expect(entry).toMatchObject({
      object: "inbox_entry",
      user: "ann@company.com",
      read_at: null,
      thread: { model: "helpdesk.ticket", record_id: "7", name: "Ticket 7" },
      message: { id: posted.id, excerpt: "Hello Ann" },
    });
    const read = await call("POST", `/inbox/${entry?.id}/read`);
    expect(read.body).toEqual({ ...entry, read_at: expect.any(String) });
    expect((await call("POST", `/inbox/${entry?.id}/read`)).body).toEqual(read.body);
    expect([await list("&unread=true"), await list()]).toEqual([[], [read.body]]);
    const other = await api.database();
    expect((await call("POST", `/inbox/${entry?.id}/read`, undefined, other.key)).status).toBe(404);
    expect((await call("GET", "/inbox")).body).toMatchObject({ name: "missing_required_field" });
  });
});
