import { createConnection } from "node:net";
import { run } from "@posthouse/core/inbound/batch";
import { list } from "@posthouse/core/inbound/list";
import { createTransport } from "nodemailer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeDatabase } from "../../../../test/support/database.ts";
import { startTestPorts, type TestPorts } from "../testing.ts";
import { type Listener, startListener } from "./listener.ts";
import { createReceiver, type Receiver } from "./receiver.ts";

let env: TestPorts;
let receiver: Receiver;
let listener: Listener;
let broken = false;
beforeAll(async () => {
  env = await startTestPorts();
  receiver = createReceiver({ endpoint: env.services.fauxqs.url, now: env.ports.clock.now });
  const take: Receiver["take"] = async (arrival) => {
    if (broken) throw new Error("the disk is full");
    return receiver.take(arrival);
  };
  const { receives } = env.ses.control;
  listener = await startListener({ port: 0, host: "127.0.0.1", receives, receiver: { take }, log: env.ports.log });
});
afterAll(async () => {
  await listener.close();
  receiver.close();
  await env.close();
});

/** Sends a raw message with nodemailer. */
async function send(to: readonly string[], raw: string | Buffer, from = "mary@customer.example") {
  const transport = createTransport({ host: "127.0.0.1", port: listener.port, ignoreTLS: true });
  try {
    return await transport.sendMail({ envelope: { from, to: [...to] }, raw });
  } finally {
    transport.close();
  }
}

/** Says lines one after the other. @returns the last reply to each, without those of the greeting. */
function talk(...lines: string[]): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(listener.port, "127.0.0.1");
    const replies: string[] = [];
    let text = "";
    socket.setEncoding("latin1").on("error", reject);
    socket.on("data", (chunk: string) => {
      text += chunk;
      const done = /^\d{3} .*\r\n$/m.exec(text);
      if (!done) return;
      replies.push(text.trim());
      text = "";
      const next = lines.shift();
      if (next === undefined) socket.end();
      else socket.write(`${next}\r\n`, "latin1");
    });
    socket.on("close", () => resolve(replies.slice(1)));
  });
}

interface Told {
  readonly notificationType: string;
  readonly mail: Record<string, unknown> & { readonly messageId: string };
  readonly receipt: Record<string, unknown> & { readonly action: { readonly objectKey: string } };
}
/** What SES told of the mail that came in since. */
const told = async (): Promise<Told[]> => (await env.jobs.take("inbound")).map(({ body }) => body as Told);
const stored = async (one: Told | undefined): Promise<string> =>
  Buffer.from((await env.ports.blobs.get(one?.receipt.action.objectKey ?? "")) ?? []).toString();

