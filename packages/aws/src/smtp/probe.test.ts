import type { AddressInfo } from "node:net";
import type { ProbeStep, SmtpEndpoint } from "@posthouse/core/ports/mailer";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { afterEach, describe, expect, it } from "vitest";
import { createSmtpMailer } from "./mailer.ts";
import type { SmtpOptions } from "./options.ts";
import { type Act, pem, type Script, startScript } from "./testing.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const envelope = { from: "notifications@company.example", to: "postmaster@posthouse.test" };
const plain: Omit<SmtpEndpoint, "port"> = { host: "127.0.0.1", encryption: "none", authentication: "none" };

const probe = (port: number, change: Partial<SmtpEndpoint> = {}, options: Partial<SmtpOptions> = {}, within = 60_000) =>
  createSmtpMailer({ private_hosts: true, ca: [pem("ca.pem")], ...options }).probe(
    { ...plain, port, ...change },
    envelope,
    within,
  );

async function script(script: Script) {
  const started = await startScript(script);
  closing.push(() => started.close());
  return started;
}

/** A real SMTP server; it counts the messages it takes. */
async function server(options: SMTPServerOptions = {}): Promise<{ port: number; delivered: () => number }> {
  let delivered = 0;
  const smtp = new SMTPServer({
    authOptional: true,
    disableReverseLookup: true,
    closeTimeout: 100,
    onData: (stream, _session, done) => {
      // a message that was cut off is none: only its end counts
      stream.resume().on("end", () => done(null, String(delivered++)));
    },
    ...options,
  });
  smtp.on("error", () => undefined);
  await new Promise<void>((resolve) => smtp.listen(0, "127.0.0.1", resolve));
  closing.push(() => new Promise((resolve) => smtp.close(() => resolve())));
  return { port: (smtp.server.address() as AddressInfo).port, delivered: () => delivered };
}

const short = (steps: readonly ProbeStep[]) =>
  steps.map(({ step, ok, class: problem }) => (ok ? step : `${step}: ${problem}`));
const whole = ["connect", "tls", "auth", "mail_from", "rcpt_to", "data"];
const no = (reply: string): Act => ({ reply });

