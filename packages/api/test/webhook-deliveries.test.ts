import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Receiver, startReceiver, status } from "../../../test/support/receiver.ts";
import { pump, tell } from "../../../test/support/webhooks.ts";
import { type Api, startApi } from "./client.ts";

let api: Api;
let db: { name: string; key: string };
let id: string;
let receiver: Receiver;
beforeAll(async () => {
  api = await startApi();
});
beforeEach(async () => {
  receiver = await startReceiver();
  db = await api.database();
});
afterEach(() => receiver.close());
afterAll(() => api.close());

const call = (method: string, path: string, body?: object) => api.call(method, path, body, db);
const databaseId = async () => (await api.call("GET", `/v1/databases/${db.name}`)).body.id;
const list = async (path: string, query = "") => (await call("GET", `${path}/${id}/deliveries${query}`)).body;

/** Makes an endpoint and tells it of so many events. */
async function told(events: number, how = status(204)) {
  receiver.answer(how);
  const input = { endpoint: receiver.url, events: ["email.sent", "email.bounced"] };
  id = (await call("POST", "/v1/webhooks", input)).body.id;
  const database = await databaseId();
  for (let n = 0; n < events; n++)
    await tell(api.machine.ports, database, `em_${n}`, n % 2 ? "email.bounced" : "email.sent");
  await pump(api.machine, api.machine.ports);
}

describe("/v1/webhooks/{id}/deliveries", () => {
  it("lists them newest first, page by page in both directions", async () => {
    await told(7);
    const { data: all } = await list("/v1/webhooks");
    expect(all).toHaveLength(7);
    expect(all[0]).toMatchObject({
      object: "webhook_delivery",
      event: expect.stringMatching(/^evt_/),
      status: "delivered",
      next_attempt_at: null,
      attempts: [{ status: 204, answer: null, error: null, ms: expect.any(Number), at: expect.any(String) }],
    });
    const ids = all.map((each) => each.id);
    expect(ids).toEqual(ids.toSorted().toReversed());
    const first = await list("/v1/webhooks", "?limit=3");
    expect([first.data.map((each) => each.id), first["has_more"]]).toEqual([ids.slice(0, 3), true]);
    const last = await list("/v1/webhooks", `?limit=5&after=${ids[2]}`);
    expect([last.data.map((each) => each.id), last["has_more"]]).toEqual([ids.slice(3), false]);
    const before = await list("/v1/webhooks", `?limit=2&before=${ids[4]}`);
    expect([before.data.map((each) => each.id), before["has_more"]]).toEqual([ids.slice(2, 4), true]);
  });

  it("filters by status and by type, and shows one with what is posted", async () => {
    await told(4, (response, received, n) =>
      status(received.json.type === "email.sent" ? 500 : 200)(response, received, n),
    );
    const of = async (query: string) => (await list("/v1/webhooks", query)).data.map((each) => each["type"]);
    expect(await of("?status=pending")).toEqual(["email.sent", "email.sent"]);
    expect(await of("?status=delivered&type=email.sent")).toEqual([]);
    expect(await of("?type=email.bounced")).toEqual(["email.bounced", "email.bounced"]);
    expect(await of("?status=failed")).toEqual([]);
    const [one] = (await list("/v1/webhooks", "?status=pending")).data;
    const { body } = await call("GET", `/v1/webhooks/${id}/deliveries/${one?.id}`);
    expect(body).toMatchObject({
      ...one,
      payload: { type: "email.sent", created_at: expect.any(String), data: { email_id: expect.any(String) } },
    });
  });

  it("replays one, and all that has failed", async () => {
    await told(1, status(410));
    const [failed] = (await list("/v1/webhooks", "?status=failed")).data;
    expect(failed).toMatchObject({ status: "failed", attempts: [{ status: 410 }] });
    const one = `/v1/webhooks/${id}/deliveries/${failed?.id}/replay`;
    expect((await call("POST", one)).body).toMatchObject({ name: "conflict" });
    expect((await call("POST", `/v1/webhooks/${id}/replay`, {})).status).toBe(409);
    receiver.answer(status(200));
    await call("PATCH", `/v1/webhooks/${id}`, { status: "enabled" });
    expect((await call("POST", `/v1/webhooks/${id}/replay`, {})).body).toEqual({
      object: "webhook_replay",
      count: 1,
      has_more: false,
    });
    expect((await list("/v1/webhooks", "?status=failed")).data).toEqual([]);
    await pump(api.machine, api.machine.ports);
    expect((await list("/v1/webhooks")).data).toMatchObject([{ status: "delivered", event: failed?.["event"] }]);
    expect((await call("POST", one)).body).toMatchObject({ status: "pending", next_attempt_at: expect.any(String) });
    await pump(api.machine, api.machine.ports);
    expect(receiver.received.map(({ headers }) => headers["webhook-id"])).toEqual(Array(3).fill(failed?.["event"]));
  });

  it("refuses what names nothing", async () => {
    await told(0);
    expect((await call("GET", `/v1/webhooks/${id}/deliveries?after=em_1`)).status).toBe(422);
    expect((await call("GET", `/v1/webhooks/${id}/deliveries?status=lost`)).status).toBe(422);
    for (const path of [`${id}/deliveries/dlv_1`, "wh_1/deliveries"])
      expect((await call("GET", `/v1/webhooks/${path}`)).body.name).toBe("not_found");
    expect((await call("POST", `/v1/webhooks/${id}/replay`, { since: "yesterday" })).status).toBe(422);
  });

  it("the operator's are the operator's own, and have the database's name", async () => {
    const input = { endpoint: receiver.url, events: ["email.sent"] };
    id = (await api.call("POST", "/v1/operator/webhooks", input)).body.id;
    await tell(api.machine.ports, await databaseId(), "em_1");
    await pump(api.machine, api.machine.ports);
    const { body } = await api.call("GET", `/v1/operator/webhooks/${id}/deliveries`);
    expect(body.data).toMatchObject([{ type: "email.sent", status: "delivered" }]);
    const one = await api.call("GET", `/v1/operator/webhooks/${id}/deliveries/${body.data[0]?.id}`);
    expect(one.body["payload"]).toMatchObject({ database: db.name });
    expect((await call("GET", `/v1/webhooks/${id}/deliveries`)).status).toBe(404);
    const own = (await call("POST", "/v1/webhooks", input)).body.id;
    expect((await call("GET", `/v1/webhooks/${own}/deliveries/${body.data[0]?.id}`)).status).toBe(404);
    expect((await call("GET", `/v1/operator/webhooks/${id}/deliveries`)).status).toBeGreaterThanOrEqual(401);
    await api.call("DELETE", `/v1/operator/webhooks/${id}`);
  });
});
