import type { AddressInfo } from "node:net";
import type { SmtpEndpoint, WireMessage } from "@posthouse/core/ports/mailer";
import fc from "fast-check";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { afterEach, describe, expect, it } from "vitest";
import { createSmtpMailer } from "./mailer.ts";
import type { SmtpOptions } from "./options.ts";
import { pem } from "./testing.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface Received {
  readonly from: string;
  readonly to: string[];
  readonly data: string;
  readonly secure: boolean;
}

/** A real SMTP server that keeps what it takes. */
async function server(options: SMTPServerOptions = {}): Promise<{ port: number; received: Received[] }> {
  const received: Received[] = [];
  const smtp = new SMTPServer({
    authOptional: true,
    hideSTARTTLS: true,
    disableReverseLookup: true,
    closeTimeout: 100,
    onData(stream, session, done) {
      const parts: Buffer[] = [];
      stream.on("data", (part: Buffer) => parts.push(part));
      stream.on("end", () => {
        const { mailFrom, rcptTo } = session.envelope;
        const from = mailFrom === false ? "" : mailFrom.address;
        const data = Buffer.concat(parts).toString("latin1");
        received.push({ from, to: rcptTo.map(({ address }) => address), data, secure: session.secure });
        done(null, "2.0.0 queued");
      });
    },
    ...options,
  });
  smtp.on("error", () => undefined);
  await new Promise<void>((resolve) => smtp.listen(0, "127.0.0.1", resolve));
  closing.push(() => new Promise((resolve) => smtp.close(() => resolve())));
  return { port: (smtp.server.address() as AddressInfo).port, received };
}

async function open(port: number, change: Partial<SmtpEndpoint> = {}, options: Partial<SmtpOptions> = {}) {
  const mailer = createSmtpMailer({ private_hosts: true, name: "mail.acme.example", ca: [pem("ca.pem")], ...options });
  const session = await mailer.open({ host: "localhost", port, encryption: "none", authentication: "none", ...change });
  closing.push(() => session.close());
  return session;
}

const message: WireMessage = {
  mime: Buffer.from("Subject: x\r\n\r\n.hello\r\n..\r\n.\r\nend\r\n"),
  envelope_from: "bounce@acme.example",
  recipients: ["bob@other.example", "eve@other.example"],
};

describe("createSmtpMailer", () => {
  it("hands a message over whole, to all recipients, many over one connection", async () => {
    let connections = 0;
    const { port, received } = await server({ onConnect: (_, done) => done(void connections++) });
    const session = await open(port);
    for (let n = 0; n < 5; n++) {
      expect(await session.send(message)).toMatchObject({
        outcome: "accepted",
        reply: expect.stringMatching(/^250 2\.0\.0/),
      });
    }
    expect(await session.send({ ...message, envelope_from: "" })).toMatchObject({ outcome: "accepted" });
    const whole = {
      from: "bounce@acme.example",
      to: [...message.recipients],
      data: Buffer.from(message.mime).toString(),
      secure: false,
    };
    expect(received).toEqual([whole, whole, whole, whole, whole, { ...whole, from: "" }]);
    expect(connections).toBe(1);
  });

  it("keeps every line of any message", async () => {
    const { port, received } = await server();
    const session = await open(port);
    const line = fc.oneof(fc.string({ maxLength: 80 }), fc.constantFrom(".", "..", "", "QUIT"));
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 40 }), async (body) => {
        const text = `${["X: y", "", ...body].map((one) => one.replace(/[\r\n]/g, "")).join("\r\n")}\r\n`;
        await session.send({ ...message, mime: Buffer.from(text, "latin1") });
        expect(received.pop()?.data).toBe(text);
      }),
      { numRuns: 50 },
    );
  });

  it("logs in, by whatever the server offers", async () => {
    for (const method of ["PLAIN", "LOGIN", "CRAM-MD5"]) {
      const { port, received } = await server({
        authOptional: false,
        allowInsecureAuth: true,
        authMethods: [method],
        onAuth(auth, _, done) {
          const right = method === "CRAM-MD5" ? auth.validatePassword?.("sécret") : auth.password === "sécret";
          const { username } = auth;
          if (username === "mary" && right) done(null, { user: username });
          else done(new Error("no such user"));
        },
      });
      const login = { authentication: "login", username: "mary" } as const;
      const session = await open(port, { ...login, password: "sécret" });
      expect(await session.send(message)).toMatchObject({ outcome: "accepted" });
      expect(received.length).toBe(1);
      await expect(open(port, { ...login, password: "wrong" })).rejects.toMatchObject({
        failure: "auth",
        reply: expect.stringMatching(/^535/),
      });
    }
  });

  it("tells of a recipient the server refuses", async () => {
    const refuse = Object.assign(new Error("5.1.1 unknown"), { responseCode: 550 });
    const { port } = await server({
      onRcptTo: ({ address }, _, done) => done(address.startsWith("eve") ? refuse : null),
    });
    const outcome = await (await open(port)).send(message);
    expect(outcome).toMatchObject({
      outcome: "accepted",
      recipients: [{ ok: true }, { ok: false, reply: "550 5.1.1 unknown" }],
    });
  });

  it("tells of a message over the server's size", async () => {
    const { port } = await server({ size: 20 });
    expect(await (await open(port)).send(message)).toMatchObject({
      outcome: "refused",
      failure: "permanent",
      retry: false,
    });
  });
});

