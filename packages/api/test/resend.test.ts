import { Resend } from "resend";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ServedApi, serveApi } from "./client.ts";

let api: ServedApi;
let resend: Resend;
let name: string;
beforeAll(async () => {
  api = await serveApi();
});
beforeEach(async () => {
  const database = await api.database();
  name = database.name;
  resend = new Resend(database.key, { baseUrl: api.baseUrl });
});
afterAll(() => api.close());

const mail = { from: "Acme <hello@acme.example>", to: "bob@b.example", subject: "Hi", html: "<p>Hi</p>" };

describe("the official resend package, unchanged", () => {
  it("sends an email, with attachments and all, gets and lists it", async () => {
    const sent = await resend.emails.send({
      ...mail,
      cc: ["c@d.example"],
      replyTo: "r@b.example",
      headers: { "X-Entity-Ref-ID": "1" },
      tags: [{ name: "category", value: "welcome" }],
      attachments: [{ filename: "a.txt", content: Buffer.from("hello") }],
    });
    expect(sent.error).toBeNull();
    const got = await resend.emails.get(sent.data?.id ?? "");
    expect(got.data).toMatchObject({
      object: "email",
      id: sent.data?.id,
      to: ["bob@b.example"],
      cc: ["c@d.example"],
      reply_to: ["r@b.example"],
      subject: "Hi",
      html: "<p>Hi</p>",
      text: null,
      last_event: "queued",
      tags: [{ name: "category", value: "welcome" }],
    });
    const list = await resend.emails.list({ limit: 10 });
    expect(list.data).toMatchObject({
      object: "list",
      has_more: false,
      data: [{ id: sent.data?.id, last_event: "queued" }],
    });
  });

  it("sends once for an idempotency key", async () => {
    const first = await resend.emails.send(mail, { idempotencyKey: "k" });
    const again = await resend.emails.send(mail, { idempotencyKey: "k" });
    expect(again.data).toEqual(first.data);
    const other = await resend.emails.send({ ...mail, subject: "other" }, { idempotencyKey: "k" });
    expect(other.error).toMatchObject({ name: "invalid_idempotent_request", statusCode: 409 });
  });

  it("sends a batch, strictly or as far as it is right, once for an idempotency key", async () => {
    const sent = await resend.batch.send([mail, { ...mail, to: "c@d.example" }], { idempotencyKey: "b" });
    expect(sent.error).toBeNull();
    expect(sent.data?.data.map(({ id }) => id)).toEqual([expect.stringMatching(/^em_/), expect.stringMatching(/^em_/)]);
    const again = await resend.batch.send([mail, { ...mail, to: "c@d.example" }], { idempotencyKey: "b" });
    expect(again.data).toEqual(sent.data);
    const wrong = [mail, { ...mail, to: "nobody" }];
    expect((await resend.batch.send(wrong)).error).toMatchObject({ name: "invalid_parameter", statusCode: 422 });
    const partly = await resend.batch.send(wrong, { batchValidation: "permissive" });
    expect(partly.data?.data).toHaveLength(1);
    expect(partly.data?.errors).toMatchObject([{ index: 1, message: expect.stringContaining("to[0]") }]);
    expect((await resend.emails.list({ limit: 10 })).data?.data).toHaveLength(3);
  });

  it("schedules an email, as it says it or by the clock, gives it another time, and cancels it", async () => {
    const sent = await resend.emails.send({ ...mail, scheduledAt: "in 1 hour" });
    const id = sent.data?.id ?? "";
    const at = new Date(api.machine.ports.clock.now() + 86_400_000).toISOString();
    expect((await resend.emails.update({ id, scheduledAt: at })).data).toEqual({ object: "email", id });
    expect((await resend.emails.get(id)).data).toMatchObject({ scheduled_at: at, last_event: "scheduled" });
    expect((await resend.emails.list()).data?.data).toMatchObject([{ id, scheduled_at: at }]);
    for (let n = 0; n < 2; n++) expect((await resend.emails.cancel(id)).data).toEqual({ object: "email", id });
    expect((await resend.emails.get(id)).data).toMatchObject({ last_event: "canceled" });
    const late = await resend.emails.update({ id, scheduledAt: at });
    expect(late.error).toMatchObject({ name: "conflict", statusCode: 409 });
    expect((await resend.emails.cancel("em_nothing")).error).toMatchObject({ name: "not_found" });
  });

  it("reads our errors as its own", async () => {
    const scheduled = await resend.emails.send({ ...mail, scheduledAt: "when it suits you" });
    expect(scheduled.error).toMatchObject({
      name: "invalid_parameter",
      statusCode: 422,
      message: expect.stringContaining("scheduled_at"),
    });
    const stranger = await new Resend("re_123", { baseUrl: api.baseUrl }).emails.list();
    expect(stranger.error).toMatchObject({ name: "invalid_api_key", statusCode: 403 });
    const nothing = await resend.emails.get("em_nothing");
    expect(nothing.error).toMatchObject({ name: "not_found", statusCode: 404 });
  });

  it("makes, lists, renames and removes API keys", async () => {
    const made = await resend.apiKeys.create({ name: "ci", permission: "sending_access" });
    expect(made.data).toMatchObject({ id: expect.stringMatching(/^key_/), token: expect.stringMatching(/^ph_/) });
    const sender = new Resend(made.data?.token, { baseUrl: api.baseUrl });
    expect((await sender.emails.send(mail)).error).toBeNull();
    expect((await sender.emails.list()).error).toMatchObject({ name: "restricted_api_key", statusCode: 401 });
    const id = made.data?.id ?? "";
    expect((await resend.apiKeys.update(id, { name: "ci 2" })).data).toEqual({ object: "api_key", id });
    expect((await resend.apiKeys.list()).data?.data[0]).toMatchObject({
      id,
      name: "ci 2",
      last_used_at: expect.any(String),
    });
    expect((await resend.apiKeys.remove(id)).data).toEqual({ object: "api_key", id, deleted: true });
    expect((await sender.emails.send(mail)).error).toMatchObject({ name: "invalid_api_key" });
  });

  it("makes, lists, gets, updates and removes domains", async () => {
    const made = await resend.domains.create({
      name: "company.com",
      region: "eu-west-1",
      customReturnPath: "outbound",
      capabilities: { receiving: "enabled" },
      openTracking: true,
      tls: "enforced",
      trackingSubdomain: "links",
    });
    expect(made.data).toMatchObject({
      name: "company.com",
      status: "not_started",
      region: "eu-west-1",
      records: [{ record: "Ownership", type: "TXT", status: "not_started" }, { record: "DMARC" }],
      capabilities: { sending: "enabled", receiving: "enabled" },
      open_tracking: true,
      click_tracking: false,
      tracking_subdomain: "links",
    });
    const id = made.data?.id ?? "";
    expect((await resend.domains.update({ id, clickTracking: true, tls: "opportunistic" })).data).toMatchObject({
      object: "domain",
      id,
    });
    expect((await resend.domains.get(id)).data).toMatchObject({
      open_tracking: true,
      click_tracking: true,
      tls: "opportunistic",
    });
    expect((await resend.domains.verify(id)).data).toMatchObject({ object: "domain", id });
    const list = await resend.domains.list();
    expect(list.data?.data.map((domain) => domain.name)).toEqual(["company.com", `${name}.posthouse.test`]);
    expect((await resend.domains.remove(id)).data).toEqual({ object: "domain", id, deleted: true });
    expect((await resend.domains.get(id)).error).toMatchObject({ name: "not_found" });
  });

  it("binds an API key to a domain, pages through keys, and reads refusals of either", async () => {
    const domain = await resend.domains.create({ name: "acme.example" });
    const domain_id = domain.data?.id ?? "";
    const made = await resend.apiKeys.create({ name: "bound", permission: "sending_access", domain_id });
    expect(made.error).toBeNull();
    const bound = new Resend(made.data?.token, { baseUrl: api.baseUrl });
    const foreign = await bound.emails.send({ ...mail, from: "a@other.example" });
    expect(foreign.error).toMatchObject({ name: "from_not_allowed", statusCode: 403 });
    expect((await bound.domains.list()).error).toMatchObject({ name: "restricted_api_key", statusCode: 401 });
    expect((await bound.apiKeys.list()).error).toMatchObject({ name: "restricted_api_key" });
    const first = await resend.apiKeys.list({ limit: 1 });
    expect(first.data).toMatchObject({ object: "list", has_more: true, data: [{ id: made.data?.id, name: "bound" }] });
    const rest = await resend.apiKeys.list({ limit: 10, after: made.data?.id ?? "" });
    expect(rest.data).toMatchObject({ has_more: false, data: [{ name: "default" }] });
    const wrong = await resend.apiKeys.create({ name: "x", permission: "sending_access", domain_id: "dom_nothing" });
    expect(wrong.error).toMatchObject({ name: "invalid_parameter", statusCode: 422 });
    for (const gone of [resend.apiKeys.update("key_nothing", { name: "x" }), resend.apiKeys.remove("key_nothing")])
      expect((await gone).error).toMatchObject({ name: "not_found", statusCode: 404 });
  });

  it("pages through domains, changes each field it knows, and reads refusals", async () => {
    const names = ["one.example", "two.example"];
    for (const each of names) expect((await resend.domains.create({ name: each })).error).toBeNull();
    const first = await resend.domains.list({ limit: 1 });
    expect(first.data).toMatchObject({ object: "list", has_more: true, data: [{ name: "one.example" }] });
    const id = first.data?.data[0]?.id ?? "";
    const rest = await resend.domains.list({ limit: 10, after: id });
    expect(rest.data?.data.map((domain) => domain.name)).toEqual(["two.example", `${name}.posthouse.test`]);
    const before = await resend.domains.list({ limit: 10, before: rest.data?.data[0]?.id ?? "" });
    expect(before.data?.data.map((domain) => domain.name)).toEqual(["one.example"]);
    const changes = {
      openTracking: true,
      clickTracking: true,
      tls: "enforced" as const,
      trackingSubdomain: "t",
      capabilities: { receiving: "enabled" as const },
    };
    expect((await resend.domains.update({ id, ...changes })).data).toMatchObject({ object: "domain", id });
    expect((await resend.domains.get(id)).data).toMatchObject({
      object: "domain",
      open_tracking: true,
      click_tracking: true,
      tracking_subdomain: "t",
      capabilities: { sending: "enabled", receiving: "enabled" },
      created_at: expect.any(String),
    });
    const refused = await resend.domains.create({ name: "co.uk" });
    expect(refused.error).toMatchObject({ name: "invalid_parameter", statusCode: 422 });
    const id404 = "dom_nothing";
    for (const gone of [
      resend.domains.get(id404),
      resend.domains.update({ id: id404, openTracking: true }),
      resend.domains.verify(id404),
      resend.domains.remove(id404),
    ])
      expect((await gone).error).toMatchObject({ name: "not_found", statusCode: 404 });
  });

  it("reads the usage", async () => {
    await resend.emails.send(mail);
    expect((await resend.usage.get()).data).toMatchObject({
      object: "usage",
      emails: { daily: { used: 1, limit: 50 }, monthly: { used: 1 } },
    });
  });
});