describe("R-SRV-5 a connection test", () => {
  it("R-SRV-5 goes as far as 354 with the server's own words, and delivers nothing", async () => {
    const { port, lines } = await script({ greeting: no("220 mx.company.example ready"), DATA: no("354 3.0.0 go on") });
    const steps = await probe(port);
    expect(short(steps)).toEqual(whole);
    expect(steps.map(({ reply }) => reply)).toEqual([
      "220 mx.company.example ready",
      "not used: encryption is none",
      "not used: authentication is none",
      "250 2.0.0 ok",
      "250 2.0.0 ok",
      "354 3.0.0 go on",
    ]);
    expect(steps.every(({ ms }) => Number.isInteger(ms) && ms >= 0)).toBe(true);
    expect(lines.slice(1)).toEqual([`MAIL FROM:<${envelope.from}>`, `RCPT TO:<${envelope.to}>`, "DATA"]);
    const real = await server();
    expect(short(await probe(real.port))).toEqual(whole);
    expect(real.delivered()).toBe(0);
  });

  const failures: [string, Script, string[]][] = [
    ["greeting refused", { greeting: no("554 5.7.1 go away") }, ["connect: refused"]],
    ["greeting closed", { greeting: "close" }, ["connect: protocol"]],
    ["EHLO closed", { EHLO: "close" }, ["connect: protocol"]],
    ["sender refused", { MAIL: no("550 5.7.1 not yours") }, ["connect", "tls", "auth", "mail_from: sender_refused"]],
    ["login wanted", { MAIL: no("530 5.7.0 log in first") }, ["connect", "tls", "auth", "mail_from: authentication"]],
    ["MAIL closed", { MAIL: "close" }, ["connect", "tls", "auth", "mail_from: protocol"]],
    [
      "recipient refused",
      { RCPT: no("550 5.1.1 nobody here") },
      ["connect", "tls", "auth", "mail_from", "rcpt_to: recipient_refused"],
    ],
    [
      "sender refused at RCPT",
      { RCPT: no("550 5.1.8 sender's domain unknown") },
      ["connect", "tls", "auth", "mail_from", "rcpt_to: sender_refused"],
    ],
    ["RCPT reset", { RCPT: "reset" }, ["connect", "tls", "auth", "mail_from", "rcpt_to: protocol"]],
    ["354 refused", { DATA: no("554 5.5.1 no") }, ["connect", "tls", "auth", "mail_from", "rcpt_to", "data: protocol"]],
    ["DATA closed", { DATA: "close" }, ["connect", "tls", "auth", "mail_from", "rcpt_to", "data: protocol"]],
  ];
  it.each(failures)("R-SRV-5 says where it ended: %s", async (_, acts, expected) => {
    const { port, lines } = await script(acts);
    const steps = await probe(port);
    expect(short(steps)).toEqual(expected);
    const said = Object.values(acts)[0];
    if (typeof said === "object" && "reply" in said) {
      expect(steps.at(-1)?.reply).toBe(said.reply);
      if (expected.length > 1) expect(lines.at(-1)).toBe("QUIT");
    }
  });

  it.each(["greeting", "MAIL", "DATA"])("R-SRV-5 a server silent at %s gives no answer", async (point) => {
    const { port } = await script({ [point]: "silence" });
    const steps = await probe(port, {}, { timeouts: { probe: 1_500 } });
    expect(steps.at(-1)).toMatchObject({ ok: false, class: "no_answer" });
  });

  it("R-SRV-5 within the time that is left for it", async () => {
    const { port } = await script({ MAIL: "silence" });
    const steps = await probe(port, {}, {}, 1_500);
    expect(short(steps)).toEqual(["connect", "tls", "auth", "mail_from: no_answer"]);
    expect(steps.at(-1)?.ms).toBeLessThan(4_000);
  });

  it("R-SRV-5 wrong host, closed port, port 25", async () => {
    const { port, close } = await startScript({});
    await close();
    expect(short(await probe(port))).toEqual(["connect: refused"]);
    expect(short(await probe(25))).toEqual(["connect: refused"]);
    expect(short(await probe(587, { host: "no-such-host.invalid" }))).toEqual(["connect: host_not_found"]);
  });

  it("G7 a private address is refused, also where the name changes between check and connect", async () => {
    const { port, lines } = await script({});
    const [step] = await probe(port, {}, { private_hosts: false });
    expect(step).toMatchObject({ ok: false, class: "refused", reply: expect.stringContaining("private network") });
    expect(lines).toEqual([]);
    // rebind.example is public when asked first, and 127.0.0.1, where the server listens, from then on
    const answers = [["192.88.98.1"], ["127.0.0.1"]];
    const dns = async () => answers.shift() ?? ["127.0.0.1"];
    const rebound = { dns, private_hosts: false, timeouts: { probe: 150 } };
    const steps = await probe(port, { host: "rebind.example" }, rebound);
    expect(steps).toMatchObject([{ step: "connect", ok: false }]);
    expect(answers).toHaveLength(1);
    expect(lines).toEqual([]);
  });
});