describe("R-SRV-3 encryption", () => {
  const localhost = { key: pem("localhost.key"), cert: pem("localhost.pem") };
  const otherName = { key: pem("other-name.key"), cert: pem("other-name.pem") };
  const good: [SmtpEndpoint["encryption"], SMTPServerOptions, string[], string][] = [
    ["none", localhost, [], "localhost"],
    ["starttls", otherName, [], "localhost"],
    ["starttls_strict", localhost, [pem("ca.pem")], "localhost"],
    ["starttls_strict", localhost, [pem("ca.pem")], "127.0.0.1"],
    ["tls", { ...otherName, secure: true }, [], "localhost"],
    ["tls_strict", { ...localhost, secure: true }, [pem("ca.pem")], "localhost"],
    ["tls_strict", { ...localhost, secure: true }, [pem("ca.pem")], "127.0.0.1"],
  ];
  it.each(good)("%s sends (%#)", async (encryption, tls, ca, host) => {
    const { port, received } = await server({ hideSTARTTLS: false, ...tls });
    const session = await open(port, { encryption, host }, { ca });
    expect(await session.send(message)).toMatchObject({ outcome: "accepted" });
    expect(received.map(({ secure }) => secure)).toEqual([encryption !== "none"]);
    await session.close();
    expect(session.alive).toBe(false);
  });

  const bad: [SmtpEndpoint["encryption"], SMTPServerOptions, string[], string][] = [
    ["starttls_strict", localhost, [], "an authority nobody trusts"],
    ["starttls_strict", otherName, [pem("ca.pem")], "another name"],
    ["tls_strict", { ...localhost, secure: true }, [], "an authority nobody trusts"],
    ["tls_strict", { ...otherName, secure: true }, [pem("ca.pem")], "another name"],
    ["tls", { hideSTARTTLS: true }, [], "a server that speaks plain"],
    ["starttls", { hideSTARTTLS: true, disabledCommands: ["STARTTLS"] }, [], "a server without STARTTLS"],
  ];
  it.each(bad)("%s refuses (%#) %s", async (encryption, tls, ca) => {
    const { port, received } = await server({ hideSTARTTLS: false, ...tls });
    await expect(open(port, { encryption }, { ca })).rejects.toMatchObject({ name: "SmtpUnavailable", failure: "tls" });
    expect(received).toEqual([]);
  });

  it("G7 connects to the address that was checked, with the name the certificate is for", async () => {
    const { port, received } = await server({ ...otherName, secure: true });
    // other.example has no address of its own: looked up again it would not be found; nobody listens at 127.0.0.2
    const dns = async () => ["127.0.0.2", "127.0.0.1"];
    const session = await open(port, { encryption: "tls_strict", host: "other.example" }, { dns });
    expect(await session.send(message)).toMatchObject({ outcome: "accepted" });
    expect(received.length).toBe(1);
  });

  it("none stays plain where the server offers STARTTLS", async () => {
    const { port, received } = await server({ hideSTARTTLS: false, ...localhost });
    await (await open(port)).send(message);
    expect(received[0]?.secure).toBe(false);
  });

  it("authenticates by certificate", async () => {
    const { port, received } = await server({
      ...localhost,
      secure: true,
      requestCert: true,
      rejectUnauthorized: true,
      ca: pem("ca.pem"),
    } as SMTPServerOptions);
    const endpoint = { encryption: "tls_strict", authentication: "certificate" } as const;
    const session = await open(port, { ...endpoint, certificate: pem("client.pem"), private_key: pem("client.key") });
    expect(await session.send(message)).toMatchObject({ outcome: "accepted" });
    expect(received.length).toBe(1);
    await expect(open(port, { encryption: "tls_strict" })).rejects.toMatchObject({ failure: "tls" });
    await expect(open(port, { ...endpoint, certificate: "no pem", private_key: "secret key" })).rejects.toMatchObject({
      failure: "tls",
      reply: expect.not.stringContaining("secret key"),
    });
  });
});
