import { type ProbeStep, type Problem, type SmtpEndpoint, SmtpUnavailable } from "@posthouse/core/ports/mailer";
import type { NodemailerError } from "nodemailer/lib/errors";
import { command } from "./command.ts";
import { explain } from "./failure.ts";
import { destroy, dial, greet, type Link, login } from "./link.ts";
import type { SmtpOptions, Timeouts } from "./options.ts";
import { codeOf, words } from "./reply.ts";
import { quit } from "./session.ts";

/** Ends a test at the step that failed. */
class Stopped extends Error {}

/** A step under its name; it answers what the server said. @throws Stopped when it fails, its failure noted. */
type Run = (step: ProbeStep["step"], act: () => Promise<string>) => Promise<void>;

/**
 * Tests a server (R-SRV-5): what mail goes over, command by command, with each reply. The connection's own commands
 * come first (so what passes here passes for mail); MAIL, RCPT and DATA are sent one by one, since the connection
 * itself cannot stop after 354.
 */
export async function probe(
  endpoint: SmtpEndpoint,
  { from, to }: { readonly from: string; readonly to: string },
  options: SmtpOptions,
  limits: Timeouts,
): Promise<ProbeStep[]> {
  const until = performance.now() + limits.probes;
  const left = () => Math.max(1, Math.min(limits.probe, until - performance.now()));
  const steps: ProbeStep[] = [];
  let link: Link | undefined;
  const run = runner(steps, () => link);
  try {
    link = await arrive(endpoint, options, during(limits, left), run);
    const { secrets } = link;
    const open = link;
    await run("auth", async () => {
      await login(open, endpoint, left());
      return authenticated(endpoint);
    });
    const say = async (text: string) => words(await command(open, text, left()), secrets);
    await run("mail_from", async () => accepted(await say(`MAIL FROM:<${from}>`), 2, "sender_refused"));
    await run("rcpt_to", async () => accepted(await say(`RCPT TO:<${to}>`), 2, "recipient_refused"));
    await run("data", async () => accepted(await say("DATA"), 3, "protocol"));
    destroy(open);
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    if (link) await quit(link.connection, link.socket);
  }
  return steps;
}

/** For each part of the way what is left when it begins. */
const during = (limits: Timeouts, left: () => number): Timeouts => ({
  ...limits,
  reply: limits.probe,
  get resolve() {
    return left();
  },
  get connect() {
    return left();
  },
  get probe() {
    return left();
  },
});

/** TCP, greeting, EHLO and TLS: two steps, told apart by the greeting where it comes before TLS. */
async function arrive(endpoint: SmtpEndpoint, options: SmtpOptions, timeouts: Timeouts, run: Run): Promise<Link> {
  const greeting = Promise.withResolvers<string>();
  const heard = (reply: string) => codeOf(reply) === 220 && greeting.resolve(reply);
  const opened: { link?: Link; ready?: Promise<void> } = {};
  try {
    await run("connect", async () => {
      const link = await dial(endpoint, options, timeouts, heard);
      opened.link = link;
      opened.ready = welcomed(link, timeouts.probe);
      if (endpoint.encryption.startsWith("tls")) return "connected";
      const first = await Promise.race([greeting.promise, opened.ready.then(() => greeting.promise)]);
      if (endpoint.encryption === "none") await opened.ready;
      return words(first, link.secrets);
    });
    await run("tls", async () => {
      await opened.ready;
      return secured(endpoint.encryption);
    });
  } catch (error) {
    if (opened.link) destroy(opened.link);
    throw error;
  }
  if (!opened.link) throw new Error("connected without a connection");
  return opened.link;
}

function welcomed(link: Link, ms: number): Promise<void> {
  const ready = greet(link, ms).catch((error: NodemailerError) => {
    throw explain(link.connection, error, link.secrets);
  });
  // both steps await it, but one that never comes to must not make its failure an unhandled one
  ready.catch(() => undefined);
  return ready;
}

function runner(steps: ProbeStep[], link: () => Link | undefined): Run {
  return async (step, act) => {
    const start = performance.now();
    const note = (ok: boolean, reply: string, problem: Problem | null) =>
      steps.push({ step, ok, reply, class: problem, ms: Math.round(performance.now() - start) });
    try {
      note(true, await act(), null);
    } catch (error) {
      const { reply, problem } = known(error, link());
      note(false, reply, problem);
      throw new Stopped();
    }
  };
}

function known(error: unknown, link: Link | undefined): SmtpUnavailable {
  if (error instanceof SmtpUnavailable) return error;
  if (!link) throw error;
  return explain(link.connection, error as NodemailerError, link.secrets);
}

/** The server's yes. Its no is the step's own problem, unless its code says that of another (RFC 3463, RFC 4954). */
function accepted(reply: string, first: 2 | 3, problem: Problem): string {
  if (Math.floor(codeOf(reply) / 100) === first) return reply;
  if (codeOf(reply) === 530) throw new SmtpUnavailable("auth", reply, "authentication");
  const sender = /^\d{3} [45]\.1\.[78]\b/.test(reply);
  throw new SmtpUnavailable("permanent", reply, sender ? "sender_refused" : problem);
}

function secured(encryption: SmtpEndpoint["encryption"]): string {
  if (encryption === "none") return "not used: encryption is none";
  return encryption.endsWith("_strict")
    ? "encrypted; the certificate is valid for this host"
    : "encrypted; the certificate was not checked";
}

function authenticated({ authentication, username = "" }: SmtpEndpoint): string {
  if (authentication === "none") return "not used: authentication is none";
  return authentication === "certificate" ? "by the client certificate, in TLS" : `logged in as ${username}`;
}
