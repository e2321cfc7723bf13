import { createSmtpMailer } from "@posthouse/aws/smtp/mailer";
import { type Act, pem, type Script, startScript } from "@posthouse/aws/smtp/testing";
import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { startDeaf } from "../../../../test/support/deaf.ts";
import { rowsUnder } from "../../../../test/support/failures.ts";
import { startSink } from "../../../../test/support/sink.ts";
import * as Domain from "../domain/domain.ts";
import { accept } from "../email/accept.ts";
import { get } from "../email/read.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import * as Health from "../server/health.ts";
import type { ServerInput } from "../server/input.ts";
import type { ServerRecord } from "../server/record.ts";
import * as Server from "../server/server.ts";

/** Each row of the table in docs/failures.md, at a server that does just that on a real socket. */

let env: TestPorts;
let db: TestDatabase;
let server: ServerRecord;
const closing: (() => Promise<void>)[] = [];
beforeAll(async () => {
  env = await startTestPorts();
  db = await makeDatabase(env.ports);
  await Domain.create(env.ports, await db.version(), { name: "company.com" });
  const connection = { host: "127.0.0.1", port: 2525, encryption: "none", from_filter: "company.com" } as const;
  server = await Server.create(env.ports, await db.version(), { name: "tx", ...connection });
});
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});
afterAll(() => env.close());

/** A server for a row: how it is reached, and what to reach it with. */
type Case = () => Promise<{ input: ServerInput; ports?: Partial<Ports> }>;

const login = { authentication: "login", username: "mary", password: "correct horse" } as const;
/** Time enough for a busy machine to answer, and none for who does not. */
const patient = { open: 10_000, message: 10_000 };
const short = { open: 1_500, message: 1_500 };

const scripted =
  (script: Script, { timeouts = patient, ...input }: ServerInput & { timeouts?: typeof patient } = {}): Case =>
  async () => {
    const { port, close } = await startScript(script);
    closing.push(close);
    const smtp = createSmtpMailer({ private_hosts: true, timeouts });
    return {
      input: { host: "127.0.0.1", port, encryption: "none", authentication: "none", ...input },
      ports: { smtp },
    };
  };
const says = (reply: string): Act => ({ reply });
const at = (point: string, reply: string) => scripted({ [point]: says(reply) });
const untrusted: Case = async () => {
  const tls = { secure: true, key: pem("localhost.key"), cert: pem("localhost.pem") };
  const { port, close } = await startSink(tls);
  closing.push(close);
  return { input: { host: "localhost", port, encryption: "tls_strict", authentication: "none" } };
};
const nobody: Case = async () => {
  const { port, close } = await startScript({});
  await close();
  return { input: { host: "127.0.0.1", port, encryption: "none", authentication: "none" } };
};
const unreachable: Case = async () => {
  const { port, close } = await startDeaf();
  closing.push(close);
  const smtp = createSmtpMailer({ private_hosts: true, timeouts: { connect: 500 } });
  return { input: { host: "127.0.0.1", port, encryption: "none", authentication: "none" }, ports: { smtp } };
};
const homeless: Case = async () => {
  const dns = () => Promise.reject(Object.assign(new Error("no such host"), { code: "ENOTFOUND" }));
  const smtp = createSmtpMailer({ private_hosts: true, dns });
  return { input: { host: "nowhere.example", port: 587, encryption: "none", authentication: "none" }, ports: { smtp } };
};
const pipelining = says("250-script\r\n250 PIPELINING");

