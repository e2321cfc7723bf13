import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateConfigurationSetCommand,
  CreateConfigurationSetEventDestinationCommand,
  SESv2Client,
  SendEmailCommand,
  type SendEmailCommandInput,
} from "@aws-sdk/client-sesv2";
import { startFauxqs } from "fauxqs";
import { expect, onTestFinished } from "vitest";
import { type SesOptions, startSes } from "./server.ts";

/** An event as it arrives behind SNS. */
export interface Received {
  eventType: string;
  mail: { messageId: string; tags: Record<string, string[]>; [member: string]: unknown };
  [detail: string]: unknown;
}

/** The Region of every test. */
export const REGION = "us-east-1";
/** The account of every test. */
export const ACCOUNT = "000000000000";
const QUEUE = "events";

/** A raw message; `headers` are lines that come first. */
export function message(...headers: string[]): Buffer {
  return Buffer.from([...headers, "Subject: Hello", "", "Hi there", ""].join("\r\n"));
}

/** The client as an application makes it, without retries. */
export function createClient(url: string): SESv2Client {
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  return new SESv2Client({ endpoint: url, region: REGION, credentials, maxAttempts: 1 });
}

/** A directory that is removed when the test ends. */
export async function createDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "posthouse-ses-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** SNS with a topic whose messages land in a queue. */
export async function createTopic() {
  const fauxqs = await startFauxqs({ port: 0, host: "127.0.0.1", logger: false, defaultRegion: REGION });
  onTestFinished(() => fauxqs.stop());
  const { topicArn } = fauxqs.createTopic("feedback", { region: REGION });
  fauxqs.createQueue(QUEUE, { region: REGION });
  fauxqs.subscribe({ topic: "feedback", queue: QUEUE, region: REGION, attributes: { RawMessageDelivery: "true" } });
  const received = () =>
    (fauxqs.inspectQueue(QUEUE)?.messages.ready ?? []).map(({ body }) => JSON.parse(body) as Received);
  const addTopic = (topic: string) => {
    fauxqs.createTopic(topic, { region: REGION });
    fauxqs.subscribe({ topic, queue: QUEUE, region: REGION, attributes: { RawMessageDelivery: "true" } });
  };
  return { topicArn, snsEndpoint: `http://127.0.0.1:${fauxqs.port}`, received, addTopic };
}

/** A running endpoint with `example.com` verified and configuration set `main` publishing to a topic. */
export async function createFixture(options: Partial<SesOptions> = {}) {
  const { topicArn, snsEndpoint, received, addTopic } = await createTopic();
  const dir = options.dir ?? (await createDir());
  const ses = await startSes({ dir, snsEndpoint, region: REGION, accountId: ACCOUNT, ...options });
  onTestFinished(() => ses.close());
  const client = createClient(ses.url);
  onTestFinished(() => client.destroy());
  ses.control.verify("example.com");
  await client.send(new CreateConfigurationSetCommand({ ConfigurationSetName: "main" }));
  await subscribe(client, "feedback", topicArn);
  const send = async (input: Partial<SendEmailCommandInput> = {}, raw = message("From: mary@example.com")) => {
    const Destination = { ToAddresses: ["to@example.net"] };
    const base = { ConfigurationSetName: "main", Destination, Content: { Raw: { Data: raw } } };
    const { MessageId } = await client.send(new SendEmailCommand({ ...base, ...input }));
    return MessageId ?? "";
  };
  const events = async (count: number) => {
    await expect.poll(() => received().length, { timeout: 20_000 }).toBeGreaterThanOrEqual(count);
    return received();
  };
  return { ...ses, client, dir, topicArn, snsEndpoint, send, events, received, addTopic };
}

/** Has configuration set `main` publish every type the endpoint knows to a topic. */
export async function subscribe(client: SESv2Client, EventDestinationName: string, TopicArn: string): Promise<void> {
  await client.send(
    new CreateConfigurationSetEventDestinationCommand({
      ConfigurationSetName: "main",
      EventDestinationName,
      EventDestination: {
        Enabled: true,
        MatchingEventTypes: ["SEND", "DELIVERY", "BOUNCE", "COMPLAINT"],
        SnsDestination: { TopicArn },
      },
    }),
  );
}

/** Name and message of the exception a call ends with. */
export async function failure(
  call: Promise<unknown>,
): Promise<{ name: string; message: string; status?: number | undefined }> {
  const error = await call.then(
    () => undefined,
    (cause: unknown) => cause as Error & { $metadata?: { httpStatusCode?: number } },
  );
  if (!error) throw new Error("Expected the call to fail.");
  return { name: error.name, message: error.message, status: error.$metadata?.httpStatusCode };
}
