import { SESv2Client } from "@aws-sdk/client-sesv2";
import { createSesMailer, sesClientOptions } from "@posthouse/aws/ses/mailer";
import type { Fault } from "@posthouse/local/ses/fault";
import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase, takeEvents } from "../../../../test/support/database.ts";
import { type Deaf, startDeaf } from "../../../../test/support/deaf.ts";
import { rowsUnder } from "../../../../test/support/failures.ts";
import { accept } from "../email/accept.ts";
import { get } from "../email/read.ts";
import * as keys from "../keys.ts";
import { usage } from "../limit/usage.ts";
import type { Ports } from "../ports/main.ts";
import { tick } from "../tick/run.ts";

/** Each row of the table in docs/failures.md, at the embedded SES. */

let env: TestPorts;
let db: TestDatabase;
let deaf: Deaf;
let fault: (moment: "before" | "after") => Fault | undefined;
const closing: (() => void)[] = [];
beforeAll(async () => {
  env = await startTestPorts({ ses: { hook: (moment) => fault(moment) } });
  db = await makeDatabase(env.ports, { daily_limit: 1_000 });
  deaf = await startDeaf();
});
beforeEach(() => {
  fault = () => undefined;
});
afterEach(() => {
  for (const close of closing.splice(0)) close();
});
afterAll(async () => {
  await deaf.close();
  await env.close();
});

const used = async () => (await usage(env.ports, await db.version())).used;
const view = (id: string) => get(env.ports, db.id, id);
/** Something of the account is turned off, for this row. */
const turn = (off: (paused: boolean) => void) => (): Partial<Ports> => {
  off(true);
  closing.push(() => off(false));
  return {};
};
const strike = (moment: "before" | "after", what: Fault) => (): Partial<Ports> => {
  fault = (now) => (now === moment ? what : undefined);
  return {};
};
const answer = (status: number, name: string, message: string) =>
  strike("before", { error: { name, status, message } });
/** SES at another address, or with less patience. */
const reached = (endpoint: () => string, timeout_ms: number, more?: () => Partial<Ports>) => (): Partial<Ports> => {
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const options = { endpoint: endpoint(), region: "us-east-1", credentials, ...sesClientOptions(timeout_ms) };
  const client = new SESv2Client(options);
  closing.push(() => client.destroy());
  more?.();
  return { ses: createSesMailer(client, { timeout_ms }) };
};

const cases: Readonly<Record<string, () => Partial<Ports>>> = {
  "the account's rate is passed": answer(429, "TooManyRequestsException", "Maximum sending rate exceeded."),
  "calls are throttled": answer(400, "ThrottlingException", "Rate exceeded"),
  "the account's daily quota is used up": turn((off) => env.ses.control.set({ max24HourSend: off ? 0 : undefined })),
  "the account is suspended": turn((off) => env.ses.control.suspend(off)),
  "sending of the account is paused": answer(400, "SendingPausedException", "Sending is paused for this account."),
  "the tenant is paused": turn((off) => env.ses.control.pauseTenant(db.id, off)),
  "the configuration set is paused": turn((off) => env.ses.control.pauseConfigurationSet(db.id, off)),
  "the MAIL FROM domain is not verified": answer(400, "MailFromDomainNotVerifiedException", "Its MX is not there."),
  "the identity is not verified": turn((off) => env.ses.control.verify("posthouse.test", off ? "FAILED" : "SUCCESS")),
  "tenant or configuration set is not there": answer(404, "NotFoundException", "Tenant does not exist."),
  "a quota of the account": answer(400, "LimitExceededException", "too many"),
  "no permission": answer(403, "AccessDeniedException", "not authorized to perform ses:SendEmail"),
  "the content is refused": answer(400, "MessageRejected", "The message contains a virus."),
  "the message is malformed": answer(400, "BadRequestException", "Missing final '@domain'"),
  "the message is too large": answer(413, "RequestEntityTooLargeException", "too large"),
  "500, and it took the mail": strike("after", { error: { name: "InternalServiceErrorException", status: 500 } }),
  "500, and it did not": answer(500, "InternalServiceErrorException", "failed"),
  "an answer of 503": answer(503, "ServiceUnavailable", "failed"),
  "the connection breaks after it took the mail": strike("after", { drop: true }),
  "the connection breaks before": strike("before", { drop: true }),
  "no answer in time": reached(() => env.services.ses.url, 1_000, strike("after", { delay: 2_500 })),
  "its address does not answer": reached(() => `http://127.0.0.1:${deaf.port}`, 10_000),
  "nobody listens": reached(() => "http://127.0.0.1:1", 5_000),
  "its host has no address": reached(() => "http://nowhere.invalid", 5_000),
};

const rows = rowsUnder("Over Amazon SES");

describe("failures over SES", () => {
  it("the page has a row for each case, and a case for each row", () => {
    expect(rows.map(({ name }) => name)).toEqual(Object.keys(cases));
  });

  it.each(rows)("R-FAIL-6 $name: $state", async ({ name, says, state, failure_type, last }) => {
    const ports = { ...env.ports, ...cases[name]?.() };
    const before = await used();
    const { id } = await accept(env.ports, await db.version(), mail());
    await deliver({ ...env, ports });
    const email = await view(id);
    expect(email).toMatchObject({ status: state, attention: state === "failed", recipients: [{ failure_type }] });
    expect(email.recipients[0]?.reply).toContain(says);
    const type = state === "sending" ? "unknown" : state;
    expect(email.events.map((event) => event.type)).toEqual(["queued", type]);
    expect(email.events[1]?.reply).toContain(says);
    expect((await used()) - before).toBe(last === "given back" ? 0 : 1);
    const head = await env.ports.store.get(keys.emailHead(db.id, id), { consistent: true });
    if (state === "deferred") expect(wait(head?.["not_before"], email.events[1]?.at)).toBe(60);
    await over();
  });

  /** Ends what the row has left behind: its mail is sent, or has ended. */
  async function over(): Promise<void> {
    fault = () => undefined;
    for (const close of closing.splice(0)) close();
    while (env.ses.control.pending() > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await takeEvents(env);
  }
});

describe("R-FAIL-1 what an event says later", () => {
  const lost = ["500, and it took the mail", "the connection breaks after it took the mail", "no answer in time"];
  it.each(lost)("%s: the event settles it, and nothing is sent again", async (name) => {
    const ports = { ...env.ports, ...cases[name]?.() };
    const { id } = await accept(env.ports, await db.version(), mail({ to: [`late${lost.indexOf(name)}@example.net`] }));
    await deliver({ ...env, ports });
    fault = () => undefined;
    while (env.ses.control.pending() > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await takeEvents(env);
    expect((await view(id)).status).toBe("delivered");
    env.advance(3_600_000);
    await tick(env.ports);
    await deliver(env);
    const copies = env.ses.mailbox
      .list()
      .filter(({ recipients }) => recipients[0]?.startsWith(`late${lost.indexOf(name)}@`));
    expect(copies).toHaveLength(1);
  });
});

/** Whole seconds between two times. */
const wait = (until: unknown, from: string | undefined): number =>
  Math.round((Date.parse(String(until)) - Date.parse(from ?? "")) / 1000);
