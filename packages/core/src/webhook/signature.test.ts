import fc from "fast-check";
import { Resend } from "resend";
import { Webhook } from "standardwebhooks";
import { expect, it } from "vitest";
import { headers, sign } from "./signature.ts";

const secretOf = (fill: number) => `whsec_${Buffer.alloc(32, fill).toString("base64")}`;
const seconds = () => Math.floor(Date.now() / 1000);

it("Standard Webhooks: the signature is the one of the specification's own library", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 24, maxLength: 32 }),
      fc.string({ unit: "grapheme" }),
      fc.integer({ min: 0, max: 4_000_000_000 }),
      (key, body, timestamp) => {
        const secret = `whsec_${Buffer.from(key).toString("base64")}`;
        const theirs = new Webhook(secret).sign("msg_1", new Date(timestamp * 1000), body);
        expect(sign({ id: "msg_1", timestamp, body }, [secret])).toBe(theirs);
      },
    ),
  );
});

it("Standard Webhooks: with two secrets there are two signatures, and each receiver takes its own", () => {
  const message = { id: "msg_2", timestamp: seconds(), body: JSON.stringify({ type: "email.sent", ä: "ß" }) };
  const [next, former, other] = [secretOf(1), secretOf(2), secretOf(3)];
  const sent = headers(message, [next, former]);
  expect(sent["webhook-signature"]).toMatch(/^v1,[\w+/]{43}= v1,[\w+/]{43}=$/);
  for (const secret of [next, former])
    expect(new Webhook(secret).verify(message.body, sent)).toEqual({ type: "email.sent", ä: "ß" });
  expect(() => new Webhook(other).verify(message.body, sent)).toThrow("No matching signature");
});

it("Standard Webhooks: id, time and body are each covered", () => {
  const secret = secretOf(7);
  const message = { id: "msg_3", timestamp: seconds(), body: "{}" };
  const sent = headers(message, [secret]);
  const verify = (body: string, changed: object) => new Webhook(secret).verify(body, { ...sent, ...changed });
  expect(verify("{}", {})).toEqual({});
  expect(() => verify("{} ", {})).toThrow();
  expect(() => verify("{}", { "webhook-id": "msg_4" })).toThrow();
  expect(() => verify("{}", { "webhook-timestamp": String(message.timestamp - 1) })).toThrow();
});

it("the resend package verifies it, unchanged", () => {
  const webhookSecret = secretOf(9);
  const message = { id: "msg_5", timestamp: seconds(), body: JSON.stringify({ type: "email.bounced" }) };
  const sent = headers(message, [secretOf(8), webhookSecret]);
  const verified = new Resend("re_1").webhooks.verify({
    payload: message.body,
    headers: { id: sent["webhook-id"], timestamp: sent["webhook-timestamp"], signature: sent["webhook-signature"] },
    webhookSecret,
  });
  expect(verified).toEqual({ type: "email.bounced" });
});
