import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { eventTypes } from "@posthouse/core/webhook/outbox";
import { Resend } from "resend";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Receiver, startReceiver, status } from "../../../test/support/receiver.ts";
import { later, pump, tell } from "../../../test/support/webhooks.ts";
import { type ServedApi, serveApi } from "./client.ts";

let api: ServedApi;
let resend: Resend;
let name: string;
let key: string;
beforeAll(async () => {
  api = await serveApi();
});
beforeEach(async () => {
  ({ name, key } = await api.database());
  resend = new Resend(key, { baseUrl: api.baseUrl });
});
afterAll(() => api.close());

const endpoint = "https://hooks.example.com/resend";

describe("the official resend package, unchanged: webhooks", () => {
  it("makes, gets, lists, updates, rotates and removes them", async () => {
    const made = await resend.webhooks.create({ endpoint, events: ["email.sent", "email.bounced"] });
    expect(made.error).toBeNull();
    expect(made.data).toMatchObject({
      object: "webhook",
      id: expect.stringMatching(/^wh_/),
      signing_secret: expect.stringMatching(/^whsec_/),
    });
    const id = made.data?.id ?? "";
    const shown = { id, endpoint, events: ["email.sent", "email.bounced"], status: "enabled" };
    expect((await resend.webhooks.get(id)).data).toMatchObject({
      object: "webhook",
      ...shown,
      created_at: expect.any(String),
    });
    const second = await resend.webhooks.create({ endpoint, events: ["email.opened"] });
    expect((await resend.webhooks.list()).data).toMatchObject({
      object: "list",
      has_more: false,
      data: [{ id: second.data?.id }, shown],
    });
    expect((await resend.webhooks.list({ limit: 1 })).data).toMatchObject({ has_more: true });
    expect((await resend.webhooks.list({ after: second.data?.id ?? "" })).data?.data).toMatchObject([shown]);
    const updated = await resend.webhooks.update(id, {
      endpoint: `${endpoint}/2`,
      events: ["email.failed"],
      status: "disabled",
    });
    expect(updated.data).toMatchObject({ object: "webhook", id });
    expect((await resend.webhooks.get(id)).data).toMatchObject({
      endpoint: `${endpoint}/2`,
      events: ["email.failed"],
      status: "disabled",
    });
    const rotated = await resend.webhooks.rotateSigningSecret(id);
    expect(rotated.data).toMatchObject({ object: "webhook", id, signing_secret: expect.stringMatching(/^whsec_/) });
    expect(rotated.data?.signing_secret).not.toBe(made.data?.signing_secret);
    expect((await resend.webhooks.remove(id)).data).toEqual({ object: "webhook", id, deleted: true });
    expect((await resend.webhooks.get(id)).error).toMatchObject({ name: "not_found", statusCode: 404 });
  });

  it("makes one for an idempotency key, and shows its secret to that key again", async () => {
    const once = () =>
      resend.webhooks.create({ endpoint, events: ["email.sent"] }, { headers: { "Idempotency-Key": "w" } });
    const made = await once();
    expect(made.error).toBeNull();
    expect((await once()).data).toEqual(made.data);
    expect((await resend.webhooks.list()).data?.data).toHaveLength(1);
  });

  it("verifies what is sent, by the secret it was shown", async () => {
    const received: { headers: Record<string, string>; payload: string }[] = [];
    const receiver = createServer((request, response) => {
      let payload = "";
      request.setEncoding("utf8").on("data", (part: string) => {
        payload += part;
      });
      request.on("end", () => {
        received.push({ headers: request.headers as Record<string, string>, payload });
        response.writeHead(204).end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    try {
      const own = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
      const { data } = await resend.webhooks.create({ endpoint: own, events: ["email.sent"] });
      const tested = await api.call("POST", `/v1/webhooks/${data?.id}/test`, undefined, { key });
      expect(tested.body).toMatchObject({ object: "webhook_test", ok: true, status: 204, error: null });
      const [{ headers, payload } = { headers: {}, payload: "" }] = received;
      const {
        "webhook-id": id = "",
        "webhook-timestamp": timestamp = "",
        "webhook-signature": signature = "",
      } = headers;
      const webhookSecret = data?.signing_secret ?? "";
      const verify = (changed: string) =>
        resend.webhooks.verify({ payload: changed, headers: { id, timestamp, signature }, webhookSecret });
      expect(verify(payload)).toMatchObject({ type: "webhook.test", data: { webhook_id: data?.id } });
      expect(() => verify(`${payload} `)).toThrow("No matching signature");
    } finally {
      receiver.closeAllConnections();
      await new Promise((resolve) => receiver.close(resolve));
    }
  });

  it("reads our refusals as its own: an event that there is not, no event, a URL of this network", async () => {
    const refused = async (input: Parameters<typeof resend.webhooks.create>[0]) =>
      (await resend.webhooks.create(input)).error;
    expect(await refused({ endpoint, events: ["contact.created"] })).toMatchObject({
      name: "invalid_parameter",
      statusCode: 422,
      message: expect.stringContaining("events[0]"),
    });
    expect(await refused({ endpoint, events: [] })).toMatchObject({ name: "invalid_parameter" });
    expect(await refused({ endpoint: "http://169.254.169.254/", events: ["email.sent"] })).toMatchObject({
      name: "invalid_parameter",
      message: expect.stringContaining("public host"),
    });
    expect((await resend.webhooks.update("wh_nothing", { events: ["email.sent"] })).error).toMatchObject({
      name: "not_found",
    });
  });
});

describe("the official resend package, unchanged: the events of a webhook", () => {
  let receiver: Receiver;
  let webhookId: string;
  let database: string;
  beforeEach(async () => {
    receiver = await startReceiver();
    database = (await api.call("GET", `/v1/databases/${name}`)).body.id;
    const { data } = await resend.webhooks.create({ endpoint: receiver.url, events: ["email.sent", "email.bounced"] });
    webhookId = data?.id ?? "";
  });
  afterEach(() => receiver.close());

  const told = async (id: string, type: "email.sent" | "email.bounced" = "email.sent") => {
    await tell(api.machine.ports, database, id, type);
    await pump(api.machine, api.machine.ports);
  };
  const newest = async () => (await resend.webhooks.events.list({ webhookId, limit: 1 })).data?.data[0];

  it("lists them newest first, page by page, and gets one with what was posted", async () => {
    for (const id of ["em_1", "em_2", "em_3"]) await told(id, id === "em_3" ? "email.bounced" : "email.sent");
    const all = await resend.webhooks.events.list({ webhookId });
    expect(all.error).toBeNull();
    expect(all.data).toMatchObject({
      object: "list",
      has_more: false,
      data: [
        {
          id: expect.stringMatching(/^dlv_/),
          type: "email.bounced",
          status: "success",
          created_at: expect.any(String),
        },
        { type: "email.sent", event: receiver.received[1]?.headers["webhook-id"] },
        { type: "email.sent", event: receiver.received[0]?.headers["webhook-id"] },
      ],
    });
    const ids = all.data?.data.map(({ id }) => id) ?? [];
    const first = await resend.webhooks.events.list({ webhookId, limit: 2 });
    expect([first.data?.data.map(({ id }) => id), first.data?.has_more]).toEqual([ids.slice(0, 2), true]);
    const rest = await resend.webhooks.events.list({ webhookId, limit: 2, after: ids[1] ?? "" });
    expect([rest.data?.data.map(({ id }) => id), rest.data?.has_more]).toEqual([ids.slice(2), false]);
    const one = await resend.webhooks.events.get({ webhookId, eventId: ids[0] ?? "" });
    expect(one.data).toMatchObject({ ...all.data?.data[0], object: "webhook_event", next_attempt_at: null });
    expect(one.data?.payload).toEqual(receiver.received[2]?.json);
  });

  it("says of one whether it is tried again, and lists its attempts, newest first", async () => {
    await tell(api.machine.ports, database, "em_1");
    receiver.answer((response) => response.writeHead(500).end("no room"));
    await pump(api.machine, api.machine.ports);
    const { id: eventId = "", ...event } = (await newest()) ?? {};
    expect(event).toMatchObject({ status: "attempting", next_attempt_at: expect.any(String) });
    receiver.answer((response) => response.destroy());
    await later(api.machine, 8);
    receiver.answer(status(204));
    await later(api.machine, 40);
    expect(await newest()).toMatchObject({ id: eventId, status: "success", next_attempt_at: null });
    const list = (more: { limit?: number; after?: string } = {}) =>
      resend.webhooks.events.attempts.list({ webhookId, eventId, ...more });
    const { data } = await list();
    expect(data).toMatchObject({
      object: "list",
      has_more: false,
      data: [
        { http_status_code: 204, response: "", error: null, sent_at: expect.any(String) },
        { http_status_code: 0, response: "", error: expect.any(String) },
        { http_status_code: 500, response: "no room", error: expect.stringContaining("500") },
      ],
    });
    const ids = data?.data.map(({ id }) => id) ?? [];
    expect(new Set(ids).size).toBe(3);
    const page = await list({ limit: 1, after: ids[0] ?? "" });
    expect([page.data?.data, page.data?.has_more]).toEqual([[data?.data[1]], true]);
    expect((await list({ after: "att_1" })).error).toMatchObject({ name: "invalid_parameter", statusCode: 422 });
  });

  it("replays one with the same webhook-id", async () => {
    await told("em_1");
    const { id: eventId = "" } = (await newest()) ?? {};
    const replayed = await resend.webhooks.events.replay({ webhookId, eventId });
    expect(replayed.error).toBeNull();
    expect(replayed.data).toMatchObject({ object: "webhook_event", id: eventId });
    await pump(api.machine, api.machine.ports);
    const [first, second] = receiver.received.map(({ headers }) => headers["webhook-id"]);
    expect(receiver.received).toHaveLength(2);
    expect(second).toBe(first);
    expect((await resend.webhooks.events.attempts.list({ webhookId, eventId })).data?.data).toHaveLength(2);
    await resend.webhooks.update(webhookId, { status: "disabled" });
    expect((await resend.webhooks.events.replay({ webhookId, eventId })).error).toMatchObject({
      name: "conflict",
      statusCode: 409,
    });
  });

  it("says pending while one is tried for the first time, and failed once nobody is to be told", async () => {
    let during: Awaited<ReturnType<typeof newest>>;
    receiver.answer((response) => {
      void newest().then((event) => {
        during = event;
        response.writeHead(410).end();
      });
    });
    await told("em_1");
    expect(during).toMatchObject({ status: "pending" });
    expect(await newest()).toMatchObject({ id: during?.id, status: "failed" });
  });

  it("reads our refusals as its own: no such event, no such webhook", async () => {
    const { events } = resend.webhooks;
    const missing = { webhookId, eventId: "dlv_nothing" };
    const answers = [await events.get(missing), await events.replay(missing), await events.attempts.list(missing)];
    for (const { error } of [...answers, await events.list({ webhookId: "wh_nothing" })])
      expect(error).toMatchObject({ name: "not_found", statusCode: 404 });
  });
});

describe("webhooks", () => {
  const input = { endpoint, events: ["email.sent"] };

  it("G6 the secret is in the answer that makes it, and never again", async () => {
    const { body } = await api.call("POST", "/v1/webhooks", input, { key });
    const got = await api.call("GET", `/v1/webhooks/${body.id}`, undefined, { key });
    expect(got.body).toMatchObject({ id: body.id, signing_secret: null });
    const list = await api.call("GET", "/v1/webhooks", undefined, { key });
    expect(list.body.data[0]).not.toHaveProperty("signing_secret");
    expect(JSON.stringify([got, list])).not.toContain(body["signing_secret"]);
  });

  it("take full access; a key that reads may read them", async () => {
    const { body } = await api.call("POST", "/v1/webhooks", input, { key });
    const of = async (permission: string) =>
      (await api.call("POST", "/v1/api-keys", { name: "k", permission }, { key })).body.token;
    const [reader, sender] = [await of("read_access"), await of("sending_access")];
    expect((await api.call("GET", `/v1/webhooks/${body.id}`, undefined, { key: reader })).status).toBe(200);
    for (const [method, path, by] of [
      ["POST", "/v1/webhooks", reader],
      ["PATCH", `/v1/webhooks/${body.id}`, reader],
      ["POST", `/v1/webhooks/${body.id}/signing-secret/rotate`, reader],
      ["POST", `/v1/webhooks/${body.id}/test`, reader],
      ["DELETE", `/v1/webhooks/${body.id}`, reader],
      ["GET", "/v1/webhooks", sender],
      ["GET", "/v1/operator/webhooks", key],
    ] as const)
      expect((await api.call(method, path, method === "POST" ? input : undefined, { key: by })).body.name).toBe(
        "restricted_api_key",
      );
  });

  it("stay where they are: an export and a copy have none, an import leaves them", async () => {
    const { name, key } = await api.database();
    const { body } = await api.call("POST", "/v1/webhooks", input, { key });
    const { text } = await api.call("GET", "/v1/export", undefined, { key });
    expect(text).not.toContain("hooks.example.com");
    expect((await api.call("PUT", "/v1/import", text, { key })).status).toBe(200);
    expect((await api.call("GET", "/v1/webhooks", undefined, { key })).body.data).toMatchObject([{ id: body.id }]);
    const copy = await api.call("POST", `/v1/databases/${name}/copy`, { name: `${name}-copy` });
    expect((await api.call("GET", "/v1/webhooks", undefined, { key: copy.body.api_key })).body.data).toEqual([]);
  });

  it("are told what docs/webhooks.md lists", async () => {
    const page = await readFile(new URL("../../../docs/webhooks.md", import.meta.url), "utf8");
    const [, table = ""] = page.split("| | |");
    const listed = [...(table.split("\n\n")[0] ?? "").matchAll(/`([a-z_]+\.[a-z_]+)`/g)].map(([, type]) => type);
    expect(new Set(listed)).toEqual(new Set(eventTypes));
  });

  it("of the operator are apart from those of a database, and made alike", async () => {
    const own = await api.call("POST", "/v1/webhooks", input, { key });
    const { status, body } = await api.call("POST", "/v1/operator/webhooks", input);
    expect([status, body]).toMatchObject([
      201,
      { object: "webhook", signing_secret: expect.stringMatching(/^whsec_/) },
    ]);
    const path = `/v1/operator/webhooks/${body.id}`;
    expect((await api.call("GET", "/v1/operator/webhooks")).body.data.map(({ id }) => id)).toEqual([body.id]);
    expect((await api.call("GET", `/v1/operator/webhooks/${own.body.id}`)).status).toBe(404);
    expect((await api.call("GET", `/v1/webhooks/${body.id}`, undefined, { key })).status).toBe(404);
    expect((await api.call("PATCH", path, { status: "disabled" })).body).toMatchObject({
      status: "disabled",
      disabled_reason: "requested",
    });
    expect((await api.call("POST", `${path}/signing-secret/rotate`)).status).toBe(200);
    expect((await api.call("DELETE", path)).body).toEqual({ object: "webhook", id: body.id, deleted: true });
    const { body: trail } = await api.call("GET", "/v1/operator/audit?limit=1");
    expect(trail.data).toMatchObject([
      { actor: { type: "operator" }, changes: [{ noun: "webhook", action: "delete" }] },
    ]);
  });
});
