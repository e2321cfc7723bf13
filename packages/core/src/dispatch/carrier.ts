import {
  type HandOver,
  type SmtpEndpoint,
  type SmtpMailer,
  type SmtpSession,
  SmtpUnavailable,
  type WireMessage,
} from "../ports/mailer.ts";
import type { Ports } from "../ports/main.ts";

/** The server went silent on a mail of the same batch: the others do not wait as long, and that is no try. */
export class Silent extends Error {
  override readonly name = "Silent";
  constructor() {
    super("the server went silent on another mail");
  }
}

/** What carries mail: SES, or one connection to an SMTP server that a batch shares. */
export interface Carrier {
  /**
   * Makes it ready to take a message: everything slow comes before the claim.
   * @throws SmtpUnavailable; Silent; Busy, where SES is asked for too much.
   */
  ready(): Promise<void>;
  send(message: WireMessage, tags: Readonly<Record<string, string>>, fromAddress: string): Promise<HandOver>;
  close(): Promise<void>;
}

/** The platform as SES: the database's own tenant and configuration set. */
export function ses({ ses: mailer }: Pick<Ports, "ses">, db: string): Carrier {
  return {
    ready: async () => {},
    send: (message, tags, from_address) =>
      mailer.send({ ...message, from_address, tenant: db, configuration_set: db, tags }),
    close: async () => {},
  };
}

/**
 * One connection to an SMTP server, opened when first needed and again when the server has closed it.
 * @param endpoint how to reach it; given one that it did not let log in, another where there is one.
 */
export function smtp(
  { smtp: mailer }: Pick<Ports, "smtp">,
  endpoint: (refused?: SmtpEndpoint) => Promise<SmtpEndpoint>,
): Carrier {
  let session: SmtpSession | undefined;
  return {
    async ready() {
      if (!session?.alive) session = await open(mailer, endpoint);
    },
    // Closed since it was ready: nothing was handed over. Opening it again would take longer than the claim allows for.
    send: async (message) => (session?.alive ? session.send(message) : closed),
    close: async () => session?.close(),
  };
}

const closed: HandOver = {
  outcome: "refused",
  reply: "the server closed the connection",
  failure: "connection",
  retry: true,
};

/** An access token may end before its time: one the server does not take is got anew, once. */
async function open(mailer: SmtpMailer, endpoint: Parameters<typeof smtp>[1]): Promise<SmtpSession> {
  const first = await endpoint();
  try {
    return await mailer.open(first);
  } catch (error) {
    const again = first.authentication === "oauth2" && error instanceof SmtpUnavailable && error.failure === "auth";
    if (!again) throw error;
    return mailer.open(await endpoint(first));
  }
}

/** The operator's relay in place of SES: `smtp[s]://user:password@host:port`. */
export function relayEndpoint(url: string): SmtpEndpoint {
  const { protocol, hostname, port, username, password } = new URL(url);
  const tls = protocol === "smtps:";
  return {
    host: hostname,
    port: port === "" ? (tls ? 465 : 587) : Number(port),
    encryption: tls ? "tls_strict" : username === "" ? "none" : "starttls_strict",
    authentication: username === "" ? "none" : "login",
    ...(username !== "" && { username: decodeURIComponent(username), password: decodeURIComponent(password) }),
  };
}
