import { Resend } from "resend";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ServedApi, serveApi } from "./client.ts";

let api: ServedApi;
let key: string;
let name: string;
let resend: Resend;
beforeAll(async () => {
  api = await serveApi();
});
beforeEach(async () => {
  ({ key, name } = await api.database());
  resend = new Resend(key, { baseUrl: api.baseUrl });
});
afterAll(() => api.close());

const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  api.call(method, path, body, { key, headers });
const csv = (path: string, text: string) => call("POST", path, text, { "content-type": "text/csv; charset=utf-8" });
const mail = { to: "dead@b.example", subject: "Hi", text: "Hi" };

describe("the official resend package, unchanged", () => {
  it("R-FAIL-5 adds, lists, gets and removes suppressions", async () => {
    const made = await resend.suppressions.add({ email: "Dead@b.example" });
    const id = made.data?.id ?? "";
    expect(made).toMatchObject({ error: null, data: { object: "suppression", id: expect.stringMatching(/^sup_/) } });
    expect((await resend.suppressions.add({ email: "dead@b.example" })).data?.id).toBe(id);
    for (const named of [id, "dead@b.example"])
      expect((await resend.suppressions.get(named)).data).toMatchObject({
        object: "suppression",
        id,
        email: "dead@b.example",
        origin: "manual",
        source_id: null,
        created_at: expect.any(String),
      });
    await resend.suppressions.add({ email: "z@b.example" });
    const first = await resend.suppressions.list({ limit: 1, origin: "manual" });
    expect(first.data).toMatchObject({ object: "list", has_more: true, data: [{ id, email: "dead@b.example" }] });
    expect((await resend.suppressions.list({ after: id })).data?.data.map(({ email }) => email)).toEqual([
      "z@b.example",
    ]);
    expect((await resend.suppressions.list({ origin: "bounce" })).data?.data).toEqual([]);
    expect((await resend.suppressions.remove("z@b.example")).data).toMatchObject({
      object: "suppression",
      deleted: true,
    });
    expect((await resend.suppressions.remove("z@b.example")).error).toMatchObject({
      name: "not_found",
      statusCode: 404,
    });
    expect((await resend.suppressions.add({ email: "nobody" })).error).toMatchObject({ name: "invalid_parameter" });
  });

  it("R-FAIL-5 adds and removes by batch, by address and by id", async () => {
    const emails = ["a@b.example", "c@b.example"];
    const added = await resend.suppressions.batch.add({ emails });
    const ids = added.data?.data.map(({ id }) => id) ?? [];
    expect(ids).toHaveLength(2);
    const [first = "", second = ""] = ids;
    const removed = await resend.suppressions.batch.remove({ emails: ["a@b.example", "x@b.example"] });
    expect(removed.data?.data).toMatchObject([{ object: "suppression", id: first, deleted: true }, { deleted: false }]);
    expect((await resend.suppressions.batch.remove({ ids })).data?.data).toMatchObject([
      { id: first, deleted: false },
      { id: second, deleted: true },
    ]);
    const wrong = await resend.suppressions.batch.add({ emails: [...emails, "nobody"] });
    expect(wrong.error).toMatchObject({ name: "invalid_parameter", message: expect.stringContaining("emails[2]") });
    expect((await resend.suppressions.list()).data?.data).toEqual([]);
  });
});

