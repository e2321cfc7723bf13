import type { Socket } from "node:net";
import { rootCertificates } from "node:tls";
import type { SmtpEndpoint } from "@posthouse/core/ports/mailer";
import SMTPConnection, { type SMTPConnectionOptions } from "nodemailer/lib/smtp-connection";
import { byToken, customAuth } from "./command.ts";
import { connect } from "./connect.ts";
import { auth, unavailable } from "./failure.ts";
import type { SmtpOptions, Timeouts } from "./options.ts";
import { secretsOf } from "./reply.ts";
import { resolve, systemResolver } from "./resolve.ts";
import { step } from "./step.ts";

/** A TCP connection to a server, and what speaks SMTP over it. */
export interface Link {
  readonly connection: SMTPConnection;
  readonly socket: Socket;
  /** What must not be repeated of what the server says. */
  readonly secrets: readonly string[];
}

/**
 * Connects by TCP to an address of the host that was checked (G7); nothing is said yet.
 * @param heard gets each reply of the server.
 * @throws SmtpUnavailable
 */
export async function dial(
  endpoint: SmtpEndpoint,
  options: SmtpOptions,
  timeouts: Timeouts,
  heard?: (reply: string) => void,
): Promise<Link> {
  const { port } = endpoint;
  const host = endpoint.host.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
  if (port === 25) throw unavailable("connection", "port 25 is refused: use 465, 587 or 2525", "refused");
  const { private_hosts, dns = systemResolver } = options;
  const addresses = await resolve(host, { private_hosts, port, dns, timeout: timeouts.resolve });
  const socket = await connect(host, port, addresses, timeouts.connect);
  const listening = heard && { logger: listener(heard), transactionLog: true };
  const connection = new SMTPConnection({
    ...settings(endpoint, options, timeouts),
    ...listening,
    host,
    connection: socket,
  });
  // a connection may break between two steps, when nobody waits for anything; the next step says so
  connection.on("error", () => undefined);
  return { connection, socket, secrets: secretsOf(endpoint) };
}

/** Greeting, EHLO and TLS. @throws NodemailerError */
export async function greet({ connection }: Link, ms: number): Promise<void> {
  await step(connection, ms, (done) => connection.connect((error) => done(error)));
}

/** AUTH, where the server is to be logged in to. @throws NodemailerError */
export async function login({ connection }: Link, endpoint: SmtpEndpoint, ms: number): Promise<void> {
  const { authentication, username, password, access_token } = endpoint;
  if (authentication === "none" || authentication === "certificate") return;
  if (!connection.allowsAuth) throw auth("the server offers no authentication: use another port or encryption");
  const method = authentication === "oauth2" ? { method: byToken, access_token } : { pass: password };
  await step(connection, ms, (done) => connection.login({ user: username, ...method }, done));
}

/** Closes at once, whatever is under way. */
export function destroy({ connection, socket }: Link): void {
  connection.on("error", () => socket.destroy());
  connection.close();
  socket.destroy();
}

/** R-SRV-3: `starttls` requires TLS without checking the certificate, and never falls back to plain; strict checks it. */
function settings(endpoint: SmtpEndpoint, { name, ca = [] }: SmtpOptions, { reply }: Timeouts): SMTPConnectionOptions {
  const { encryption, certificate, private_key } = endpoint;
  return {
    port: endpoint.port,
    secure: encryption.startsWith("tls"),
    requireTLS: encryption.startsWith("starttls"),
    ignoreTLS: encryption === "none",
    tls: {
      rejectUnauthorized: encryption.endsWith("_strict"),
      ...(ca.length > 0 && { ca: [...rootCertificates, ...ca] }),
      ...(endpoint.authentication === "certificate" && { cert: certificate, key: private_key }),
    },
    customAuth,
    connectionTimeout: reply,
    greetingTimeout: reply,
    socketTimeout: reply,
    // long enough for the server's own close, short enough to await
    socketCloseTimeout: 1_000,
    ...(name !== undefined && { name }),
  };
}

/** A logger of the connection that keeps nothing but what the server said. */
function listener(heard: (reply: string) => void) {
  const nothing = () => undefined;
  const debug = (about: { tnx?: string } | undefined, text: unknown) => {
    if (about?.tnx === "server") heard(String(text));
  };
  return { trace: nothing, debug, info: nothing, warn: nothing, error: nothing, fatal: nothing };
}
