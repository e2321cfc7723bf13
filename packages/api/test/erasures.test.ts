import * as keys from "@posthouse/core/keys";
import { tick } from "@posthouse/core/tick/run";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Api, startApi } from "./client.ts";

let api: Api;
let db: { name: string; key: string };
beforeAll(async () => {
  api = await startApi();
  db = await api.database();
});
afterAll(() => api.close());

describe("/v1/erasures", () => {
  it("answers what was removed, the same for the same key, and keeps the report", async () => {
    await api.call("POST", "/v1/emails", { to: "joe@example.net", subject: "x", text: "y" }, db);
    const headers = { "idempotency-key": "forget joe" };
    const body = { address: "joe@example.net" };
    const first = await api.call("POST", "/v1/erasures", body, { ...db, headers });
    expect(first).toMatchObject({
      status: 200,
      body: { object: "erasure", status: "done", removed: { heads: 1, canceled: 1 } },
    });
    expect((await api.call("POST", "/v1/erasures", body, { ...db, headers })).body).toEqual(first.body);
    expect((await api.call("GET", `/v1/erasures/${first.body.id}`, undefined, db)).body).toEqual(first.body);
    expect((await api.call("GET", "/v1/erasures", undefined, db)).body.data).toEqual([first.body]);
    expect(first.text).not.toContain("joe");
  });

  it("answers 202 for what one call does not get through, and 200 once it is done; the tick goes on", async () => {
    const { ports, advance } = api.machine;
    const address = "later@example.net";
    const { body: email } = await api.call("POST", "/v1/emails", { to: address, subject: "x", text: "y" }, db);
    const { id: database } = (await api.call("GET", `/v1/databases/${db.name}`)).body;
    const head = keys.emailHead(database, email.id);
    await ports.store.write({ update: head, set: { state: "sending" }, remove: ["due_pk", "due_sk"] });
    const first = await api.call("POST", "/v1/erasures", { address }, db);
    expect(first).toMatchObject({ status: 202, body: { status: "running", waiting: 1, removed: { heads: 0 } } });
    const look = () => api.call("GET", `/v1/erasures/${first.body.id}`, undefined, db);
    expect(await look()).toMatchObject({ status: 200, body: first.body });
    await ports.store.write({ update: head, set: { state: "sent" } });
    advance(61_000);
    await tick(ports);
    expect((await look()).body).toMatchObject({ status: "done", waiting: 0, removed: { heads: 1 } });
  });

  it("takes one bare address, and no other field", async () => {
    const call = (body: object) => api.call("POST", "/v1/erasures", body, db);
    expect((await call({})).body.name).toBe("missing_required_field");
    expect((await call({ address: "joe" })).body).toMatchObject({
      name: "invalid_parameter",
      details: { field: "address" },
    });
    expect((await call({ address: "a@b.example", everything: true })).body.name).toBe("validation_error");
  });
});

describe("R-FAIL-7 reputation", () => {
  it("R-FAIL-7 is shown with the database and with its usage", async () => {
    const ok = { state: "ok", recipients: 0, bounce_rate: 0, complaint_rate: 0, paused_for: null };
    expect((await api.call("GET", `/v1/databases/${db.name}`)).body["reputation"]).toMatchObject(ok);
    expect((await api.call("GET", "/v1/usage", undefined, db)).body["reputation"]).toMatchObject(ok);
  });

  it("R-FAIL-7 how SES sees it is the operator's to read", async () => {
    const path = `/v1/databases/${db.name}/ses`;
    expect((await api.call("GET", path)).body).toMatchObject({ object: "ses_tenant", tenant: null });
    const { id } = (await api.call("GET", `/v1/databases/${db.name}`)).body;
    await api.machine.ports.provider.createTenant(id);
    expect((await api.call("GET", path)).body).toMatchObject({ tenant: id, sending_status: "ENABLED", findings: [] });
    const finding = { type: "BOUNCE", impact: "HIGH", description: "Too many bounces" } as const;
    api.machine.ses.control.find(id, finding);
    expect((await api.call("GET", path)).body).toMatchObject({ impact: "HIGH", findings: [finding] });
    expect((await api.call("GET", "/v1/databases/none/ses")).status).toBe(404);
    expect((await api.call("GET", path, undefined, db)).body.name).toBe("restricted_api_key");
  });
});
