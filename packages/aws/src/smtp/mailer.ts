import type { Socket } from "node:net";
import { rootCertificates } from "node:tls";
import { type FailureClass, type SmtpEndpoint, type SmtpMailer, SmtpUnavailable } from "@posthouse/core/ports/mailer";
import type { NodemailerError } from "nodemailer/lib/errors";
import SMTPConnection, { type SMTPConnectionOptions } from "nodemailer/lib/smtp-connection";
import { connect } from "./connect.ts";
import { timeouts as defaults, type SmtpOptions, type Timeouts } from "./options.ts";
import { codeOf, secretsOf, words } from "./reply.ts";
import { resolve, systemResolver } from "./resolve.ts";
import { createSession } from "./session.ts";
import { step } from "./step.ts";

/** SMTP by nodemailer's connection, over a socket of our own to an address we have checked (G7). */
export function createSmtpMailer(options: SmtpOptions): SmtpMailer {
  const timeouts = { ...defaults, ...options.timeouts };
  return {
    async open(endpoint) {
      const { port } = endpoint;
      const host = endpoint.host.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
      if (port === 25) throw new SmtpUnavailable("connection", "port 25 is refused: use 465, 587 or 2525");
      const { private_hosts, dns = systemResolver } = options;
      const addresses = await resolve(host, { private_hosts, dns, timeout: timeouts.resolve });
      const socket = await connect(host, port, addresses, timeouts.connect);
      const secrets = secretsOf(endpoint);
      const connection = new SMTPConnection({ ...settings(endpoint, options, timeouts), host, connection: socket });
      try {
        await prepare(connection, endpoint, timeouts.open);
      } catch (error) {
        destroy(connection, socket);
        throw unavailable(connection, error as NodemailerError, secrets);
      }
      return createSession(connection, socket, { secrets, timeouts });
    },
  };
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
    connectionTimeout: reply,
    greetingTimeout: reply,
    socketTimeout: reply,
    // long enough for the server's own close, short enough to await
    socketCloseTimeout: 1_000,
    ...(name !== undefined && { name }),
  };
}

/** Greeting, EHLO, TLS and AUTH, all within one time. */
async function prepare(connection: SMTPConnection, endpoint: SmtpEndpoint, ms: number): Promise<void> {
  const until = Date.now() + ms;
  await step(connection, ms, (done) => connection.connect((error) => done(error)));
  const { authentication, username, password } = endpoint;
  if (authentication === "none" || authentication === "certificate") return;
  if (authentication === "oauth2") throw auth("OAuth 2.0 is not possible yet: use a password");
  if (!connection.allowsAuth) throw auth("the server offers no authentication: use another port or encryption");
  await step(connection, until - Date.now(), (done) => connection.login({ user: username, pass: password }, done));
}

const auth = (message: string): NodemailerError => Object.assign(new Error(message), { code: "EAUTH" });

/** Nothing of the cause is kept: it may hold what the server repeated of the password (G6). */
function unavailable(connection: SMTPConnection, error: NodemailerError, secrets: readonly string[]): SmtpUnavailable {
  return new SmtpUnavailable(classify(connection, error), words(error.response ?? error.message, secrets));
}

function classify(connection: SMTPConnection, error: NodemailerError): FailureClass {
  const code = codeOf(error.response);
  if (code >= 400 && code < 500) return "temporary";
  if (error.code === "EAUTH") return "auth";
  // a handshake that fails is a socket error to the connection, and the client's certificate is refused after it
  const isTls = error.code === "ETLS" || connection.upgrading || /SSL|TLS|CERT/.test(error.originalCode ?? "");
  return isTls ? "tls" : "connection";
}

function destroy(connection: SMTPConnection, socket: Socket): void {
  connection.on("error", () => socket.destroy());
  connection.close();
  socket.destroy();
}
