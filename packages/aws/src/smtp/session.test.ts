import { inspect } from "node:util";
import type { SmtpEndpoint, SmtpSession, WireMessage } from "@posthouse/core/ports/mailer";
import { afterEach, describe, expect, it } from "vitest";
import { createSmtpMailer } from "./mailer.ts";
import type { Timeouts } from "./options.ts";
import { type Act, type Script, startScript } from "./testing.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

async function server(script: Script) {
  const started = await startScript(script);
  closing.push(() => started.close());
  return started;
}

async function open(
  script: Script,
  { timeouts, ...change }: Partial<SmtpEndpoint> & { timeouts?: Partial<Timeouts> } = {},
) {
  const { port, lines } = await server(script);
  const mailer = createSmtpMailer({ private_hosts: true, ...(timeouts && { timeouts }) });
  const session = await mailer.open({ host: "127.0.0.1", port, encryption: "none", authentication: "none", ...change });
  closing.push(() => session.close());
  return { session, lines };
}

const message: WireMessage = {
  mime: Buffer.from("Subject: x\r\n\r\nhello\r\n"),
  envelope_from: "bounce@acme.example",
  recipients: ["bob@other.example"],
};
const two: WireMessage = { ...message, recipients: ["bob@other.example", "eve@other.example"] };
const large: WireMessage = { ...message, mime: Buffer.alloc(99_000, "0123456789\r\n") };

const send = async (script: Script, sent = message) => (await open(script)).session.send(sent);
const no = (reply: string): Act => ({ reply });

describe("opening", () => {
  const steps: [string, Script, string, string][] = [
    ["a closed greeting", { greeting: "close" }, "connection", "Connection closed unexpectedly"],
    ["a reset greeting", { greeting: "reset" }, "connection", "ECONNRESET"],
    ["a 421 greeting", { greeting: no("421 4.3.2 busy") }, "temporary", "421 4.3.2 busy"],
    ["a 554 greeting", { greeting: no("554 5.7.1 go away") }, "connection", "554 5.7.1 go away"],
    ["a closed EHLO", { EHLO: "close" }, "connection", "Connection closed unexpectedly"],
    ["a 421 EHLO", { EHLO: no("421 4.3.2 closing") }, "temporary", "421 4.3.2 closing"],
  ];
  it.each(steps)("ends at %s", async (_, script, failure, reply) => {
    await expect(open(script)).rejects.toMatchObject({
      name: "SmtpUnavailable",
      failure,
      reply: expect.stringContaining(reply),
    });
  });

  it("R-SRV-3 never goes on in plain where TLS was asked for", async () => {
    const asked = open({ STARTTLS: no("502 5.5.1 what?") }, { encryption: "starttls" });
    await expect(asked).rejects.toMatchObject({ failure: "tls", reply: "502 5.5.1 what?" });
    await expect(open({ STARTTLS: "close" }, { encryption: "starttls_strict" })).rejects.toMatchObject({
      name: "SmtpUnavailable",
    });
    await expect(
      open({ STARTTLS: no("220 go") }, { encryption: "starttls", timeouts: { open: 300 } }),
    ).rejects.toMatchObject({ name: "SmtpUnavailable" });
    await expect(open({}, { encryption: "tls" })).rejects.toMatchObject({ name: "SmtpUnavailable" });
  });

  const login = { authentication: "login", username: "mary", password: "correct horse" } as const;
  const refused: [string, Act, string, string][] = [
    ["535", no("535 5.7.8 no"), "auth", "535 5.7.8 no"],
    ["454", no("454 4.7.0 not now"), "temporary", "454 4.7.0 not now"],
    ["a broken connection", "close", "connection", "Connection closed unexpectedly"],
  ];
  it.each(refused)("ends at AUTH with %s", async (_, act, failure, reply) => {
    await expect(open({ AUTH: act }, login)).rejects.toMatchObject({ failure, reply });
  });

  it("ends where a server offers no AUTH, or no XOAUTH2", async () => {
    const script = { EHLO: no("250 script") };
    await expect(open(script, login)).rejects.toMatchObject({
      failure: "auth",
      reply: expect.stringContaining("offers no authentication"),
    });
    await expect(open({}, { authentication: "oauth2" })).rejects.toMatchObject({ failure: "auth" });
  });

  it("G6 shows the password in no error and no session", async () => {
    const echo = no(`535 5.7.8 wrong: correct horse ${Buffer.from("\0mary\0correct horse").toString("base64")}`);
    const error = await open({ AUTH: echo }, login).catch((thrown: unknown) => thrown);
    const { session } = await open({}, login);
    const outcome = await session.send(message);
    for (const shown of [error, session, outcome]) {
      const text = inspect(shown, { depth: Infinity, showHidden: true });
      expect(text).not.toMatch(/correct horse|Y29ycmVjdCBob3JzZ|bWFyeQBjb3JyZWN0/);
    }
  });

  it("gives up in time on silence, anywhere", async () => {
    for (const point of ["greeting", "EHLO", "AUTH"]) {
      const asked = open({ [point]: "silence" }, { ...login, timeouts: { open: 100 } });
      await expect(asked).rejects.toMatchObject({ failure: "connection", reply: "no answer in time" });
    }
  });

  it("refuses port 25, and names a port nobody listens at", async () => {
    const closed = await startScript({});
    await closed.close();
    const { port } = closed;
    const mailer = createSmtpMailer({ private_hosts: true });
    const endpoint = { host: "localhost", encryption: "none", authentication: "none" } as const;
    await expect(mailer.open({ ...endpoint, port: 25 })).rejects.toMatchObject({
      reply: "port 25 is refused: use 465, 587 or 2525",
    });
    const reply = `connection failed: ECONNREFUSED (localhost port ${port})`;
    await expect(mailer.open({ ...endpoint, port })).rejects.toMatchObject({ failure: "connection", reply });
  });

  it("G7 does not connect to a private address where that is not allowed", async () => {
    const { port, lines } = await server({});
    const mailer = createSmtpMailer({ private_hosts: false });
    for (const host of ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "localhost."]) {
      const asked = mailer.open({ host, port, encryption: "none", authentication: "none" });
      await expect(asked).rejects.toMatchObject({
        failure: "connection",
        reply: expect.stringContaining("private network"),
      });
    }
    expect(lines).toEqual([]);
  });
});