describe("/v1/suppressions", () => {
  it("R-FAIL-5 with scope, reason and an end, which is given another; the caller of a mail is told", async () => {
    const until = new Date(Math.ceil(api.machine.ports.clock.now() / 1000) * 1000 + 86_400_000).toISOString();
    const { status, body } = await call("POST", "/v1/suppressions", {
      email: "dead@b.example",
      scope: "mass",
      reason: "asked on the phone",
      until,
    });
    expect([status, body]).toMatchObject([201, { scope: "mass", reason: "asked on the phone", until }]);
    expect((await call("POST", "/v1/emails", mail)).body["suppressed"]).toBeUndefined();
    const left = [{ address: "dead@b.example", reason: "suppressed" }];
    expect((await call("POST", "/v1/emails", { ...mail, kind: "mass" })).body["suppressed"]).toEqual(left);
    const path = `/v1/suppressions/${body.id}`;
    expect((await call("PATCH", path, { until: null })).body).toMatchObject({ until: null });
    const past = await call("PATCH", path, { until: "2020-01-01T00:00:00Z" });
    expect([past.status, past.body.details.field]).toEqual([422, "until"]);
    expect((await call("POST", "/v1/suppressions", { email: "dead@b.example" })).status).toBe(201);
    expect((await call("POST", "/v1/suppressions", { email: "dead@b.example" })).status).toBe(200);
    expect((await call("POST", "/v1/emails", mail)).body["suppressed"]).toEqual(left);
  });

  it("R-FAIL-5 adds once for an idempotency key, and refuses another body with it", async () => {
    const add = (path: string, body: object) => call("POST", path, body, { "idempotency-key": path });
    for (const [path, body, other] of [
      ["/v1/suppressions", { email: "a@b.example" }, { email: "c@b.example" }],
      ["/v1/suppressions/batch/add", { emails: ["a@b.example"] }, { emails: ["c@b.example"] }],
      ["/v1/opt-outs", { email: "a@b.example" }, { email: "c@b.example" }],
    ] as const) {
      const [first, again] = [await add(path, body), await add(path, body)];
      expect([again.status, again.body]).toEqual([first.status, first.body]);
      expect((await add(path, other)).body.name).toBe("invalid_idempotent_request");
    }
  });

  it("R-FAIL-5 is read with read_access, and written with full_access only", async () => {
    const { body } = await call("POST", "/v1/api-keys", { name: "reads", permission: "read_access" });
    const reads = { key: body.token };
    for (const path of ["/v1/suppressions", "/v1/opt-outs"]) {
      expect((await api.call("GET", path, undefined, reads)).status).toBe(200);
      expect((await api.call("POST", path, { email: "a@b.example" }, reads)).body.name).toBe("restricted_api_key");
    }
  });

  it("R-FAIL-5 takes in a list, and says what it would do", async () => {
    const text = "\u{feff}email;reason\ndead@b.example;hard bounce\nout@b.example;unsubscribed\nnobody;\n";
    const counts = { added: 1, opted_out: 1, invalid: 1, problems: [{ line: 4 }], next_line: null };
    const dry = await csv("/v1/suppressions/import?dry_run=true", text);
    expect([dry.status, dry.body]).toMatchObject([200, { ...counts, dry_run: true }]);
    expect((await call("GET", "/v1/suppressions")).body.data).toEqual([]);
    expect((await csv("/v1/suppressions/import", text)).body).toMatchObject({ ...counts, dry_run: false });
    expect((await call("GET", "/v1/suppressions?q=DEAD")).body.data).toMatchObject([{ origin: "import" }]);
    expect((await call("GET", "/v1/opt-outs?origin=import")).body.data).toMatchObject([{ email: "out@b.example" }]);
    const rest = await csv("/v1/suppressions/import?from_line=3", text);
    expect(rest.body).toMatchObject({ added: 0, already_there: 1 });
    expect((await call("POST", "/v1/suppressions/import", { email: "x" })).body.name).toBe("validation_error");
    expect((await csv("/v1/suppressions/import", "name\nAnn\n")).body.name).toBe("invalid_parameter");
    expect((await csv("/v1/suppressions/import", "a@b.example\n".repeat(600_000))).status).toBe(413);
  });

  it("R-FAIL-5 is no part of the configuration: not exported, and not copied", async () => {
    await call("POST", "/v1/suppressions", { email: "dead@b.example" });
    expect((await call("GET", "/v1/export")).text).not.toContain("dead@b.example");
    const copied = await api.call("POST", `/v1/databases/${name}/copy`, { name: `${name}-copy` });
    const { body } = await api.call("GET", "/v1/suppressions", undefined, { key: copied.body.api_key });
    expect([copied.status, body.data]).toEqual([201, []]);
  });
});

describe("/v1/opt-outs", () => {
  it("R-KIND-3 leave out mass mail alone until they are removed", async () => {
    const { status, body } = await call("POST", "/v1/opt-outs", { email: "Dead@b.example" });
    expect([status, body]).toMatchObject([201, { object: "opt_out", email: "dead@b.example", origin: "manual" }]);
    expect((await call("GET", `/v1/opt-outs/${body.id}`)).body).toEqual(body);
    const sent = async (kind: string) => (await call("POST", "/v1/emails", { ...mail, kind })).body["suppressed"];
    expect(await sent("mass")).toEqual([{ address: "dead@b.example", reason: "opted_out" }]);
    expect(await sent("transactional")).toBeUndefined();
    expect((await csv("/v1/opt-outs/import", "c@b.example\n")).body).toMatchObject({ opted_out: 1, added: 0 });
    expect((await call("DELETE", "/v1/opt-outs/dead@b.example")).body).toMatchObject({ id: body.id, deleted: true });
    expect(await sent("mass")).toBeUndefined();
  });
});
