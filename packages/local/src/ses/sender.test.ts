import { CreateEmailIdentityCommand, PutEmailIdentityMailFromAttributesCommand } from "@aws-sdk/client-sesv2";
import { describe, expect, it } from "vitest";
import { createFixture, failure, message } from "./fixture.ts";

describe("who may send", () => {
  it("asks a verified identity of every sender: From, Sender, FromEmailAddress and the return path", async () => {
    const { send } = await createFixture();
    const own = "From: mary@example.com";
    const cases = [
      send({}, message("From: eve@evil.org")),
      send({}, message(own, "Sender: eve@evil.org")),
      send({}, message(own, "Return-Path: <eve@evil.org>")),
      send({ FromEmailAddress: "Mary <mary@example.com>" }, message("From: eve@evil.org")),
      send({ FromEmailAddress: "eve@evil.org" }, message(own)),
      send({ FeedbackForwardingEmailAddress: "eve@evil.org" }),
    ];
    for (const error of await Promise.all(cases.map(failure))) {
      expect(error).toEqual({
        name: "MessageRejected",
        status: 400,
        message:
          "Email address is not verified. The following identities failed the check in region US-EAST-1: eve@evil.org",
      });
    }
  });

  it("lets a domain cover its sub-domains and an address its labels, each only once verified", async () => {
    const { client, control, send } = await createFixture();
    const from = (address: string) => send({}, message(`From: ${address}`));
    await from("a@deep.sub.EXAMPLE.com");
    await client.send(new CreateEmailIdentityCommand({ EmailIdentity: "me@other.org" }));
    expect(await failure(from("me@other.org"))).toMatchObject({ name: "MessageRejected" });
    control.verify("me@other.org");
    await from("me@other.org");
    await from("me+label@other.org");
    expect(await failure(from("you@other.org"))).toMatchObject({ name: "MessageRejected" });
    expect(await failure(from("a@notexample.com"))).toMatchObject({ name: "MessageRejected" });
    control.verify("me@other.org", "FAILED");
    expect(await failure(from("me@other.org"))).toMatchObject({ name: "MessageRejected" });
  });

  it("adds a From header when only FromEmailAddress is given", async () => {
    const { send, mailbox } = await createFixture();
    const id = await send({ FromEmailAddress: "Mary <mary@example.com>" }, message("To: a@example.net"));
    expect(mailbox.raw(id)?.toString()).toContain("From: Mary <mary@example.com>\r\n");
    expect(mailbox.list(1)[0]).toMatchObject({ from: "Mary <mary@example.com>", envelope_from: "mary@example.com" });
  });

  it("refuses a custom MAIL FROM domain that is not verified, when asked to reject", async () => {
    const { client, control, send } = await createFixture();
    const put = (BehaviorOnMxFailure: "REJECT_MESSAGE" | "USE_DEFAULT_VALUE") =>
      client.send(
        new PutEmailIdentityMailFromAttributesCommand({
          EmailIdentity: "example.com",
          MailFromDomain: "bounce.example.com",
          BehaviorOnMxFailure,
        }),
      );
    await put("USE_DEFAULT_VALUE");
    await send();
    await put("REJECT_MESSAGE");
    expect(await failure(send())).toMatchObject({ name: "MailFromDomainNotVerifiedException", status: 400 });
    control.verifyMailFrom("example.com");
    await send();
  });

  it("asks verified recipients too in the sandbox, the simulator excepted", async () => {
    const { control, send } = await createFixture({ sandbox: true, maxSendRate: 100 });
    const to = (...ToAddresses: string[]) => send({ Destination: { ToAddresses } });
    const error = await failure(to("friend@example.net", "inner@example.com"));
    expect(error).toMatchObject({ name: "MessageRejected" });
    expect(error.message).toMatch(/: friend@example\.net$/);
    await to("inner@example.com");
    await to("success+1@simulator.amazonses.com");
    control.set({ sandbox: false });
    await to("friend@example.net");
  });
});
