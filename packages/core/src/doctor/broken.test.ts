import { DynamoDBClient, UpdateTimeToLiveCommand } from "@aws-sdk/client-dynamodb";
import {
  DeleteConfigurationSetEventDestinationCommand,
  PutEmailIdentityDkimAttributesCommand,
  SESv2Client,
} from "@aws-sdk/client-sesv2";
import { ListSubscriptionsByTopicCommand, SNSClient, UnsubscribeCommand } from "@aws-sdk/client-sns";
import { DeleteQueueCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { credentials, deadLetters, own, queues, queueUrl, table, topicArn } from "@posthouse/local/resources";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { broken, hopOf, type Patient, publish, region, startPatient } from "../../../../test/support/doctor.ts";
import { type HopName, hops } from "./hop.ts";

/** One installation for what is mended after it, another one for what is not. */
let kept: Patient | undefined;
let patient: Patient;
let spent = false;
const closing: { destroy(): void }[] = [];
beforeEach(async () => {
  patient = kept ??= await startPatient();
});
afterEach(async () => {
  for (const each of closing.splice(0)) each.destroy();
  if (spent) await replace();
  else mend();
});
afterAll(async () => kept?.close());

/** Takes back what a switch or the DNS has broken. */
function mend(): void {
  const { control } = patient.env.ses;
  control.set({ sandbox: false, maxSendRate: undefined, max24HourSend: undefined, receiptRules: true });
  control.suspend(false);
  control.verify("posthouse.test");
  control.verifyMailFrom("posthouse.test");
  publish(patient.dns);
}

/** Throws the installation away. */
async function replace(): Promise<void> {
  kept = undefined;
  await patient.close();
}

/** What no switch takes back. */
const lasting = new Set([
  "DKIM that is turned off",
  "no event destination",
  "an unsubscribed topic",
  "a queue that is gone",
  "a dead letter",
  "a table without TTL",
  "a clock that is ahead",
  "KMS down",
]);

/** A client of one of the embedded services, to break something with. */
function client<C extends { destroy(): void }>(make: new (options: object) => C, endpoint: string): C {
  const made = new make({ endpoint, region, credentials, useQueueUrlAsEndpoint: false });
  closing.push(made);
  return made;
}
const ses = () => client(SESv2Client, patient.env.services.ses.url);
const sqs = () => client(SQSClient, patient.env.services.fauxqs.url);
const sns = () => client(SNSClient, patient.env.services.fauxqs.url);

/** What is broken, the hops that are to say so, and words of what they find and of the fix. */
const breaks: readonly [name: string, act: () => unknown, hops: readonly HopName[], found: RegExp, fix: RegExp][] = [
  [
    "the sandbox",
    () => patient.env.ses.control.set({ sandbox: true, maxSendRate: 1 }),
    ["account"],
    /in the sandbox; .* waits: 0 emails$/,
    /--production-access/,
  ],
  [
    "a suspended account",
    () => patient.env.ses.control.suspend(true),
    ["account", "event_path", "subdomain"],
    /stopped/,
    /dashboard/,
  ],
  [
    "a used-up quota",
    () => patient.env.ses.control.set({ max24HourSend: 0 }),
    ["account"],
    /0 of 0 recipients/,
    /higher sending quota/,
  ],
  [
    "an identity that is not verified",
    () => patient.env.ses.control.verify("posthouse.test", "FAILED"),
    ["identity", "event_path", "subdomain"],
    /not verified \(DKIM FAILED\)/,
    /records/,
  ],
  [
    "DKIM that is turned off",
    () =>
      ses().send(new PutEmailIdentityDkimAttributesCommand({ EmailIdentity: "posthouse.test", SigningEnabled: false })),
    ["identity"],
    /not signed/,
    /Turn DKIM signing on/,
  ],
  [
    "a MAIL FROM domain without its MX",
    () => patient.env.ses.control.verifyMailFrom("posthouse.test", "FAILED"),
    ["mail_from"],
    /bounce\.posthouse\.test is not verified/,
    /exactly one MX/,
  ],
  [
    "no event destination",
    () =>
      ses().send(
        new DeleteConfigurationSetEventDestinationCommand({
          ConfigurationSetName: own,
          EventDestinationName: "posthouse",
        }),
      ),
    ["event_destination"],
    /no event destination/,
    /infra\/mail\.ts/,
  ],
  [
    "an unsubscribed topic",
    async () => {
      const { Subscriptions = [] } = await sns().send(new ListSubscriptionsByTopicCommand({ TopicArn: topicArn }));
      for (const { SubscriptionArn } of Subscriptions) await sns().send(new UnsubscribeCommand({ SubscriptionArn }));
    },
    ["event_topic"],
    /the queue feedback is not subscribed/,
    /infra\/topics\.ts/,
  ],
  [
    "a queue that is gone",
    () => sqs().send(new DeleteQueueCommand({ QueueUrl: queueUrl(patient.env.services.fauxqs, "mass") })),
    ["queues", "dispatch"],
    /no queue mass/,
    /infra\/queues\.ts/,
  ],
  [
    "a dead letter",
    () =>
      sqs().send(
        new SendMessageCommand({
          QueueUrl: queueUrl(patient.env.services.fauxqs, "webhook").replace(
            queues.webhook.name,
            deadLetters("webhook"),
          ),
          MessageBody: "{}",
        }),
      ),
    ["dead_letters"],
    /webhook 1/,
    /redrive/,
  ],
  [
    "a table without TTL",
    () =>
      client(DynamoDBClient, patient.env.services.dynamodb.url).send(
        new UpdateTimeToLiveCommand({
          TableName: table,
          TimeToLiveSpecification: { Enabled: false, AttributeName: "expires_at" },
        }),
      ),
    ["table"],
    /TTL is off/,
    /Turn TTL on/,
  ],
  [
    "a root without MX",
    () => patient.dns.clear("posthouse.test"),
    ["mx"],
    /no MX at posthouse\.test$/,
    /Publish "MX 10 inbound-smtp/,
  ],
  [
    "a wildcard that leads elsewhere",
    () => patient.dns.set("*.posthouse.test", "MX", "10 mx.else.example"),
    ["mx"],
    /the MX at \*\.posthouse\.test leads elsewhere/,
    /at \*\.posthouse\.test\./,
  ],
  [
    "no active rule set",
    () => patient.env.ses.control.set({ receiptRules: false }),
    ["receipt_rules"],
    /no rule set/,
    /Deploy again/,
  ],
  [
    "a Region that receives nothing",
    () => patient.dns.clear(`inbound-smtp.${region}.amazonaws.com`),
    ["region"],
    /receives no mail there/,
    /Deploy to a Region/,
  ],
  [
    "a DNS that fails",
    () => patient.dns.fail("posthouse.test", "servfail"),
    ["mx"],
    /the DNS gave no answer/,
    /name servers/,
  ],
  ["a clock that is ahead", () => patient.env.advance(600_000), ["clock"], /60[01] seconds ahead/, /NTP/],
  [
    "an API without a name",
    () => patient.dns.clear("api.posthouse.test"),
    ["api"],
    /has no address/,
    /Publish the record/,
  ],
  ["KMS down", () => patient.env.services.kms.close(), ["vault"], /no answer/, /see the logs/],
];

describe("the doctor names what is broken, and nothing else", () => {
  it("of every hop", () => {
    const first = new Set(breaks.map(([, , [hop]]) => hop));
    // Broken by what stands in for AWS, or does not run: doctor.test.ts, probe.test.ts, running.test.ts
    const elsewhere = new Set<HopName>(["credentials", "event_path", "subdomain", "dispatch", "tick"]);
    expect(hops.filter((hop) => !first.has(hop) && !elsewhere.has(hop))).toEqual([]);
  });

  it.each(breaks)("%s", async (name, act, expected, found, fix) => {
    spent = lasting.has(name);
    await act();
    const all = await patient.report({}, { wait_ms: 2_500, hop_ms: 8_000 });
    expect(broken(all)).toEqual(expected);
    const [first] = expected;
    expect(first && hopOf(all, first)).toMatchObject({
      found: expect.stringMatching(found),
      fix: expect.stringMatching(fix),
    });
    expect(all.ok).toBe(false);
    expect(JSON.stringify(all)).not.toContain("@");
  });
});
