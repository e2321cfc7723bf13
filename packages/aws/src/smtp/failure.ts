import { type FailureClass, type Problem, SmtpUnavailable } from "@posthouse/core/ports/mailer";
import type { NodemailerError } from "nodemailer/lib/errors";
import type SMTPConnection from "nodemailer/lib/smtp-connection";
import { codeOf, words } from "./reply.ts";

/** A failed login that the server has said nothing of. */
export const auth = (message: string): NodemailerError => Object.assign(new Error(message), { code: "EAUTH" });

/** The port's error. */
export const unavailable = (failure: FailureClass, reply: string, problem: Problem): SmtpUnavailable =>
  new SmtpUnavailable(failure, reply, problem);

/**
 * Why a connection could not be made ready. Nothing of the cause is kept: it may hold what the server repeated of the
 * password (G6).
 */
export function explain(
  connection: SMTPConnection,
  error: NodemailerError,
  secrets: readonly string[],
): SmtpUnavailable {
  const reply = words(error.response ?? error.message, secrets);
  return unavailable(classify(connection, error), reply, problemOf(connection, error));
}

function classify(connection: SMTPConnection, error: NodemailerError): FailureClass {
  const code = codeOf(error.response);
  if (code >= 400 && code < 500) return "temporary";
  if (error.code === "EAUTH") return "auth";
  return isTls(connection, error) ? "tls" : "connection";
}

/** A handshake that fails is a socket error to the connection, and the client's certificate is refused after it. */
const isTls = (connection: SMTPConnection, { code, originalCode }: NodemailerError): boolean =>
  code === "ETLS" || connection.upgrading || /SSL|TLS|CERT/.test(originalCode ?? "");

function problemOf(connection: SMTPConnection, error: NodemailerError): Problem {
  if (error.code === "ETIMEDOUT") return "no_answer";
  if (error.code === "EAUTH") return "authentication";
  if (isTls(connection, error)) return "tls";
  return codeOf(error.response) >= 400 ? "refused" : "protocol";
}
