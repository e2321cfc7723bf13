import { isBuiltin } from "node:module";
import { join } from "node:path";
import { createReceiver } from "@posthouse/local/receive/receiver";
import { record } from "@posthouse/local/sqs-record";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import * as Budget from "../bench/budget.ts";
import { letter } from "../support/fetching.ts";
import { type Client, createClient } from "../support/http.ts";
import { login, type Mailbox, startMailbox } from "../support/imap.ts";
import { type Receiver, startReceiver } from "../support/receiver.ts";
import { type Sink, startSink } from "../support/sink.ts";
import { functions } from "./build.ts";
import { type Installation, startInstallation } from "./installation.ts";

/** The bundles as SST builds them, each in a process with nothing else, called by the events that AWS calls them by. */

type Json = Record<string, unknown>;

let installation: Installation;
let mailbox: Mailbox;
let sink: Sink;
let receiver: Receiver;
let client: Client;

beforeAll(async () => {
  [installation, mailbox, sink, receiver] = await Promise.all([
    startInstallation(),
    startMailbox(),
    startSink(),
    startReceiver(),
  ]);
  const operator = createClient(installation.url, { key: installation.operatorKey });
  const { body } = await operator.call("POST", "/v1/databases", { name: "company-name" });
  client = createClient(installation.url, { key: String(body["api_key"]) });
}, 300_000);
afterAll(async () => {
  await installation.close();
  await Promise.all([mailbox.close(), sink.close(), receiver.close()]);
});

