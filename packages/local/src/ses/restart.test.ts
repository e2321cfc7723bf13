import { CreateTenantCommand, GetTenantCommand, PutSuppressedDestinationCommand } from "@aws-sdk/client-sesv2";
import { expect, it, onTestFinished } from "vitest";
import { ACCOUNT, createClient, createDir, createFixture, createTopic, failure, message, REGION } from "./fixture.ts";
import { startSes } from "./server.ts";

it("keeps mailbox, resources and pending events over a restart", async () => {
  const first = await createFixture();
  await first.client.send(new CreateTenantCommand({ TenantName: "acme" }));
  const EmailAddress = "to@example.net";
  await first.client.send(new PutSuppressedDestinationCommand({ EmailAddress, Reason: "BOUNCE" }));
  first.control.set({ holdEvents: true });
  const id = await first.send();
  const [raw, list] = [first.mailbox.raw(id), first.mailbox.list()];
  await first.close();

  const { dir, snsEndpoint, events } = first;
  const second = await startSes({ dir, snsEndpoint, region: REGION, accountId: ACCOUNT });
  onTestFinished(() => second.close());
  expect((await events(2)).map(({ eventType }) => eventType)).toEqual(["Send", "Bounce"]);
  expect(second.mailbox.list()).toEqual(list);
  expect(second.mailbox.raw(id)).toEqual(raw);
  expect(second.mailbox.raw("unknown")).toBeUndefined();
  const client = createClient(second.url);
  onTestFinished(() => client.destroy());
  const { Tenant } = await client.send(new GetTenantCommand({ TenantName: "acme" }));
  expect(Tenant?.TenantName).toBe("acme");
});

it("publishes again what SNS did not take", async () => {
  const { topicArn, snsEndpoint, received } = await createTopic();
  const port = Number(new URL(snsEndpoint).port);
  const fixture = await createFixture({ snsEndpoint: "http://127.0.0.1:1" });
  await fixture.send();
  expect(fixture.control.pending()).toBe(2);
  await fixture.close();
  const { dir } = fixture;
  const second = await startSes({ dir, snsEndpoint: `http://127.0.0.1:${port}`, region: REGION, accountId: ACCOUNT });
  onTestFinished(() => second.close());
  expect(topicArn).toBe(fixture.topicArn);
  await expect.poll(() => received().length, { timeout: 20_000 }).toBe(2);
});

it("refuses a port that is taken and lets go of its files", async () => {
  const { url, snsEndpoint } = await createFixture();
  const dir = await createDir();
  const options = { dir, snsEndpoint, region: REGION, accountId: ACCOUNT };
  const taken = startSes({ ...options, port: Number(new URL(url).port) });
  expect((await failure(taken)).message).toMatch(/EADDRINUSE/);
  const free = await startSes(options);
  await free.close();
});

it("answers requests it cannot serve by the protocol", async () => {
  const { url } = await createFixture();
  const authorization = "AWS4-HMAC-SHA256 Credential=test";
  const call = async (path: string, init: RequestInit) => {
    const response = await fetch(`${url}/v2/email${path}`, init);
    return [response.status, response.headers.get("x-amzn-errortype")];
  };
  const body = message("From: mary@example.com").toString();
  expect(await call("/outbound-emails", { method: "POST", body })).toEqual([
    403,
    "MissingAuthenticationTokenException",
  ]);
  const post = { method: "POST", body, headers: { authorization } };
  expect(await call("/outbound-emails", post)).toEqual([400, "SerializationException"]);
  expect(await call("/outbound-emails", { ...post, body: "[]" })).toEqual([400, "BadRequestException"]);
  expect(await call("/outbound-bulk-emails", post)).toEqual([404, "UnknownOperationException"]);
});
