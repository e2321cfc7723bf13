import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let env: TestPorts;
beforeAll(async () => {
  env = await startTestPorts();
  env.ses.control.received(
    { id: "abc", envelope_from: "mary@customer.example", recipients: ["x@posthouse.test"] },
    raw,
  );
});
afterAll(() => env.close());

const raw = Buffer.from("From: mary@customer.example\r\n\r\nHello\r\n");
const bounce = {
  message_id: "abc",
  from: "bounce@posthouse.test",
  recipient: "x@posthouse.test",
  reason: "DoesNotExist",
  status: "5.1.1",
  explanation: "Nobody of that name.",
  fields: { "X-Posthouse-Loop": "posthouse.test" },
} as const;

describe("the bouncer", () => {
  it("has SES answer, and says what it said", async () => {
    const answer = await env.ports.bouncer.bounce(bounce);
    expect(answer).toMatchObject({ outcome: "accepted", recipients: [{ address: "x@posthouse.test", ok: true }] });
    expect(env.ses.mailbox.list()).toHaveLength(1);
  });

  it("throws nothing: a mail that SES does not know is refused for good, a rate that is used up is not", async () => {
    expect(await env.ports.bouncer.bounce({ ...bounce, message_id: "other" })).toMatchObject({
      outcome: "refused",
      failure: "permanent",
      retry: false,
    });
    env.ses.control.set({ bounceRate: 1 });
    const answers = await Promise.all([1, 2, 3].map(() => env.ports.bouncer.bounce(bounce)));
    expect(answers.filter(({ outcome }) => outcome === "refused")[0]).toMatchObject({
      failure: "temporary",
      retry: true,
    });
  });
});