async function ok(method: string, path: string, body?: Json): Promise<Json> {
  const answer = await client.call(method, `/v1${path}`, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

const wait = { timeout: 30_000, interval: 50 };
const send = async (more: Json): Promise<string> =>
  String((await ok("POST", "/emails", { subject: "Order 7", text: "Thank you.", ...more }))["id"]);
const becomes = (id: string, status: string) =>
  vi.waitFor(async () => expect(await ok("GET", `/emails/${id}`)).toMatchObject({ status }), wait);
const received = async () => ((await ok("GET", "/received"))["data"] as Json[]).map(({ subject }) => subject);
const sent = (recipient: string) => sink.caught.filter(({ recipients }) => recipients.includes(recipient)).length;
/** Which queue's batches a function was given. */
const read = (name: string) =>
  new Set(installation.batches.filter((batch) => batch.function === name).map(({ queue }) => queue));

describe("a bundle", () => {
  it.each(functions)("%s has all it needs in it, and each of its chunks loads", async (name) => {
    const { files, externals } = installation.bundles[name];
    expect(externals.filter((path) => !isBuiltin(path))).toEqual([]);
    const chunks = files.map((file) => file.name).filter((file) => file.endsWith(".mjs"));
    expect(chunks.length).toBeGreaterThan(10);
    const { dir } = installation.places[name];
    for (const chunk of chunks) await installation.functions[name].load(join(dir, chunk));
  });

  it("of the API loads at its start no more than its budget", () => {
    const { start, parts } = installation.bundles.api;
    const largest = parts.slice(0, 8).map(({ name, bytes }) => `${name} ${bytes}`);
    expect(start, largest.join(", ")).toBeLessThanOrEqual(Budget.apiBytes);
  });

  it.each(["deliver", "dispatch", "incoming", "provision"] as const)(
    "%s reports a message it cannot read, and that alone",
    async (name) => {
      const event = { Records: [record({ MessageId: "one", Body: '{"cut' }, "http://localhost/1/queue")] };
      expect(await installation.functions[name].invoke(event)).toEqual({
        batchItemFailures: [{ itemIdentifier: "one" }],
      });
    },
  );

  it("says in an error where in the source it was", async () => {
    await expect(installation.functions.tick.load("/nowhere.mjs")).rejects.toThrow("nowhere");
    await expect(installation.functions.deliver.invoke({})).rejects.toThrow("packages/aws/src/sqs-event.ts");
  });
});

describe("the deployed artefact", () => {
  it.each([
    ["GET", "/v1/health", 200],
    ["GET", "/v1/openapi.json", 200],
    ["GET", "/u/nothing", 404],
    ["POST", "/v1/emails", 401],
  ])("answers %s %s with %i to one without a key", async (method, path, status) => {
    expect((await fetch(`${installation.url}${path}`, { method })).status).toBe(status);
  });

  it("a mail goes by API, dispatch, SES, feedback and deliver, and leaves a trace", async () => {
    await ok("POST", "/webhooks", { endpoint: receiver.url, events: ["email.delivered"] });
    const id = await send({ to: "success@simulator.amazonses.com" });
    await becomes(id, "delivered");
    await vi.waitFor(() => expect(receiver.received.map(({ json }) => json.data["email_id"])).toEqual([id]), wait);
    expect(installation.traces.filter((trace) => trace.includes(id))).toHaveLength(1);
    for (const [name, queue] of [
      ["provision", "provision"],
      ["dispatch", "dispatch"],
      ["feedback", "feedback"],
      ["deliver", "webhook"],
    ] as const)
      await vi.waitFor(() => expect(read(name)).toContain(queue), wait);
  });

  it("a campaign goes by the mass queue", async () => {
    await send({ to: "ann@example.org", kind: "mass" });
    await vi.waitFor(() => expect(read("dispatch")).toContain("mass"), wait);
    const isSent = () =>
      installation.env.ses.mailbox.list().some(({ recipients }) => recipients[0] === "ann@example.org");
    await vi.waitFor(() => expect(isSent()).toBe(true), wait);
  });

  it("a connection is tested, and mail goes over a server of the database's own in its group", async () => {
    const connection = { host: "127.0.0.1", port: sink.port, encryption: "none", authentication: "none" };
    await ok("POST", "/domains", { name: "company.com" });
    const { id } = await ok("POST", "/servers", { name: "own", from_filter: "company.com", ...connection });
    expect(await ok("POST", `/servers/${String(id)}/test`)).toMatchObject({ ok: true });
    await becomes(await send({ from: "sales@company.com", to: "bob@example.org" }), "sent");
    expect(sent("bob@example.org")).toBe(1);
    await vi.waitFor(() => expect(read("dispatch")).toContain("external.fifo"), wait);
  });

  it("mail that SES received comes in", async () => {
    const { services, ports, ses } = installation.env;
    const receipt = createReceiver({ endpoint: services.fauxqs.url, now: ports.clock.now, control: ses.control });
    try {
      await receipt.take({
        envelope_from: "mary@customer.example",
        recipients: ["sales@company-name.posthouse.test"],
        raw: Buffer.from(letter("received").replace(/\n/g, "\r\n")),
        client: { name: "client.example", address: "192.0.2.1" },
      });
    } finally {
      receipt.close();
    }
    await vi.waitFor(async () => expect(await received()).toContain("received"), wait);
  });

  it("the minute has mail fetched from elsewhere, and releases what is due", async () => {
    const { username, password } = login;
    const way = { host: "localhost", port: mailbox.port, encryption: "tls", username, password };
    mailbox.put(letter("fetched"));
    await ok("POST", "/incoming-servers", { name: "sales", ...way });
    const id = await send({ to: "late@example.org", scheduled_at: new Date(Date.now() + 1_000).toISOString() });
    expect(await ok("GET", `/emails/${id}`)).toMatchObject({ status: "scheduled" });
    await vi.waitFor(
      async () => {
        await installation.tick();
        expect(await ok("GET", `/emails/${id}`)).not.toMatchObject({ status: "scheduled" });
      },
      { ...wait, interval: 500 },
    );
    await becomes(id, "sent");
    await vi.waitFor(async () => expect(await received()).toContain("fetched"), wait);
  });

  it("has answered every batch as Lambda understands it, and printed nothing but JSON, metrics among it", () => {
    const none = { batchItemFailures: [] };
    expect(installation.batches.filter(({ answer }) => JSON.stringify(answer) !== JSON.stringify(none))).toEqual([]);
    for (const name of functions) {
      const lines = installation.functions[name].lines().map((line) => JSON.parse(line) as Json);
      expect(lines.filter(({ level }) => level === "ERROR")).toEqual([]);
    }
    const { api } = installation.functions;
    expect(api.lines().some((line) => line.includes('"_aws"'))).toBe(true);
  });
});
