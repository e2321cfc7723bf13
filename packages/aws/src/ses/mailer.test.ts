import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateConfigurationSetCommand,
  CreateTenantCommand,
  CreateTenantResourceAssociationCommand,
  SESv2Client,
} from "@aws-sdk/client-sesv2";
import type { SesMessage } from "@posthouse/core/ports/mailer";
import { startSes } from "@posthouse/local/ses/server";
import { describe, expect, it, onTestFinished } from "vitest";
import { createSesMailer, sesClientOptions } from "./mailer.ts";

const region = "us-east-1";
const accountId = "000000000000";
const identity = `arn:aws:ses:${region}:${accountId}:identity/acme.example`;
const set = `arn:aws:ses:${region}:${accountId}:configuration-set/main`;

const message: SesMessage = {
  mime: Buffer.from(
    "From: Mary <notifications@acme.example>\r\nTo: shown@other.example\r\nSubject: Hello\r\n\r\nHi\r\n",
  ),
  from_address: "notifications@acme.example",
  envelope_from: "bounce@acme.example",
  recipients: ["bob@other.example", "eve@other.example"],
  tenant: "db_1",
  configuration_set: "main",
  tags: { email: "em_1", try: "1" },
};

function clientAt(endpoint: string, timeout = 5_000): SESv2Client {
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const client = new SESv2Client({ endpoint, region, credentials, ...sesClientOptions(timeout) });
  onTestFinished(() => client.destroy());
  return client;
}