describe("the listener for inbound mail", () => {
  it("says what it can do: 40 MB, 8BITMIME, SMTPUTF8, no STARTTLS and no AUTH", async () => {
    const [reply = ""] = await talk("EHLO client.example", "QUIT");
    expect(reply).toMatch(/SIZE 41943040/);
    expect(reply).toMatch(/8BITMIME/);
    expect(reply).toMatch(/SMTPUTF8/);
    expect(reply).not.toMatch(/STARTTLS|AUTH/);
  });

  it("stores a mail for several recipients to the octet, and tells of it as SES does", async () => {
    const raw = "From: mary@customer.example\r\nSubject: Hi\r\nMessage-ID: <1@customer.example>\r\n\r\nH\u00e4llo\r\n";
    const to = ["sales@acme.posthouse.test", "bounce@other.posthouse.test"];
    await send(to, raw);
    const [one, ...more] = await told();
    expect(more).toEqual([]);
    expect(one).toMatchObject({
      notificationType: "Received",
      mail: { source: "mary@customer.example", commonHeaders: { subject: "Hi", messageId: "<1@customer.example>" } },
      receipt: { recipients: to, spamVerdict: { status: "DISABLED" }, action: { type: "S3" } },
    });
    expect(one?.receipt.action.objectKey).toBe(`keep-40d/inbound/${one?.mail.messageId}`);
    const text = await stored(one);
    expect(text).toMatch(/^Return-Path: <mary@customer\.example>\r\nReceived: from /);
    expect(text.endsWith(raw)).toBe(true);
  });

  it("takes the null reverse-path, 8-bit and UTF-8 addresses", async () => {
    const replies = await talk(
      "EHLO client.example",
      "MAIL FROM:<> BODY=8BITMIME SMTPUTF8",
      `RCPT TO:<${Buffer.from("jürgen").toString("latin1")}@acme.posthouse.test>`,
      "DATA",
      "Subject: report\r\n\r\nx\r\n.",
      "QUIT",
    );
    expect(replies.map((reply) => reply.slice(0, 3)).slice(1, 5)).toEqual(["250", "250", "354", "250"]);
    const [one] = await told();
    expect(one).toMatchObject({ mail: { source: "" }, receipt: { recipients: ["jürgen@acme.posthouse.test"] } });
  });

  it("refuses domains that SES has not verified, and takes those of its identities and below", async () => {
    env.ses.control.verify("company-name.com");
    env.ses.control.verify("pending.example", "PENDING");
    const rcpt = [
      "a@company-name.com",
      "a@mail.company-name.com",
      "a@posthouse.test",
      "a@pending.example",
      "a@gmail.com",
    ];
    const replies = await talk("EHLO c", "MAIL FROM:<x@y.example>", ...rcpt.map((to) => `RCPT TO:<${to}>`), "QUIT");
    expect(replies.slice(2, 7).map((reply) => reply.slice(0, 9))).toEqual([
      ...["250 Accep", "250 Accep", "250 Accep"],
      ...["550 5.1.1", "550 5.1.1"],
    ]);
  });

  it("takes a hundred recipients, and of more those only", async () => {
    const rcpt = Array.from({ length: 101 }, (_, n) => `RCPT TO:<u${n}@acme.posthouse.test>`);
    const replies = await talk("EHLO c", "MAIL FROM:<x@y.example>", ...rcpt, "QUIT");
    expect(replies[101]).toMatch(/^250/);
    expect(replies[102]).toMatch(/^452 4\.5\.3/);
  });

  it("R-IN refuses a local part of more than 64 octets, and the mail is taken in for the others", async () => {
    const db = await makeDatabase(env.ports);
    const D = "company-name.posthouse.test";
    const utf8 = (text: string) => Buffer.from(text).toString("latin1");
    const replies = await talk(
      "EHLO c.example",
      "MAIL FROM:<a@b.example> SMTPUTF8",
      `RCPT TO:<${utf8("日".repeat(200))}@${D}>`,
      `RCPT TO:<${utf8("日".repeat(21))}@${D}>`,
      `RCPT TO:<sales@${D}>`,
      "DATA",
      `From: a@b.example\r\nMessage-ID: <${"x".repeat(385)}@b.example>\r\n\r\nhi\r\n.`,
      "QUIT",
    );
    expect(replies.slice(2, 7).map((reply) => reply.slice(0, 9))).toEqual([
      "550 5.1.3",
      expect.stringMatching(/^250/),
      expect.stringMatching(/^250/),
      expect.stringMatching(/^354/),
      expect.stringMatching(/^250/),
    ]);
    const jobs = await env.jobs.take("inbound");
    expect(jobs).toHaveLength(1);
    expect(await run(env.ports, jobs)).toEqual({ failed: [] });
    const { data } = await list(env.ports, db.id, { limit: 10 });
    expect(data.map(({ recipients }) => recipients)).toEqual([[`${"日".repeat(21)}@${D}`, `sales@${D}`]]);
  });

  it("takes in a mail for its good recipient though SES let one of any length pass", async () => {
    const db = await makeDatabase(env.ports, { name: "long" });
    const recipients = [`${"日".repeat(200)}@long.posthouse.test`, "sales@long.posthouse.test"];
    const client = { name: "client.example", address: "192.0.2.1" };
    const raw = Buffer.from(`Message-ID: <${"x".repeat(385)}@b.example>\r\n\r\nhi\r\n`);
    await receiver.take({ envelope_from: "a@b.example", recipients, raw, client });
    expect(await run(env.ports, await env.jobs.take("inbound"))).toEqual({ failed: [] });
    const { data } = await list(env.ports, db.id, { limit: 10 });
    expect(data.map((one) => one.recipients)).toEqual([["sales@long.posthouse.test"]]);
  });

  it("takes a mail of just under 40 MB", async () => {
    const raw = Buffer.from(`Subject: large\r\n\r\n${`${"x".repeat(998)}\r\n`.repeat(41_900)}`);
    await send(["sales@acme.posthouse.test"], raw);
    const [one] = await told();
    const bytes = await env.ports.blobs.get(one?.receipt.action.objectKey ?? "");
    expect(
      Buffer.from(bytes ?? [])
        .subarray(-raw.length)
        .equals(raw),
    ).toBe(true);
  }, 60_000);

  it("refuses a mail of more than 40 MB by its size, declared or not", async () => {
    const [, declared] = await talk("EHLO c", "MAIL FROM:<x@y.example> SIZE=41943041", "QUIT");
    expect(declared).toMatch(/^552/);
    const line = `${"x".repeat(998)}\r\n`;
    const raw = Buffer.from(`Subject: large\r\n\r\n${line.repeat(41_944)}`);
    const to = "sales@acme.posthouse.test";
    const start = ["EHLO c", "MAIL FROM:<x@y.example>", `RCPT TO:<${to}>`, "DATA"];
    const replies = await talk(...start, `${raw.toString("latin1")}.`, "QUIT");
    expect(replies[4]).toMatch(/^552 5\.3\.4/);
    expect(await told()).toEqual([]);
  }, 60_000);

  it("answers 451 where the mail could not be stored, and takes it when it comes again", async () => {
    broken = true;
    const raw = "Subject: again\r\n\r\nx\r\n";
    await expect(send(["a@acme.posthouse.test"], raw)).rejects.toMatchObject({ responseCode: 451 });
    expect(await told()).toEqual([]);
    broken = false;
    await send(["a@acme.posthouse.test"], raw);
    expect(await told()).toHaveLength(1);
  });

  it("stores nothing of a mail whose client went away in the middle", async () => {
    await new Promise<void>((resolve) => {
      const socket = createConnection(listener.port, "127.0.0.1");
      socket.write("EHLO c\r\nMAIL FROM:<x@y.example>\r\nRCPT TO:<a@acme.posthouse.test>\r\nDATA\r\n");
      socket.on("data", (chunk) => chunk.toString().includes("354") && socket.end("Subject: half\r\n\r\nx"));
      socket.on("close", () => resolve());
    });
    await send(["a@acme.posthouse.test"], "Subject: whole\r\n\r\nx\r\n");
    expect((await told()).map(({ mail }) => mail["commonHeaders"])).toMatchObject([{ subject: "whole" }]);
  });

  it("leaves off a header of more than 10 KB, which SNS would not carry", async () => {
    const fields = Array.from({ length: 200 }, (_, n) => `X-Field-${n}: ${"y".repeat(90)}\r\n`).join("");
    await send(["a@acme.posthouse.test"], `Subject: long\r\n${fields}\r\nx\r\n`);
    const [one] = await told();
    expect(one?.mail).toMatchObject({ headersTruncated: true, commonHeaders: { subject: "long" } });
    expect(JSON.stringify(one).length).toBeLessThan(20_000);
  });

  it("names the variable when its port is in use", async () => {
    const { port } = listener;
    const options = { port, host: "127.0.0.1", receives: () => true, receiver, log: env.ports.log };
    await expect(startListener(options)).rejects.toThrow(/POSTHOUSE_SMTP_PORT/);
  });
});
