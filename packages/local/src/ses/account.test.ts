import { GetAccountCommand, GetTenantCommand, PutAccountSendingAttributesCommand } from "@aws-sdk/client-sesv2";
import { describe, expect, it } from "vitest";
import { createFixture, failure } from "./fixture.ts";

const to = (...ToAddresses: string[]) => ({ Destination: { ToAddresses } });
const three = to("a@example.com", "b@example.com", "c@example.com");
const tooFast = { name: "TooManyRequestsException", status: 429, message: "Maximum sending rate exceeded." };
const tooMany = { name: "TooManyRequestsException", status: 429, message: "Daily message quota exceeded." };

describe("the account", () => {
  it("reports a production account without limits, or a sandbox with its own", async () => {
    const { client, send, control } = await createFixture();
    await send(three);
    expect(await client.send(new GetAccountCommand({}))).toMatchObject({
      EnforcementStatus: "HEALTHY",
      ProductionAccessEnabled: true,
      SendingEnabled: true,
      SendQuota: { Max24HourSend: -1, MaxSendRate: -1, SentLast24Hours: 3 },
      SuppressionAttributes: { SuppressedReasons: ["BOUNCE", "COMPLAINT"] },
    });
    control.set({ sandbox: true, maxSendRate: 1, max24HourSend: 200 });
    expect(await client.send(new GetAccountCommand({}))).toMatchObject({
      ProductionAccessEnabled: false,
      SendQuota: { Max24HourSend: 200, MaxSendRate: 1, SentLast24Hours: 3 },
    });
  });

  it("counts recipients against the send rate, a second at a time", async () => {
    let now = 1_700_000_000_000;
    const { send } = await createFixture({ now: () => now, maxSendRate: 5 });
    await send(three);
    expect(await failure(send(three))).toMatchObject(tooFast);
    await send(to("a@example.com", "b@example.com"));
    now += 500;
    expect(await failure(send(three))).toMatchObject(tooFast);
    now += 500;
    await send(three);
  });

  it("counts recipients of the last 24 hours against the quota, the simulator's never", async () => {
    let now = 1_700_000_000_000;
    const { client, send } = await createFixture({ now: () => now, max24HourSend: 5 });
    await send(three);
    expect(await failure(send(three))).toMatchObject(tooMany);
    await send(to("a@example.com", "b@example.com", "bounce@simulator.amazonses.com"));
    await send(to("success@simulator.amazonses.com"));
    expect(await failure(send())).toMatchObject(tooMany);
    expect((await client.send(new GetAccountCommand({}))).SendQuota?.SentLast24Hours).toBe(5);
    now += 24 * 60 * 60 * 1000;
    await send(three);
  });

  it("lets exactly the quota through when many send at once", async () => {
    const { send, mailbox } = await createFixture({ max24HourSend: 7 });
    const calls = await Promise.allSettled(Array.from({ length: 30 }, () => send()));
    expect(calls.filter(({ status }) => status === "fulfilled")).toHaveLength(7);
    expect(mailbox.list()).toHaveLength(7);
  });

  it("is paused by the customer and suspended by AWS", async () => {
    const { client, send, control } = await createFixture();
    await client.send(new PutAccountSendingAttributesCommand({ SendingEnabled: false }));
    expect(await failure(send())).toMatchObject({ name: "SendingPausedException", status: 400 });
    await client.send(new PutAccountSendingAttributesCommand({ SendingEnabled: true }));
    await send();
    control.suspend(true);
    expect(await failure(send())).toMatchObject({ name: "AccountSuspendedException", status: 400 });
    const account = await client.send(new GetAccountCommand({}));
    expect(account).toMatchObject({ EnforcementStatus: "SHUTDOWN", SendingEnabled: false });
    control.suspend(false);
    await send();
  });

  it("paces every management operation by itself when told to, SendEmail not", async () => {
    let now = 1_700_000_000_000;
    const { client, send, control } = await createFixture({ now: () => now });
    control.set({ managementRate: 1 });
    await client.send(new GetAccountCommand({}));
    expect(await failure(client.send(new GetAccountCommand({})))).toMatchObject({
      name: "TooManyRequestsException",
      status: 429,
    });
    const other = client.send(new GetTenantCommand({ TenantName: "none" }));
    expect(await failure(other)).toMatchObject({ name: "NotFoundException" });
    await send();
    await send();
    now += 1000;
    await client.send(new GetAccountCommand({}));
  });
});