describe("sending", () => {
  const definite: [string, Script, WireMessage, object][] = [
    [
      "MAIL refused",
      { MAIL: no("550 5.7.1 not you") },
      message,
      { failure: "permanent", retry: false, reply: "550 5.7.1 not you" },
    ],
    ["MAIL put off", { MAIL: no("451 4.3.0 later") }, message, { failure: "temporary", retry: true }],
    ["MAIL wants a login", { MAIL: no("530 5.7.0 log in") }, message, { failure: "auth", retry: true }],
    [
      "MAIL answered 421",
      { MAIL: no("421 4.7.0 closing") },
      message,
      { failure: "temporary", retry: true, reply: "421 4.7.0 closing" },
    ],
    ["MAIL answered 503", { MAIL: no("503 5.5.1 sequence") }, message, { failure: "temporary", retry: true }],
    [
      "RCPT refused",
      { RCPT: no("550 5.1.1 no such user") },
      message,
      { failure: "permanent", retry: false, reply: "550 5.1.1 no such user" },
    ],
    [
      "RCPT put off",
      { RCPT: no("450 4.2.0 greylisted") },
      message,
      { failure: "temporary", retry: true, reply: "450 4.2.0 greylisted" },
    ],
    [
      "DATA refused",
      { DATA: no("554 5.5.0 no") },
      message,
      { failure: "permanent", retry: false, reply: "554 5.5.0 no" },
    ],
    [
      "DATA put off",
      { DATA: no("452 4.3.1 full") },
      message,
      { failure: "temporary", retry: true, reply: "452 4.3.1 full" },
    ],
    [
      "the message refused",
      { end: no("550 5.7.1 spam") },
      message,
      { failure: "permanent", retry: false, reply: "550 5.7.1 spam" },
    ],
    ["the message put off", { end: no("421 4.3.0 shutting down") }, message, { failure: "temporary", retry: true }],
    [
      "a message over the server's size",
      {},
      { ...message, mime: Buffer.alloc(100_001) },
      { failure: "permanent", retry: false },
    ],
    ["no address", {}, { ...message, recipients: ["a@b.example>\r\nDATA"] }, { failure: "permanent", retry: false }],
    ["a close at MAIL", { MAIL: "close" }, message, { failure: "connection", retry: true }],
    ["a close at RCPT", { RCPT: "close" }, message, { failure: "connection", retry: true }],
    ["a close at DATA", { DATA: "close" }, message, { failure: "connection", retry: true }],
    ["a reset at DATA", { DATA: "reset" }, message, { failure: "connection", retry: true }],
  ];
  it.each(definite)("is refused for certain by %s", async (_, script, sent, expected) => {
    expect(await send(script, sent)).toMatchObject({ outcome: "refused", ...expected });
  });

  const lost: [string, Script][] = [
    ["a close after the final dot", { end: "close" }],
    ["a reset after the final dot", { end: "reset" }],
    ["an answer that is none", { end: no("what?") }],
    ["half an answer", { end: no("354 go on") }],
  ];
  it.each(lost)("G3 is unknown after %s", async (_, script) => {
    expect(await send(script)).toMatchObject({ outcome: "unknown" });
  });

  it("G3 is unknown after silence that follows the final dot, refused after silence before it", async () => {
    const silent = async (point: string, ms: number) =>
      (await open({ [point]: "silence" }, { timeouts: { message: ms } })).session.send(message);
    expect(await silent("end", 1_000)).toEqual({ outcome: "unknown", reply: "no answer in time" });
    expect(await silent("MAIL", 100)).toMatchObject({ outcome: "refused", failure: "connection", retry: true });
    expect(await silent("DATA", 100)).toMatchObject({ outcome: "refused", failure: "connection", retry: true });
  });

  it("G3 is refused for certain when the connection breaks before all of it was read", async () => {
    // more than the socket's buffers hold, so that the rest is still ours
    const huge = { ...message, mime: Buffer.alloc(30_000_000, "0123456789\r\n") };
    const script: Script = { EHLO: no("250 script"), midway: "reset" };
    expect(await send(script, huge)).toMatchObject({ outcome: "refused", failure: "connection", retry: true });
    const { session } = await open({ EHLO: no("250 script"), midway: no("552 5.3.4 too much") });
    expect(await session.send(huge)).toMatchObject({
      outcome: "refused",
      failure: "permanent",
      retry: false,
      reply: "552 5.3.4 too much",
    });
    expect(session.alive).toBe(false);
  });

  it("believes no acceptance of a message that was not ended", async () => {
    const { session } = await open({ EHLO: no("250 script"), midway: no("250 2.0.0 queued") });
    const huge = { ...message, mime: Buffer.alloc(30_000_000, "0123456789\r\n") };
    expect(await session.send(huge)).toMatchObject({ outcome: "refused", failure: "connection", retry: true });
    expect(session.alive).toBe(false);
  });

  it("tells of each recipient, with PIPELINING and without", async () => {
    for (const EHLO of [no("250 script"), no("250-script\r\n250 PIPELINING")]) {
      const outcome = await send(
        { EHLO, "RCPT eve@other.example": no("550 5.1.1 unknown"), end: no("250 2.0.0 queued") },
        two,
      );
      expect(outcome).toEqual({
        outcome: "accepted",
        reply: "250 2.0.0 queued",
        provider_id: null,
        recipients: [
          { address: "bob@other.example", ok: true, reply: "250 2.0.0 queued" },
          { address: "eve@other.example", ok: false, reply: "550 5.1.1 unknown", failure: "permanent" },
        ],
      });
      const mixed = {
        EHLO,
        "RCPT eve@other.example": no("550 5.1.1 unknown"),
        "RCPT bob@other.example": no("450 4.2.1 later"),
      };
      expect(await send(mixed, two)).toMatchObject({
        outcome: "refused",
        failure: "temporary",
        retry: true,
        recipients: [{ reply: "450 4.2.1 later" }, { reply: "550 5.1.1 unknown" }],
      });
      const late = { EHLO, "RCPT eve@other.example": no("550 5.1.1 unknown"), end: no("451 4.3.0 later") };
      expect(await send(late, two)).toMatchObject({
        retry: true,
        recipients: [{ reply: "451 4.3.0 later" }, { reply: "550 5.1.1 unknown" }],
      });
    }
  });

  it("takes one message after another, RSET only after a refused one", async () => {
    const { session, lines } = await open({ "RCPT eve@other.example": no("550 5.1.1 unknown") });
    const eve = { ...message, recipients: ["eve@other.example"] };
    const outcomes: string[] = [];
    for (const sent of [message, large, eve, message]) outcomes.push((await session.send(sent)).outcome);
    expect(outcomes).toEqual(["accepted", "accepted", "refused", "accepted"]);
    const verbs = lines
      .map((line) => line.split(" ")[0])
      .filter((verb) => verb === "EHLO" || verb === "RSET" || verb === "MAIL");
    expect(verbs).toEqual(["EHLO", "MAIL", "MAIL", "MAIL", "RSET", "MAIL"]);
  });

  it("is refused for certain where the connection broke since, or RSET is refused", async () => {
    const dead = async (session: SmtpSession) => {
      expect(await session.send(message)).toMatchObject({ outcome: "refused", failure: "connection", retry: true });
      expect(session.alive).toBe(false);
    };
    const { session } = await open({ MAIL: no("421 4.3.2 closing") });
    await session.send(message);
    await dead(session);
    const stubborn = await open({ RCPT: no("550 no"), RSET: no("500 what?") });
    await stubborn.session.send(message);
    await dead(stubborn.session);
  });

  it("says QUIT, and waits for no server that does not close", async () => {
    const { session, lines } = await open({ QUIT: no("221 bye") });
    expect(session.alive).toBe(true);
    await session.close();
    expect(lines.at(-1)).toBe("QUIT");
    expect(session.alive).toBe(false);
    await session.close();
  });
});
