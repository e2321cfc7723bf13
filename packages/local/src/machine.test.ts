import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { startSink } from "../../../test/support/sink.ts";
import { region } from "./fauxqs.ts";
import { type Machine, startMachine } from "./machine.ts";
import { options } from "./options.ts";
import { credentials, deadLetters, queueUrl } from "./resources.ts";

let dir: string;
let machine: Machine;
let calls = 0;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "posthouse-"));
  vi.stubEnv("POWERTOOLS_LOG_LEVEL", "SILENT");
  const ses = { hook: () => void calls++ };
  machine = await startMachine({
    ...options({ PORT: "0", POSTHOUSE_DATA_DIR: dir, POSTHOUSE_TICK_SECONDS: "1" }),
    ses,
  });
});
afterAll(async () => {
  await machine.close();
  vi.unstubAllEnvs();
  await rm(dir, { recursive: true, force: true });
});

function call(method: string, path: string, body?: object, database?: string): Promise<Response> {
  const headers = {
    authorization: `Bearer ${machine.operatorKey}`,
    "content-type": "application/json",
    ...(database !== undefined && { "posthouse-database": database }),
  };
  return fetch(machine.url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
}

describe("the machine", () => {
  it("takes a mail over HTTP, sends it by the embedded SES and learns what became of it", async () => {
    expect((await call("POST", "/v1/databases", { name: "acme" })).status).toBe(201);
    const mail = { from: "mary@example.com", to: "you@example.org", subject: "Hello", text: "First light" };
    const { id } = (await (await call("POST", "/v1/emails", mail, "acme")).json()) as { id: string };
    await vi.waitFor(() => expect(machine.mailbox.list()).toHaveLength(1), { timeout: 20_000 });
    expect(machine.mailbox.list()[0]).toMatchObject({
      from: '"mary" <notifications@acme.posthouse.test>',
      recipients: ["you@example.org"],
      subject: "Hello",
    });
    await vi.waitFor(
      async () => {
        expect(await (await call("GET", `/v1/emails/${id}`, undefined, "acme")).json()).toHaveProperty(
          "status",
          "delivered",
        );
      },
      { timeout: 20_000 },
    );
    expect(calls).toBeGreaterThan(0);
  });

  it.each(["feedback", "inbound"] as const)(
    "drops SES's greeting of the topic of %s, and keeps other garbage",
    async (queue) => {
      const { fauxqs } = machine.services;
      const client = new SQSClient({ endpoint: fauxqs.url, region, credentials, useQueueUrlAsEndpoint: false });
      onTestFinished(() => client.destroy());
      const greeting = "Successfully validated SNS topic for Amazon SES event publishing.";
      for (const MessageBody of [greeting, "Hello."])
        await client.send(new SendMessageCommand({ QueueUrl: queueUrl(fauxqs, queue), MessageBody }));
      const left = (name: string) => {
        const { ready = [], delayed = [], inflight = [] } = fauxqs.sqs.getQueueByName(name)?.inspectMessages() ?? {};
        return [...ready, ...delayed, ...inflight.map(({ message }) => message)].map(({ body }) => body);
      };
      // The greeting came first: that it alone is gone says that it was taken in, and the other was not
      await vi.waitFor(() => expect([...left(queue), ...left(deadLetters(queue))]).toEqual(["Hello."]), {
        timeout: 20_000,
      });
    },
  );

  it("tells about itself", async () => {
    expect(machine.ports.operator.public_url).toBe(machine.url);
    expect(await (await fetch(`${machine.url}/_local/info`)).json()).toEqual({
      url: machine.url,
      smtp_port: machine.info.smtp_port,
      data_dir: dir,
      root_domain: "posthouse.test",
    });
  });

  it("moves the functions' clock on", async () => {
    const before = machine.ports.clock.now();
    const body = JSON.stringify({ advance_s: 86_400 });
    expect((await fetch(`${machine.url}/_local/clock`, { method: "POST", body })).status).toBe(200);
    expect(machine.ports.clock.now() - before).toBeGreaterThanOrEqual(86_400_000);
    await machine.tick();
  });

  it("is the only one of its process", async () => {
    await expect(startMachine(options({ POSTHOUSE_DATA_DIR: dir }))).rejects.toThrow(/one machine/);
  });

  it("R-SRV-7 gives a file byte for byte, as the gateway and Lambda pass it", async () => {
    const sink = await startSink();
    onTestFinished(() => sink.close());
    await call("POST", "/v1/databases", { name: "files" });
    const server = { name: "tx", host: "127.0.0.1", port: sink.port, encryption: "none", max_email_size_mb: 1 };
    await call("POST", "/v1/servers", { ...server, from_filter: "b.example" }, "files");
    const content = randomBytes(1_200_000).toString("base64");
    const attachments = [{ filename: "a.csv", content, content_type: "text/csv" }];
    const mail = { from: "a@b.example", to: "x@y.example", subject: "s", text: "t", attachments };
    expect((await call("POST", "/v1/emails", mail, "files")).status).toBe(200);
    await vi.waitFor(() => expect(sink.caught).toHaveLength(1), { timeout: 20_000 });
    const text = (sink.caught[0]?.raw ?? "").replaceAll("=\r\n", "");
    const [link = ""] = /http:\/\/localhost:\d+\/v1\/files\/[\w.-]+/.exec(text) ?? [];
    expect(link.startsWith(machine.url)).toBe(true);
    const response = await fetch(link);
    expect(Buffer.from(await response.arrayBuffer()).toString("base64") === content).toBe(true);
  });
});
