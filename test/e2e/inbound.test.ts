import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTransport } from "nodemailer";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { letter, report } from "../support/inbound.ts";
import { type Posthouse, startPosthouse } from "../support/process.ts";
import { type Sink, startSink } from "../support/sink.ts";

/** Mail that comes in over SMTP, through the whole product: listener, S3, SNS, SQS, function, API. */

type Json = Record<string, unknown>;

let sink: Sink;
let posthouse: Posthouse;
let smtp_port: number;
let key: string;
let dataDir: string;

async function start(): Promise<void> {
  posthouse = await startPosthouse({ dataDir });
  const info = (await (await fetch(`${posthouse.url}/_local/info`)).json()) as { smtp_port: number };
  smtp_port = info.smtp_port;
}

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "posthouse-"));
  sink = await startSink();
  await start();
  key = String((await call("POST", "/databases", { name: "company-name" }, posthouse.operatorKey))["api_key"]);
}, 90_000);
afterAll(async () => {
  await posthouse.stop();
  await sink.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function call(method: string, path: string, body?: Json, as = key): Promise<Json> {
  const headers = { authorization: `Bearer ${as}`, "content-type": "application/json" };
  const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
  const response = await fetch(`${posthouse.url}/v1${path}`, init);
  const answer = (await response.json()) as Json;
  if (response.status >= 300) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
  return answer;
}

async function hand(to: string[], raw: string, from = "mary@customer.example"): Promise<void> {
  const transport = createTransport({ host: "127.0.0.1", port: smtp_port });
  try {
    await transport.sendMail({ envelope: { from, to }, raw: raw.replace(/\n/g, "\r\n") });
  } finally {
    transport.close();
  }
}

const wait = { timeout: 30_000, interval: 100 };
const received = async () => (await call("GET", "/received"))["data"] as Json[];
const D = "company-name.posthouse.test";

/** A mail over a server of the database's own. @returns it as the server got it. */
async function send(to: string): Promise<{ id: string; message_id: string }> {
  const { id, message_id } = await call("POST", "/emails", { to, subject: "s", text: "t" });
  await vi.waitFor(() => expect(sink.caught.some(({ recipients }) => recipients.includes(to))).toBe(true), wait);
  await vi.waitFor(async () => expect(await email(String(id))).toMatchObject({ status: "sent" }), wait);
  return { id: String(id), message_id: String(message_id) };
}
const email = (id: string) => call("GET", `/emails/${id}`);

describe("mail that comes in", () => {
  it("is received, read and confirmed over the API", async () => {
    await hand([`sales@${D}`, `catchall@${D}`], letter("hello"));
    await vi.waitFor(async () => expect(await received()).toHaveLength(1), wait);
    const [one = {}] = await received();
    expect(one).toMatchObject({ object: "received", status: "rejected", subject: "An offer" });
    const headers = { authorization: `Bearer ${key}` };
    const mime = await fetch(`${posthouse.url}/v1/received/${String(one["id"])}/raw`, { headers });
    expect([mime.headers.get("content-type"), await mime.text()]).toEqual([
      "message/rfc822",
      expect.stringContaining("Subject: An offer\r\n"),
    ]);
    await call("POST", `/received/${String(one["id"])}/confirm`);
    expect(await received()).toEqual([]);
  }, 60_000);

  it("that was answered 250 is there after the process was killed", async () => {
    await hand([`sales@${D}`], letter("survivor"));
    await posthouse.kill();
    await start();
    await vi.waitFor(
      async () => expect(await received()).toMatchObject([{ message_id: "<survivor@customer.example>" }]),
      wait,
    );
    await call("POST", `/received/${String((await received())[0]?.["id"])}/confirm`);
  }, 120_000);

  it("scenario 8, of the email alone: a report with the Message-Id of a mail over smtp bounces it, a delayed one does not", async () => {
    const connection = { host: "127.0.0.1", port: sink.port, encryption: "none", authentication: "none" };
    await call("POST", "/servers", { name: "own", from_filter: null, ...connection });
    const [lost, slow] = [await send("lost@example.net"), await send("slow@example.net")];
    const bounce = [`bounce@${D}`];
    await hand(
      bounce,
      report({ message_id: slow.message_id, recipient: "slow@example.net", action: "delayed", status: "4.2.2" }),
      "",
    );
    await hand(bounce, report({ message_id: lost.message_id, recipient: "lost@example.net" }), "");
    await vi.waitFor(
      async () => expect(await email(lost.id)).toMatchObject({ status: "bounced", attention: true }),
      wait,
    );
    expect(await email(lost.id)).toMatchObject({
      recipients: [{ failure_type: "bounce", reply: expect.stringContaining("5.1.1") }],
    });
    const again = await call("POST", "/emails", { to: "lost@example.net", subject: "s", text: "t" });
    expect(again).toMatchObject({ suppressed: [{ address: "lost@example.net", reason: "suppressed" }] });
    await vi.waitFor(async () => {
      const { events } = await email(slow.id);
      expect((events as Json[]).map(({ type }) => type)).toContain("delivery_delayed");
    }, wait);
    expect(await email(slow.id)).toMatchObject({ status: "sent", attention: false });
    expect(await received()).toEqual([]);
  }, 120_000);

  it("R-FAIL-4 a forged report and one with a token of another database change nothing, and are there to be seen", async () => {
    const { id, message_id } = await send("friend@example.net");
    await call("POST", "/databases", { name: "other" }, posthouse.operatorKey);
    const token = `bounce+${id.slice(3)}-0123456789abcdef`;
    await hand([`${token}@${D}`], report({ message_id: "<x@y.example>", recipient: "friend@example.net" }), "");
    await hand(["bounce@other.posthouse.test"], report({ message_id, recipient: "friend@example.net" }), "");
    await vi.waitFor(
      async () => expect(await received()).toMatchObject([{ status: "unmatched", route: { rule: "report" } }]),
      wait,
    );
    const headers = { authorization: `Bearer ${posthouse.operatorKey}`, "posthouse-database": "other" };
    const theirs = async () => (await fetch(`${posthouse.url}/v1/received?status=unmatched`, { headers })).json();
    await vi.waitFor(async () => expect(await theirs()).toMatchObject({ data: [{ status: "unmatched" }] }), wait);
    expect(await email(id)).toMatchObject({ status: "sent", attention: false });
  }, 90_000);
});