async function account() {
  const dir = await mkdtemp(join(tmpdir(), "posthouse-mailer-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const ses = await startSes({ dir, region, accountId, snsEndpoint: "http://127.0.0.1:1" });
  onTestFinished(() => ses.close());
  ses.control.verify("acme.example");
  return { ses, client: clientAt(ses.url) };
}

async function associate(client: SESv2Client): Promise<void> {
  await client.send(new CreateConfigurationSetCommand({ ConfigurationSetName: "main" }));
  await client.send(new CreateTenantCommand({ TenantName: "db_1" }));
  for (const ResourceArn of [identity, set]) {
    await client.send(new CreateTenantResourceAssociationCommand({ TenantName: "db_1", ResourceArn }));
  }
}

/** An HTTP server that answers SendEmail as told; it counts calls and connections. */
async function scripted(answer: (response: ServerResponse, request: IncomingMessage) => void) {
  const seen = { calls: 0, connections: 0 };
  const server = createServer((request, response) => {
    seen.calls++;
    request.resume().on("end", () => answer(response, request));
  });
  server.on("connection", () => seen.connections++);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = () => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  };
  onTestFinished(stop);
  return { seen, stop, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const json = (status: number, name: string, text: string) => (response: ServerResponse) => {
  response
    .writeHead(status, { "content-type": "application/json", "x-amzn-errortype": name })
    .end(JSON.stringify({ message: text }));
};

async function sendTo(url: string, timeout_ms = 5_000) {
  return createSesMailer(clientAt(url), { timeout_ms }).send(message);
}

describe("createSesMailer", () => {
  it("R-REW-3 sends once, to the envelope's recipients and no others, the bounce address as feedback address", async () => {
    const { ses, client } = await account();
    await associate(client);
    const outcome = await createSesMailer(client, { timeout_ms: 5_000 }).send(message);
    const sent = ses.mailbox.list();
    const [first] = sent;
    expect(outcome).toEqual({
      outcome: "accepted",
      reply: `accepted by SES as ${first?.id}`,
      provider_id: first?.id,
      recipients: message.recipients.map((address) => ({
        address,
        ok: true,
        reply: `accepted by SES as ${first?.id}`,
      })),
    });
    expect(sent).toMatchObject([
      {
        envelope_from: "bounce@acme.example",
        recipients: ["bob@other.example", "eve@other.example"],
        from: expect.stringContaining("notifications@acme.example"),
        subject: "Hello",
        tenant: "db_1",
        tags: { email: "em_1", try: "1" },
      },
    ]);
  });

  it("waits where tenant, configuration set or association are not made yet", async () => {
    const { client } = await account();
    const mailer = createSesMailer(client, { timeout_ms: 5_000 });
    const waits = { outcome: "refused", failure: "provider", retry: true };
    expect(await mailer.send(message)).toMatchObject(waits);
    await client.send(new CreateConfigurationSetCommand({ ConfigurationSetName: "main" }));
    expect(await mailer.send(message)).toMatchObject(waits);
    await client.send(new CreateTenantCommand({ TenantName: "db_1" }));
    expect(await mailer.send(message)).toMatchObject(waits);
    expect(await mailer.send({ ...message, from_address: "x@unverified.example" })).toMatchObject(waits);
  });

  it("refuses what SES cannot take in one call", async () => {
    const mailer = createSesMailer(clientAt("http://127.0.0.1:1"), { timeout_ms: 100 });
    const recipients = Array.from({ length: 51 }, (_, n) => `r${n}@other.example`);
    expect(await mailer.send({ ...message, recipients })).toMatchObject({
      outcome: "refused",
      failure: "permanent",
      retry: false,
    });
  });

  const definite: [number, string, string, object][] = [
    [429, "TooManyRequestsException", "Maximum sending rate exceeded.", { failure: "temporary", retry: true }],
    [400, "ThrottlingException", "Rate exceeded", { failure: "temporary", retry: true }],
    [400, "BadRequestException", "Daily message quota exceeded.", { failure: "temporary", retry: true }],
    [400, "LimitExceededException", "x", { failure: "temporary", retry: true }],
    [400, "AccountSuspendedException", "x", { failure: "provider", retry: true }],
    [400, "SendingPausedException", "x", { failure: "provider", retry: true }],
    [400, "MailFromDomainNotVerifiedException", "x", { failure: "provider", retry: true }],
    [400, "MessageRejected", "Email address is not verified.", { failure: "provider", retry: true }],
    [
      400,
      "MessageRejected",
      "Illegal header.",
      { failure: "permanent", retry: false, reply: "MessageRejected: Illegal header." },
    ],
    [
      400,
      "BadRequestException",
      "Message length is more than 41943040 bytes long",
      { failure: "permanent", retry: false },
    ],
    [403, "AccessDeniedException", "not authorized", { failure: "provider", retry: true }],
    [403, "InvalidSignatureException", "x", { failure: "provider", retry: true }],
  ];
  it.each(definite)("is refused for certain by %d %s (%s)", async (status, name, text, expected) => {
    const { url, seen } = await scripted(json(status, name, text));
    expect(await sendTo(url)).toMatchObject({ outcome: "refused", ...expected });
    expect(seen.calls).toBe(1);
  });

  const lost: [string, (response: ServerResponse, request: IncomingMessage) => void][] = [
    ["500", json(500, "InternalServiceErrorException", "x")],
    ["503, whatever its name", json(503, "ThrottlingException", "x")],
    ["502 of a proxy", (response) => void response.writeHead(502, { "content-type": "text/html" }).end("<html>")],
    ["a reset", (_, request) => void request.socket.resetAndDestroy()],
    ["a close", (_, request) => void request.socket.end()],
    [
      "half an answer",
      (response, request) =>
        void response.writeHead(200, { "content-length": "100" }).write("{", () => request.socket.destroy()),
    ],
    [
      "an answer nobody can read",
      (response) => void response.writeHead(200, { "content-type": "application/json" }).end("<html>"),
    ],
  ];
  it.each(lost)("G3 is unknown after %s, and is not sent again", async (_, answer) => {
    const { url, seen } = await scripted(answer);
    expect(await sendTo(url)).toMatchObject({ outcome: "unknown" });
    expect(seen.calls).toBe(1);
  });

  it("G3 is unknown after its own time-out", async () => {
    const { url, seen } = await scripted(() => undefined);
    expect(await sendTo(url, 1_000)).toMatchObject({ outcome: "unknown" });
    expect(seen.calls).toBe(1);
  });

  it("is refused for certain where nothing can have gone out: no server, no host, no credentials", async () => {
    const { url, stop } = await scripted(() => undefined);
    await stop();
    const before = { outcome: "refused", failure: "connection", retry: true };
    expect(await sendTo(url)).toMatchObject(before);
    expect(await sendTo("http://ses.nowhere.invalid")).toMatchObject(before);
    const credentials = () => Promise.reject(new Error("no credentials"));
    const client = new SESv2Client({ endpoint: url, region, credentials, ...sesClientOptions(1_000) });
    expect(await createSesMailer(client, { timeout_ms: 1_000 }).send(message)).toMatchObject({
      ...before,
      reply: "Error: no credentials",
    });
  });

  it("G3 uses no connection again that was idle for too long, as a frozen function's are", async () => {
    const ok = (response: ServerResponse) =>
      void response.writeHead(200, { "content-type": "application/json" }).end('{"MessageId":"m"}');
    const connections = async (idle_ms: number) => {
      const { url, seen } = await scripted(ok);
      const mailer = createSesMailer(clientAt(url), { timeout_ms: 5_000, idle_ms });
      for (let n = 0; n < 3; n++)
        expect(await mailer.send(message)).toMatchObject({ outcome: "accepted", provider_id: "m" });
      return seen.connections;
    };
    expect(await connections(60_000)).toBe(1);
    expect(await connections(-1)).toBe(3);
  });
});
