import { describe, expect, it } from "vitest";
import { read } from "./receipt.ts";

/** In the shape of AWS's own example of a notification, its S3 action in place of the SNS one. */
const notification = () => ({
  notificationType: "Received",
  receipt: {
    timestamp: "2026-11-23T07:00:00.123Z",
    processingTimeMillis: 222,
    recipients: ["sales@company-name.com", "bounce@acme.posthouse.test"],
    spamVerdict: { status: "PASS" } as { status: string } | undefined,
    virusVerdict: { status: "PASS" },
    spfVerdict: { status: "GRAY" },
    dkimVerdict: { status: "PROCESSING_FAILED" },
    dmarcPolicy: "reject",
    dmarcVerdict: { status: "FAIL" },
    action: {
      type: "S3",
      topicArn: "arn:aws:sns:us-east-1:012345678912:inbound",
      bucketName: "my-S3-bucket",
      objectKeyPrefix: "keep-40d/inbound/",
      objectKey: "keep-40d/inbound/d6iitobk75ur44p8kdnnp7g2n800",
    },
  },
  mail: {
    timestamp: "2026-11-23T08:00:00.123+01:00",
    source: "0000014fbe1c09cf-7cb9f704-7531-4e53-89a1-5fa9744f5eb6-000000@amazonses.com" as string | null,
    messageId: "d6iitobk75ur44p8kdnnp7g2n800",
    destination: ["sales@company-name.com"],
    headersTruncated: false,
    headers: [{ name: "Return-Path", value: "<x@amazonses.com>" }],
    commonHeaders: { returnPath: "x@amazonses.com", from: ["a@b.example"], subject: "Example subject" },
  },
});

describe("what SES tells of a mail that came in", () => {
  it("is read: the envelope's recipients, never those of the header", () => {
    expect(read(notification())).toEqual({
      id: "d6iitobk75ur44p8kdnnp7g2n800",
      received_at: "2026-11-23T07:00:00.123Z",
      envelope_from: "0000014fbe1c09cf-7cb9f704-7531-4e53-89a1-5fa9744f5eb6-000000@amazonses.com",
      recipients: ["sales@company-name.com", "bounce@acme.posthouse.test"],
      verdicts: { spam: "pass", virus: "pass", spf: "gray", dkim: "processing_failed", dmarc: "fail" },
      blob: "keep-40d/inbound/d6iitobk75ur44p8kdnnp7g2n800",
    });
  });

  it.each([[""], ["<>"], [null]])("has the empty reverse-path as %j", (source) => {
    const told = notification();
    told.mail.source = source;
    expect(read(told)?.envelope_from).toBeNull();
  });

  it("has no verdict where SES says none, or one that nobody knows", () => {
    const told = notification();
    told.receipt.spamVerdict = undefined;
    told.receipt.virusVerdict.status = "MAYBE";
    expect(read(told)?.verdicts).toMatchObject({ spam: null, virus: null, spf: "gray" });
  });

  it.each([
    ["in plain words to a topic", "Successfully validated SNS topic for Amazon SES email receiving."],
    ["as a mail that nobody wrote", { ...notification(), mail: { messageId: "AMAZON_SES_SETUP_NOTIFICATION" } }],
  ])("is nobody's mail where it says that a rule was set up: %s", (_, body) => expect(read(body)).toBeNull());

  it.each([
    ["another text", "Hello."],
    ["an event", { eventType: "Send" }],
    ["a test of the rule", { notificationType: "AmazonSnsSubscriptionSucceeded" }],
    ["nothing", null],
  ])("is refused: %s", (_, body) => expect(() => read(body)).toThrow());

  it("is refused where the rule puts mail elsewhere: nothing else of the bucket is ever read as mail", () => {
    const told = notification();
    told.receipt.action.objectKey = "keep-40d/db_01/body";
    expect(() => read(told)).toThrow(/objectKey/);
  });
});
