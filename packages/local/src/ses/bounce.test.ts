import { SESClient, SendBounceCommand, type SendBounceCommandInput } from "@aws-sdk/client-ses";
import { describe, expect, it, onTestFinished } from "vitest";
import { createFixture, failure, REGION } from "./fixture.ts";

const day = 24 * 60 * 60 * 1000;
const raw = Buffer.from(
  "From: Mary <mary@customer.example>\r\nSubject: Hi\r\nMessage-ID: <1@customer.example>\r\nX-Secret: x\r\n\r\nHello\r\n",
);
const mail = { id: "abc", envelope_from: "mary@customer.example", recipients: ["sales@example.com"] };

async function fixture() {
  let now = Date.now();
  const ses = await createFixture({ now: () => now });
  const credentials = { accessKeyId: "x", secretAccessKey: "x" };
  const client = new SESClient({ endpoint: ses.url, region: REGION, credentials, maxAttempts: 1 });
  onTestFinished(() => client.destroy());
  ses.control.received(mail, raw);
  const bounce = (input: Partial<SendBounceCommandInput> = {}) =>
    client.send(
      new SendBounceCommand({
        OriginalMessageId: "abc",
        BounceSender: "bounce@example.com",
        Explanation: "There is nobody of that name. <Sorry> & good-bye.",
        MessageDsn: {
          ReportingMta: "dns; example.com",
          ExtensionFields: [{ Name: "X-Posthouse-Loop", Value: "posthouse.test" }],
        },
        BouncedRecipientInfoList: [{ Recipient: "sales@example.com", BounceType: "DoesNotExist" }],
        ...input,
      }),
    );
  const advance = (ms: number) => void (now += ms);
  return { ...ses, bounce, advance };
}

describe("SendBounce", () => {
  it("tells the sender of a mail that came in, with the empty reverse-path", async () => {
    const { bounce, mailbox } = await fixture();
    const { MessageId } = await bounce();
    const [sent, ...more] = mailbox.list();
    expect(more).toEqual([]);
    expect(sent).toMatchObject({
      id: MessageId,
      envelope_from: "",
      recipients: ["mary@customer.example"],
      from: "MAILER-DAEMON <bounce@example.com>",
    });
    const text = mailbox.raw(MessageId ?? "")?.toString() ?? "";
    expect(text).toMatch(/^Auto-Submitted: auto-replied\r$/m);
    expect(text).toMatch(/^In-Reply-To: <1@customer\.example>\r$/m);
    expect(text).toMatch(/^X-Posthouse-Loop: posthouse\.test\r$/m);
    expect(text).toMatch(/^Final-Recipient: rfc822; sales@example\.com\r\nAction: failed\r\nStatus: 5\.1\.1\r$/m);
    const words = /base64\r\n\r\n([\w+/=\r\n]+?)\r\n\r\n/.exec(text)?.[1] ?? "";
    expect(Buffer.from(words, "base64").toString()).toBe("There is nobody of that name. <Sorry> & good-bye.");
    expect(text).not.toContain("X-Secret");
  });

  it("knows no other mail, and none that is a day old", async () => {
    const { bounce, advance, control } = await fixture();
    expect(await failure(bounce({ OriginalMessageId: "other" }))).toMatchObject({
      name: "MessageRejected",
      message: "The message to be bounced is not known, or was received more than 24 hours ago.",
      status: 400,
    });
    advance(day - 1_000);
    await bounce();
    advance(2_000);
    expect((await failure(bounce())).name).toBe("MessageRejected");
    control.received({ ...mail, id: "def" }, raw);
    await bounce({ OriginalMessageId: "def" });
  });

  it("answers no report, and not from a sender that is not verified", async () => {
    const { bounce, control, mailbox } = await fixture();
    control.received({ ...mail, id: "report", envelope_from: "" }, raw);
    expect((await failure(bounce({ OriginalMessageId: "report" }))).name).toBe("MessageRejected");
    expect(await failure(bounce({ BounceSender: "bounce@other.example" }))).toMatchObject({
      name: "MessageRejected",
      message: "Email address is not verified: bounce@other.example",
    });
    expect(mailbox.list()).toEqual([]);
  });

  it("takes one a second where that is enforced", async () => {
    const { bounce, control, advance, mailbox } = await fixture();
    control.set({ bounceRate: 1 });
    await bounce();
    expect(await failure(bounce())).toMatchObject({ name: "Throttling", status: 400 });
    advance(1_000);
    await bounce();
    expect(mailbox.list()).toHaveLength(2);
  });

  it("refuses what is no call of it", async () => {
    const { bounce, url } = await fixture();
    expect((await failure(bounce({ BouncedRecipientInfoList: [] }))).name).toBe("ValidationError");
    const post = (body: string, headers = {}) => fetch(url, { method: "POST", body, headers });
    expect((await post("Action=SendBounce")).status).toBe(403);
    const signed = { authorization: "AWS4-HMAC-SHA256 x" };
    const answer = await post("Action=Send<Email>&A.__proto__.b=1", signed);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toMatch(
      /<Code>InvalidAction<\/Code><Message>The action Send&lt;Email&gt; is not valid/,
    );
  });
});
