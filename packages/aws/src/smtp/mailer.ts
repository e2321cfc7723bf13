import type { SmtpMailer } from "@posthouse/core/ports/mailer";
import type { NodemailerError } from "nodemailer/lib/errors";
import { explain } from "./failure.ts";
import { destroy, dial, greet, login } from "./link.ts";
import { timeouts as defaults, type SmtpOptions } from "./options.ts";
import { probe } from "./probe.ts";
import { createSession } from "./session.ts";

/** SMTP by nodemailer's connection, over a socket of our own to an address we have checked (G7). */
export function createSmtpMailer(options: SmtpOptions): SmtpMailer {
  const timeouts = { ...defaults, ...options.timeouts };
  return {
    async open(endpoint) {
      const link = await dial(endpoint, options, timeouts);
      const { connection, socket, secrets } = link;
      // greeting, EHLO, TLS and AUTH, all within one time
      const until = Date.now() + timeouts.open;
      try {
        await greet(link, timeouts.open);
        await login(link, endpoint, until - Date.now());
      } catch (error) {
        destroy(link);
        throw explain(connection, error as NodemailerError, secrets);
      }
      return createSession(connection, socket, { secrets, timeouts });
    },
    probe: (endpoint, envelope, within) =>
      probe(endpoint, envelope, options, { ...timeouts, probes: Math.min(timeouts.probes, within) }),
  };
}
