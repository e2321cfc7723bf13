import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Answered, type Api, startApi } from "./client.ts";

let api: Api;
let key: string;
beforeAll(async () => {
  api = await startApi();
});
beforeEach(async () => {
  ({ key } = await api.database());
});
afterAll(() => api.close());

const mail = (n: number) => ({ from: "a@b.example", to: `r${n}@example.net`, subject: `Mail ${n}`, text: "Hello" });
const send = (body: unknown, headers: Record<string, string> = {}): Promise<Answered> =>
  api.call("POST", "/v1/emails/batch", body, { key, headers });
const permissive = { "x-batch-validation": "permissive" };
const listed = async () => (await api.call("GET", "/v1/emails?limit=100", undefined, { key })).body.data;

describe("POST /v1/emails/batch", () => {
  it("accepts a hundred, in order, and no more", async () => {
    const big = await api.database("big", { daily_limit: 1000 });
    const call = (count: number) =>
      api.call(
        "POST",
        "/v1/emails/batch",
        Array.from({ length: count }, (_, n) => mail(n)),
        { key: big.key },
      );
    const { status, body } = await call(100);
    expect(status).toBe(200);
    expect(body).toEqual({ data: expect.any(Array) });
    expect(new Set(body.data.map(({ id }) => id)).size).toBe(100);
    const last = await api.call("GET", `/v1/emails/${body.data[99]?.id}`, undefined, { key: big.key });
    expect(last.body).toMatchObject({ subject: "Mail 99", to: ["r99@example.net"], last_event: "queued" });
    expect(await call(101)).toMatchObject({ status: 422, body: { name: "invalid_parameter" } });
    expect(await call(0)).toMatchObject({ status: 422, body: { name: "invalid_parameter" } });
  });

  it("strict: the wrong entry is named, and nothing is sent", async () => {
    for (const [wrong, status, field] of [
      [{ ...mail(1), to: 3 }, 400, "to"],
      [{ ...mail(1), subject: undefined }, 422, "subject"],
      [{ ...mail(1), colour: "red" }, 400, "colour"],
      ["text", 400, "body"],
      [null, 400, "body"],
    ] as const)
      expect(await send([mail(0), wrong])).toMatchObject({
        status,
        body: { message: expect.stringMatching(/^\[1\]: /), details: { index: 1, field } },
      });
    expect(await listed()).toEqual([]);
  });

  it("permissive: answers what was accepted, and by index what was not", async () => {
    const { status, body } = await send([mail(0), { ...mail(1), to: 3 }, mail(2)], permissive);
    expect(status).toBe(200);
    expect(body.data).toHaveLength(2);
    expect(body["errors"]).toMatchObject([{ index: 1, name: "validation_error", message: expect.any(String) }]);
    expect((await listed()).map((each) => each["subject"])).toEqual(["Mail 2", "Mail 0"]);
  });

  it("takes no other mode, and no body that is no list", async () => {
    const wrong = await send([mail(0)], { "x-batch-validation": "loose" });
    expect(wrong).toMatchObject({ status: 400, body: { name: "validation_error" } });
    expect(await send({ emails: [mail(0)] })).toMatchObject({ status: 400, body: { name: "validation_error" } });
  });

  it("the same idempotency key gets the first answer, in permissive mode with its errors", async () => {
    const headers = { "idempotency-key": "batch", ...permissive };
    const entries = [mail(0), { ...mail(1), to: 3 }, ...Array.from({ length: 51 }, (_, n) => mail(n))];
    const first = await send(entries, headers);
    expect(first.body.data).toHaveLength(50);
    const again = await send(entries, headers);
    expect([again.status, again.text]).toEqual([first.status, first.text]);
    const other = await send([mail(0)], headers);
    expect(other).toMatchObject({ status: 409, body: { name: "invalid_idempotent_request" } });
    const strict = await send(entries, { "idempotency-key": "batch" });
    expect(strict).toMatchObject({ status: 409, body: { name: "invalid_idempotent_request" } });
    expect(await listed()).toHaveLength(50);
  });

  it("a key with sending_access may, one with read_access may not", async () => {
    const made = async (permission: string) =>
      (await api.call("POST", "/v1/api-keys", { name: "k", permission }, { key })).body.token;
    const by = async (permission: string) =>
      (await api.call("POST", "/v1/emails/batch", [mail(0)], { key: await made(permission) })).status;
    expect(await by("sending_access")).toBe(200);
    expect(await by("read_access")).toBe(401);
  });
});
