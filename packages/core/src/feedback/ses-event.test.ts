import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { severity } from "./facts.ts";
import { read } from "./ses-event.ts";

const fixture = async (name: string): Promise<Record<string, unknown>> => {
  const url = new URL(`../../../../test/fixtures/ses/${name}.json`, import.meta.url);
  return JSON.parse(await readFile(url, "utf8")) as Record<string, unknown>;
};
const changes = async (name: string) => read(await fixture(name)).changes;
const customer = "customer@example.net";

describe("an event of SES", () => {
  it.each([
    ["send", [{ kind: "sent", address: customer }]],
    [
      "delivery",
      [
        { kind: "delivered", address: customer, reply: "250 2.6.0 Message received", at: "2026-11-23T08:00:01.250Z" },
        { kind: "delivered", address: "second@example.net" },
      ],
    ],
    ["bounce-permanent", [{ kind: "bounced", permanent: true, status: "5.1.1", type: "Permanent" }]],
    ["bounce-several", [{ address: customer }, { address: "second@example.net", sub_type: "NoEmail" }]],
    ["bounce-full", [{ kind: "soft_bounced", status: "4.4.7", reply: "452 4.2.2 The mailbox is full" }]],
    ["bounce-content", [{ kind: "soft_bounced", status: "5.7.0" }]],
    ["bounce-undetermined", [{ kind: "soft_bounced", type: "Undetermined" }]],
    ["bounce-silent", [{ kind: "bounced", permanent: true }]],
    ["bounce-account-list", [{ kind: "bounced", permanent: true, sub_type: "OnAccountSuppressionList" }]],
    ["out-of-office", [{ kind: "auto_replied" }]],
    ["complaint", [{ kind: "complained", address: null, among: [customer, "second@example.net"], type: "abuse" }]],
    ["complaint-untyped", [{ kind: "complained", among: [customer], type: "other" }]],
    ["complaint-not-spam", []],
    ["complaint-auth-failure", []],
    ["reject", [{ kind: "failed", reply: "SES would not send it: Bad content" }]],
    ["rendering-failure", [{ kind: "failed", reply: expect.stringContaining("Attribute 'name'") }]],
    ["delivery-delay", [{ kind: "delivery_delayed", status: "4.4.1", type: "TransientCommunicationFailure" }]],
    ["open", [{ kind: "opened", address: null, ip: "192.0.2.77", user_agent: expect.stringContaining("Thunderbird") }]],
    ["click", [{ kind: "clicked", link: "https://company.com/order/12" }]],
    ["subscription", []],
    ["headers-truncated", [{ kind: "delivered", address: customer }]],
  ])("%s says what became of its recipients", async (name, wanted) => {
    const found = await changes(name);
    expect(found).toMatchObject(wanted);
    expect(found).toHaveLength(wanted.length);
  });

  it("names the email, the attempt and the try by its tags, and when SES took it", async () => {
    expect(read(await fixture("send"))).toMatchObject({
      type: "Send",
      email: { database: "db_1", id: "em_1", attempt: 1, try: 2 },
      sent_at: "2026-11-23T08:00:00.000Z",
      provider_id: "0107019abc123456-0f3a2c1e-5b6d-4e7f-8a9b-0c1d2e3f4a5b-000000",
    });
  });

  it("without tags is of no email of ours, in the older form too", async () => {
    expect(read(await fixture("notification-type"))).toMatchObject({ type: "Bounce", email: null, changes: [] });
  });

  it("of a type that SES may yet invent says that it has the mail; its greeting says nothing", async () => {
    expect(read({ ...(await fixture("send")), eventType: "Warehoused" })).toMatchObject({
      email: { id: "em_1" },
      changes: [],
    });
    const greeting = "Successfully validated SNS topic for Amazon SES event publishing.";
    expect(read(greeting)).toMatchObject({ email: null });
  });

  it.each(["delivery", "bounce-permanent", "complaint", "reject", "delivery-delay", "open", "click"])(
    "%s without what its type is for is none",
    async (name) => {
      const { eventType, mail } = await fixture(name);
      expect(() => read({ eventType, mail })).toThrow("without its");
    },
  );

  it("is the same change when it is told again, and another for another recipient or time", async () => {
    const several = await changes("bounce-several");
    expect(await changes("bounce-several")).toEqual(several);
    const delay = await fixture("delivery-delay");
    const later = { ...(delay["deliveryDelay"] as object), timestamp: "2026-11-23T09:00:00.000Z" };
    const [first, second] = [delay, { ...delay, deliveryDelay: later }].map((body) => read(body).changes[0]?.dedupe);
    expect(first).not.toBe(second);
  });
});

describe("R-FAIL-5 how hard a bounce is", () => {
  it.each([
    ["bounced", "5.1.1", false, "dead"],
    ["soft_bounced", "5.1.10", false, "dead"],
    ["bounced", undefined, true, "dead"],
    ["bounced", "5.4.4", true, "dead"],
    ["bounced", "5.7.1", true, "hard"],
    ["bounced", "5.2.2", true, "hard"],
    ["bounced", "5.3.4", false, "hard"],
    ["bounced", "5.1.4", false, "hard"],
    ["soft_bounced", "4.2.2", false, "soft"],
  ] as const)("%s %s, permanent: %s → %s", (kind, status, permanent, wanted) => {
    expect(severity({ kind, permanent, ...(status && { status }) })).toBe(wanted);
  });
});
