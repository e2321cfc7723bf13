import { run } from "@posthouse/core/inbound/batch";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { arrive, letter } from "../../../test/support/inbound.ts";
import { type Api, startApi } from "./client.ts";

let api: Api;
let db: { name: string; key: string };
beforeAll(async () => {
  api = await startApi();
  db = await api.database();
  for (const id of ["one", "two"]) {
    const job = await arrive(api.machine, { to: [`sales@${db.name}.posthouse.test`], raw: letter(id) });
    expect(await run(api.machine.ports, [job])).toEqual({ failed: [] });
  }
});
afterAll(() => api.close());

const call = (method: string, path: string, key = db.key) =>
  api.call(method, `/v1/received${path}`, undefined, { key });

describe("/v1/received", () => {
  it("lists, newest last, with where each went and why", async () => {
    const { status, body } = await call("GET", "?limit=1");
    expect([status, body.has_more, body.cursor]).toEqual([200, true, body.data[0]?.id]);
    expect(body.data[0]).toMatchObject({
      object: "received",
      status: "rejected",
      message_id: "<one@customer.example>",
    });
    const next = await call("GET", `?after=${String(body.cursor)}&status=rejected`);
    expect(next.body.data).toMatchObject([{ message_id: "<two@customer.example>", route: { rule: "none" } }]);
    expect((await call("GET", "?status=unmatched")).body.data).toEqual([]);
  });

  it("R-IN-6 gives one, confirms it, and lists it no more", async () => {
    const { id } = (await call("GET", "")).body.data[0] ?? {};
    expect((await call("GET", `/${id}`)).body).toMatchObject({ id, confirmed_at: null });
    const confirmed = await call("POST", `/${id}/confirm`);
    expect(confirmed).toMatchObject({ status: 200, body: { id, confirmed_at: expect.any(String) } });
    expect((await call("POST", `/${id}/confirm`)).body).toEqual(confirmed.body);
    const empty = await api.call("POST", `/v1/received/${id}/confirm`, "", { key: db.key });
    expect([empty.status, empty.body]).toEqual([200, confirmed.body]);
    for (const body of ["{", '{"colour":1}', "[]", '{"record_id":{}}'])
      expect((await api.call("POST", `/v1/received/${id}/confirm`, body, { key: db.key })).status, body).toBe(400);
    expect((await call("GET", "")).body.data).toHaveLength(1);
  });

  it("refuses what is none of its own", async () => {
    expect((await call("GET", "/rcv_x")).body).toMatchObject({ name: "not_found" });
    expect((await call("GET", "?status=lost")).body).toMatchObject({ name: "invalid_parameter" });
    expect((await call("GET", "?after=em_x")).body).toMatchObject({ name: "invalid_parameter" });
    expect((await call("GET", "?after=rcv_a&before=rcv_b")).status).toBe(422);
  });
});
