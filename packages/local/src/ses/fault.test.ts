import { SendEmailCommand } from "@aws-sdk/client-sesv2";
import { describe, expect, it } from "vitest";
import type { Fault } from "./fault.ts";
import { createFixture, failure } from "./fixture.ts";

async function createFaulty() {
  const faults: { before?: Fault; after?: Fault } = {};
  const fixture = await createFixture({ hook: (moment) => faults[moment] });
  return { ...fixture, faults };
}

describe("faults", () => {
  it("before acceptance leave no mail and no event", async () => {
    const { send, mailbox, control, faults } = await createFaulty();
    faults.before = { error: { name: "ServiceUnavailable", status: 503, message: "Try again." } };
    expect(await failure(send())).toEqual({ name: "ServiceUnavailable", status: 503, message: "Try again." });
    faults.before = { drop: true };
    expect((await failure(send())).status).toBeUndefined();
    expect(mailbox.list()).toEqual([]);
    expect(control.pending()).toBe(0);
    delete faults.before;
    await send();
    expect(mailbox.list()).toHaveLength(1);
  });

  it("after acceptance lose the answer but neither mail nor events", async () => {
    const { send, mailbox, events, faults } = await createFaulty();
    faults.after = { drop: true };
    expect(await failure(send())).toMatchObject({ status: undefined });
    faults.after = { error: { name: "InternalFailure", status: 500 } };
    expect(await failure(send())).toMatchObject({ name: "InternalFailure", status: 500 });
    expect(mailbox.list()).toHaveLength(2);
    const ids = new Set((await events(4)).map(({ mail }) => mail.messageId));
    expect([...ids].sort()).toEqual(
      mailbox
        .list()
        .map(({ id }) => id)
        .sort(),
    );
  });

  it("delay the answer until the caller gives up", async () => {
    const { client, mailbox, faults } = await createFaulty();
    faults.after = { delay: 60_000 };
    const gaveUp = new AbortController();
    const Raw = { Data: Buffer.from("From: mary@example.com\r\n\r\nHi\r\n") };
    const input = { Destination: { ToAddresses: ["to@example.net"] }, Content: { Raw } };
    const call = failure(client.send(new SendEmailCommand(input), { abortSignal: gaveUp.signal }));
    await expect.poll(() => mailbox.list()).toHaveLength(1);
    gaveUp.abort();
    expect(await call).toMatchObject({ name: "AbortError" });
  });

  it("see the mail they may break", async () => {
    const seen: unknown[] = [];
    const { send } = await createFixture({ hook: (moment, mail) => void seen.push([moment, mail]) });
    await send({ EmailTags: [{ Name: "a", Value: "b" }] });
    const mail = { from: "mary@example.com", recipients: ["to@example.net"], tenant: null, tags: { a: "b" } };
    expect(seen).toEqual([
      ["before", mail],
      ["after", mail],
    ]);
  });
});
