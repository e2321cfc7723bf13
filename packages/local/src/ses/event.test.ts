import { describe, expect, it } from "vitest";
import { createFixture, message, subscribe } from "./fixture.ts";

const AT = Date.UTC(2026, 0, 2, 3, 4, 5, 6);
const at = "2026-01-02T03:04:05.006Z";
const later = "2026-01-02T03:04:05.011Z";
const feedbackId = expect.stringMatching(/^0100[0-9a-f]{12}-[0-9a-f-]{36}-000000$/);

const simulator = (name: string) => `${name}@simulator.amazonses.com`;
const to = (...ToAddresses: string[]) => ({ Destination: { ToAddresses } });

describe("events", () => {
  it("are a Send and a Delivery in the shape of event publishing", async () => {
    const { send, events } = await createFixture({ now: () => AT });
    const raw = message(
      'From: "Mary" <mary@sub.example.com>',
      "To: =?utf-8?Q?J=C3=B6rg?= <to@example.net>,",
      " <second@example.net>",
      "Message-ID: <mine@example.com>",
      "Bcc: secret@example.org",
    );
    const id = await send({ EmailTags: [{ Name: "email", Value: "em_1" }] }, raw);
    const [sent, delivered] = await events(2);
    const mail = {
      timestamp: at,
      source: '"Mary" <mary@sub.example.com>',
      sourceArn: "arn:aws:ses:us-east-1:000000000000:identity/example.com",
      sendingAccountId: "000000000000",
      messageId: id,
      destination: ["to@example.net"],
      headersTruncated: false,
      headers: [
        { name: "From", value: '"Mary" <mary@sub.example.com>' },
        { name: "To", value: "=?utf-8?Q?J=C3=B6rg?= <to@example.net>, <second@example.net>" },
        { name: "Message-ID", value: "<mine@example.com>" },
        { name: "Subject", value: "Hello" },
      ],
      commonHeaders: {
        returnPath: "mary@sub.example.com",
        from: ["Mary <mary@sub.example.com>"],
        to: ["Jörg <to@example.net>", "second@example.net"],
        messageId: "<mine@example.com>",
        subject: "Hello",
      },
      tags: {
        "ses:operation": ["SendEmail"],
        "ses:configuration-set": ["main"],
        "ses:source-ip": ["127.0.0.1"],
        "ses:from-domain": ["sub.example.com"],
        "ses:caller-identity": ["posthouse"],
        email: ["em_1"],
      },
    };
    expect(sent).toEqual({ eventType: "Send", mail, send: {} });
    expect(delivered).toEqual({
      eventType: "Delivery",
      mail,
      delivery: {
        timestamp: later,
        processingTimeMillis: 5,
        recipients: ["to@example.net"],
        smtpResponse: "250 2.6.0 Message received",
        reportingMTA: "smtp-out.amazonses.com",
      },
    });
  });

  it("come once for each receiving domain, several recipients in one", async () => {
    const { send, events } = await createFixture();
    await send(to("a@one.net", "b@two.net", "c@ONE.net"));
    const recipients = (await events(3))
      .slice(1)
      .map((event) => (event["delivery"] as { recipients: string[] }).recipients);
    expect(recipients).toEqual([["a@one.net", "c@ONE.net"], ["b@two.net"]]);
  });

  it("follow the mailbox simulator, with labels and in any case", async () => {
    const { send, events } = await createFixture({ now: () => AT });
    await send(to(simulator("success"), simulator("BOUNCE+a"), simulator("ooto+b"), simulator("Complaint+c")));
    const [, delivered, bounced, replied, complained] = await events(5);
    expect(delivered).toMatchObject({
      eventType: "Delivery",
      delivery: { recipients: [simulator("success"), simulator("ooto+b"), simulator("Complaint+c")] },
    });
    const emailAddress = simulator("BOUNCE+a");
    const diagnosticCode = "smtp; 550 5.1.1 user unknown";
    expect(bounced?.["bounce"]).toEqual({
      bounceType: "Permanent",
      bounceSubType: "General",
      bouncedRecipients: [{ emailAddress, action: "failed", status: "5.1.1", diagnosticCode }],
      timestamp: later,
      feedbackId,
      remoteMtaIp: "127.0.0.1",
      reportingMTA: "dns; smtp-out.amazonses.com",
    });
    expect(replied?.["bounce"]).toEqual({
      bounceType: "Transient",
      bounceSubType: "General",
      bouncedRecipients: [{ emailAddress: simulator("ooto+b") }],
      timestamp: later,
      feedbackId,
    });
    expect(complained).toMatchObject({
      eventType: "Complaint",
      complaint: {
        complainedRecipients: [{ emailAddress: simulator("Complaint+c") }],
        complaintFeedbackType: "abuse",
        timestamp: later,
        arrivalDate: later,
        feedbackId,
      },
    });
    const ids = [bounced?.["bounce"], replied?.["bounce"], complained?.["complaint"]];
    expect(new Set(ids.map((detail) => (detail as { feedbackId: string }).feedbackId)).size).toBe(3);
  });

  it("bounce the simulator's suppressed and its unknown addresses", async () => {
    const { send, events } = await createFixture();
    await send(to(simulator("suppressionlist"), simulator("nobody")));
    const [, unknown, suppressed] = await events(3);
    expect(unknown).toMatchObject({ bounce: { bounceSubType: "General" } });
    expect(suppressed).toMatchObject({
      bounce: { bounceType: "Permanent", bounceSubType: "OnAccountSuppressionList" },
    });
  });

  it("leave out headers past 10 KB and say so", async () => {
    const { send, events } = await createFixture();
    const filler = Array.from({ length: 15 }, (_, n) => `X-Filler-${n}: ${"x".repeat(900)}`);
    await send({}, message("From: mary@example.com", ...filler));
    const { mail } = (await events(1))[0] ?? {};
    expect(mail?.["headersTruncated"]).toBe(true);
    expect(JSON.stringify(mail?.["headers"]).length).toBeLessThan(11_000);
  });

  it("stay pending while the event path is cut, and come in order when it is mended", async () => {
    const { send, control, received, events } = await createFixture();
    control.set({ holdEvents: true });
    const ids = [await send(), await send(), await send()];
    expect(control.pending()).toBe(6);
    expect(received()).toEqual([]);
    control.set({ holdEvents: false });
    const arrived = await events(6);
    expect(arrived.map(({ mail }) => mail.messageId)).toEqual(ids.flatMap((id) => [id, id]));
    await expect.poll(() => control.pending()).toBe(0);
  });

  it("wait as long as told", async () => {
    let now = AT;
    const { send, control, received, events } = await createFixture({ now: () => now });
    control.set({ delayEvents: 60_000 });
    await send();
    control.set({ delayEvents: 0 });
    const prompt = await send();
    expect((await events(2)).map(({ mail }) => mail.messageId)).toEqual([prompt, prompt]);
    expect(control.pending()).toBe(2);
    now += 60_000;
    await events(4);
    expect(received()).toHaveLength(4);
  });

  it("wait for a topic SNS does not know yet, without holding up the others", async () => {
    const { client, topicArn, send, control, events, addTopic } = await createFixture();
    await subscribe(client, "late", topicArn.replace(/feedback$/, "late"));
    await send();
    await events(2);
    await expect.poll(() => control.pending()).toBe(2);
    addTopic("late");
    expect((await events(4)).slice(2).map(({ eventType }) => eventType)).toEqual(["Send", "Delivery"]);
    await expect.poll(() => control.pending()).toBe(0);
  });
});