describe("R-SRV-5 TLS and authentication", () => {
  const localhost = { key: pem("localhost.key"), cert: pem("localhost.pem") };
  const otherName = { key: pem("other-name.key"), cert: pem("other-name.pem") };
  const name = { host: "localhost" };

  const secure: [SmtpEndpoint["encryption"], SMTPServerOptions][] = [
    ["starttls", otherName],
    ["starttls_strict", localhost],
    ["tls", { ...otherName, secure: true }],
    ["tls_strict", { ...localhost, secure: true }],
  ];
  it.each(secure)("R-SRV-3 %s passes", async (encryption, tls) => {
    const { port, delivered } = await server(tls);
    const steps = await probe(port, { ...name, encryption });
    expect(short(steps)).toEqual(whole);
    expect(steps[1]?.reply).toContain(encryption.endsWith("strict") ? "valid" : "not checked");
    expect(delivered()).toBe(0);
  });

  const broken: [string, SmtpEndpoint["encryption"], SMTPServerOptions, string[]][] = [
    ["another name", "starttls_strict", otherName, [pem("ca.pem")]],
    ["another name", "tls_strict", { ...otherName, secure: true }, [pem("ca.pem")]],
    ["an unknown authority", "starttls_strict", localhost, []],
    ["an unknown authority", "tls_strict", { ...localhost, secure: true }, []],
    ["a plain-only server", "starttls_strict", { disabledCommands: ["STARTTLS"] }, []],
    ["a plain-only server", "starttls", { disabledCommands: ["STARTTLS"] }, []],
    ["a server that speaks plain", "tls", {}, []],
  ];
  it.each(broken)("R-SRV-3 %s under %s fails at tls", async (_, encryption, tls, ca) => {
    const { port } = await server(tls);
    expect(short(await probe(port, { ...name, encryption }, { ca }))).toEqual(["connect", "tls: tls"]);
  });

  it("R-SRV-5 a server silent in TLS gives no answer", async () => {
    const { port } = await script({ greeting: "silence" });
    const steps = await probe(port, { encryption: "tls" }, { timeouts: { probe: 1_500 } });
    expect(short(steps)).toEqual(["connect", "tls: no_answer"]);
  });

  it.each(["PLAIN", "LOGIN", "CRAM-MD5"])("R-SRV-5 %s, with the right and the wrong password", async (method) => {
    const { port } = await server({
      authOptional: false,
      allowInsecureAuth: true,
      authMethods: [method],
      onAuth: (auth, _session, done) => {
        const right = method === "CRAM-MD5" ? auth.validatePassword?.("right word") : auth.password === "right word";
        if (right) done(null, { user: auth.username });
        else done(new Error("no"));
      },
    });
    const login = { authentication: "login", username: "mary", password: "right word" } as const;
    expect(short(await probe(port, login))).toEqual(whole);
    const steps = await probe(port, { ...login, password: "wrong word" });
    expect(short(steps)).toEqual(["connect", "tls", "auth: authentication"]);
    expect(steps.at(-1)?.reply).toMatch(/^535/);
    expect(JSON.stringify(steps)).not.toContain("wrong word");
  });

  it("R-SRV-5 XOAUTH2, with the right and the wrong token, and where it is not offered", async () => {
    const onAuth: SMTPServerOptions["onAuth"] = (auth, _session, done) => {
      if (auth.accessToken === "good-token") done(null, { user: auth.username });
      else done(null, { data: { status: "401", schemes: "bearer" } } as never);
    };
    const options = { authOptional: false, allowInsecureAuth: true, onAuth };
    const { port } = await server({ ...options, authMethods: ["XOAUTH2"] });
    const oauth = { authentication: "oauth2", username: "mary@company.example" } as const;
    expect(short(await probe(port, { ...oauth, access_token: "good-token" }))).toEqual(whole);
    const wrong = await probe(port, { ...oauth, access_token: "stale-token" });
    expect(short(wrong)).toEqual(["connect", "tls", "auth: authentication"]);
    expect(wrong.at(-1)?.reply).toMatch(/^535/);
    const without = await server({ ...options, authMethods: ["PLAIN"] });
    const refused = await probe(without.port, { ...oauth, access_token: "good-token" });
    expect(refused.at(-1)).toMatchObject({ class: "authentication", reply: expect.stringContaining("XOAUTH2") });
    expect(JSON.stringify([wrong, refused])).not.toMatch(/stale-token|good-token/);
  });

  it("R-SRV-5 a client certificate", async () => {
    const mutual = { ...localhost, secure: true, requestCert: true, rejectUnauthorized: true, ca: pem("ca.pem") };
    const { port } = await server(mutual as SMTPServerOptions);
    const endpoint = { ...name, encryption: "tls_strict", authentication: "certificate" } as const;
    const shown = { certificate: pem("client.pem"), private_key: pem("client.key") };
    expect(short(await probe(port, { ...endpoint, ...shown }))).toEqual(whole);
    expect(short(await probe(port, { ...endpoint, authentication: "none" }))).toEqual(["connect", "tls: tls"]);
  });

  it("R-SRV-5 a server that offers no login", async () => {
    const { port } = await server({ disabledCommands: ["AUTH", "STARTTLS"] });
    const steps = await probe(port, { authentication: "login", username: "mary", password: "right word" });
    expect(short(steps)).toEqual(["connect", "tls", "auth: authentication"]);
  });
});
