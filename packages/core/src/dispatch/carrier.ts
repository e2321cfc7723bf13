import * as keys from "../keys.ts";
import type { HandOver, SmtpEndpoint, SmtpSession, WireMessage } from "../ports/mailer.ts";
import type { Ports } from "../ports/main.ts";
import type { ServerRecord, ServerSecrets } from "../server/record.ts";

/** What carries mail: SES, or one connection to an SMTP server that a batch shares. */
export interface Carrier {
  /**
   * Makes it ready to take a message: everything slow comes before the claim.
   * @throws SmtpUnavailable
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

/** One connection to an SMTP server, opened when first needed and again when the server has closed it. */
export function smtp({ smtp: mailer }: Pick<Ports, "smtp">, endpoint: () => Promise<SmtpEndpoint>): Carrier {
  let session: SmtpSession | undefined;
  return {
    async ready() {
      if (!session?.alive) session = await mailer.open(await endpoint());
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

/** How to reach a server of the database, its secrets opened (G6: bound to database and server). */
export async function endpointOf(
  { store, vault }: Pick<Ports, "store" | "vault">,
  db: string,
  server: ServerRecord,
): Promise<SmtpEndpoint> {
  const item = await store.get(keys.secret(db, server.id), { consistent: true });
  const secrets = item
    ? (JSON.parse(await vault.open(String(item["sealed"]), { database: db, record: server.id })) as ServerSecrets)
    : {};
  return {
    host: server.host ?? "",
    port: server.port ?? 587,
    encryption: server.encryption ?? "starttls_strict",
    authentication: server.authentication ?? "none",
    ...(server.username !== null && { username: server.username }),
    ...(secrets.password !== undefined && { password: secrets.password }),
    ...(secrets.certificate !== undefined && { certificate: secrets.certificate }),
    ...(secrets.private_key !== undefined && { private_key: secrets.private_key }),
  };
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