const cases: Readonly<Record<string, Case>> = {
  "its host has no address": homeless,
  "its address does not answer": unreachable,
  "nobody listens at its port": nobody,
  "it takes the connection and says nothing": scripted({ greeting: "silence" }, { timeouts: short }),
  "it greets with 421": at("greeting", "421 4.3.2 busy"),
  "it greets with 554": at("greeting", "554 5.7.1 go away"),
  "it closes instead of a greeting": scripted({ greeting: "close" }),
  "EHLO: 421": at("EHLO", "421 4.3.2 closing"),
  "EHLO and HELO: 550": scripted({ EHLO: says("550 5.7.1 who are you"), HELO: says("550 5.7.1 who are you") }),
  "STARTTLS: 454": scripted({ STARTTLS: says("454 4.7.0 not now") }, { encryption: "starttls" }),
  "STARTTLS: 502": scripted({ STARTTLS: says("502 5.5.1 what") }, { encryption: "starttls" }),
  "no TLS where TLS is to be": scripted({}, { encryption: "tls" }),
  "a certificate nobody vouches for": untrusted,
  "AUTH: 535": scripted({ AUTH: says("535 5.7.8 no") }, login),
  "AUTH: 534": scripted({ AUTH: says("534 5.7.9 stronger") }, login),
  "AUTH: 530": scripted({ AUTH: says("530 5.7.0 first TLS") }, login),
  "AUTH: 454": scripted({ AUTH: says("454 4.7.0 not now") }, login),
  "AUTH: a 535 that repeats the password": scripted({ AUTH: says("535 5.7.8 wrong: correct horse") }, login),
  "no AUTH is offered": scripted({ EHLO: says("250 script") }, login),
  "MAIL: 421": at("MAIL", "421 4.7.0 closing"),
  "MAIL: 450": at("MAIL", "450 4.7.1 later"),
  "MAIL: 451": at("MAIL", "451 4.3.0 later"),
  "MAIL: 452": at("MAIL", "452 4.3.1 full"),
  "MAIL: 503": at("MAIL", "503 5.5.1 order"),
  "MAIL: 530": at("MAIL", "530 5.7.0 log in"),
  "MAIL: 550": at("MAIL", "550 5.7.1 not you"),
  "MAIL: 553": at("MAIL", "553 5.7.1 not your address"),
  "MAIL: 554": at("MAIL", "554 5.7.0 no"),
  "MAIL refused, RCPT pipelined": scripted({
    EHLO: pipelining,
    MAIL: says("550 5.7.1 not you"),
    RCPT: says("503 5.5.1 first MAIL"),
    DATA: says("503 5.5.1 first MAIL"),
  }),
  "MAIL: the connection is closed": scripted({ MAIL: "close" }),
  "MAIL: one byte of an answer at a time": scripted(
    { MAIL: { reply: "250 ok".padEnd(90), drip: 100 } },
    { timeouts: short },
  ),
  "MAIL: an answer without an end": scripted({ MAIL: { endless: "250-still here\r\n" } }),
  "MAIL: garbage": at("MAIL", "\u0000\u0001 what is this?"),
  "RCPT: 450": at("RCPT", "450 4.2.0 greylisted"),
  "RCPT: 451": at("RCPT", "451 4.7.1 later"),
  "RCPT: 452": at("RCPT", "452 4.5.3 too many"),
  "RCPT: 552, too many recipients": at("RCPT", "552 5.5.3 too many"),
  "RCPT: 550": at("RCPT", "550 5.1.1 no such user"),
  "RCPT: 551": at("RCPT", "551 5.1.6 moved"),
  "RCPT: 552, mailbox full": at("RCPT", "552 5.2.2 full"),
  "RCPT: 553": at("RCPT", "553 5.1.3 syntax"),
  "RCPT: 554": at("RCPT", "554 5.7.1 relay"),
  "RCPT: the connection is reset": scripted({ RCPT: "reset" }),
  "DATA: 451": at("DATA", "451 4.3.0 later"),
  "DATA: 554": at("DATA", "554 5.6.0 no"),
  "DATA: the connection is closed": scripted({ DATA: "close" }),
  "the message: 421": at("end", "421 4.3.0 shutting down"),
  "the message: 452": at("end", "452 4.3.1 full"),
  "the message: 550": at("end", "550 5.7.1 spam"),
  "the message: 552": at("end", "552 5.3.4 too large"),
  "the message: 451 with a 5.x.x": at("end", "451 5.7.1 later"),
  "the message: 550 with a 4.x.x": at("end", "550 4.7.1 never"),
  "the message: 550 in two lines": at("end", "550-5.7.1 no,\r\n550 5.7.1 see our page"),
  "the message: 550 beyond ASCII": at("end", "550 5.7.1 não"),
  "the message: 550 in 5,000 characters": at("end", `550 5.7.1 ${"x".repeat(5_000)}`),
  "the message: 550 with a line of another code": at("end", "550-5.7.1 no\r\n250 5.7.1 yes"),
  "after the dot: the connection is closed": scripted({ end: "close" }),
  "after the dot: the connection is reset": scripted({ end: "reset" }),
  "after the dot: silence": scripted({ end: "silence" }, { timeouts: short }),
  "after the dot: garbage": at("end", "what"),
};

const rows = rowsUnder("Over SMTP");

describe("failures over SMTP", () => {
  it("the page has a row for each case, and a case for each row", () => {
    expect(rows.map(({ name }) => name)).toEqual(Object.keys(cases));
  });

  it.each(rows)("R-FAIL-6 $name: $state", async ({ name, says: words, state, failure_type, last }) => {
    const made = await cases[name]?.();
    const ports = { ...env.ports, ...made?.ports };
    await Server.patch(env.ports, await db.version(), server.id, { username: null, ...made?.input });
    const { id } = await accept(env.ports, await db.version(), mail({ from: "sales@company.com" }));
    await deliver({ ...env, ports });
    const email = await get(env.ports, db.id, id);
    const [recipient] = email.recipients;
    expect([email.status, recipient?.failure_type, recipient?.reply]).toEqual([
      state,
      failure_type,
      expect.stringContaining(words),
    ]);
    expect(recipient?.reply?.length).toBeLessThanOrEqual(200);
    expect(email.attention).toBe(state === "failed");
    expect(email.events.map(({ type }) => type)).toEqual(["queued", state === "sending" ? "unknown" : state]);
    expect(email.events[1]?.reply).toContain(words);
    const [shown] = await Health.add(env.ports, db.id, [server]);
    expect(shown?.health?.failures).toBe(last === "yes" ? 1 : 0);
    const head = await env.ports.store.get(keys.emailHead(db.id, id), { consistent: true });
    if (state === "deferred") expect(wait(head?.["not_before"], email.events[1]?.at)).toBe(60);
    expect(JSON.stringify([email, shown, env.log])).not.toContain("correct horse");
  });
});

/** Whole seconds between two times. */
const wait = (until: unknown, from: string | undefined): number =>
  Math.round((Date.parse(String(until)) - Date.parse(from ?? "")) / 1000);
