import { type ImapEndpoint, type ImapProblem, ImapUnavailable } from "@posthouse/core/ports/imap";
import { SmtpUnavailable } from "@posthouse/core/ports/mailer";
import type { ImapFlowError } from "imapflow";
import { bearer, secretsOf, words } from "../smtp/reply.ts";

/** How far a session has come. */
export type Phase = "connect" | "tls" | "auth" | "select" | "open";

/**
 * What must not be repeated of what the server says: secrets, in the forms in which they are on the wire, as LOGIN quotes
 * them (RFC 9051 §4.3) among them, and as JSON does.
 */
export function secretsIn(endpoint: ImapEndpoint): string[] {
  const { username, host, port, access_token } = endpoint;
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const known = secretsOf(endpoint);
  if (access_token !== undefined) {
    const oauthbearer = `n,a=${username},\x01host=${host}\x01port=${port}\x01auth=Bearer ${access_token}\x01\x01`;
    known.unshift(base64(oauthbearer), base64(bearer(username, access_token)));
  }
  const quoted = known.flatMap((text) => [text.replace(/["\\]/g, "\\$&"), JSON.stringify(text).slice(1, -1)]);
  // the longest first, for one may begin with another
  return [...new Set([...known, ...quoted])].toSorted((a, b) => b.length - a.length);
}

const late = new Set(["CONNECT_TIMEOUT", "GREETING_TIMEOUT", "UPGRADE_TIMEOUT", "ETIMEOUT", "ETIMEDOUT", "ETHROTTLE"]);
const gone = new Set([
  ...["NoConnection", "EConnectionClosed", "StateLogout", "ClosedAfterConnectText", "ClosedAfterConnectTLS"],
  ...["ECONNRESET", "EPIPE"],
]);
const large = new Set(["LineTooLarge", "LiteralTooLarge", "ResponseTooLarge", "TooManyTokens", "TooManyResponses"]);
/** Response codes of a login that failed, but not for the login's sake (RFC 5530). */
const passing = new Set(["UNAVAILABLE", "LIMIT", "INUSE", "SERVERBUG"]);

/** Whether a call only says that the connection is gone: what broke it was said elsewhere. */
export const isGone = (error: unknown): boolean => gone.has((error as ImapFlowError | undefined)?.code ?? "");

/** Why a session cannot be used. Nothing of the cause is kept: it may hold what the server repeated of a secret (G6). */
export function explain(error: unknown, phase: Phase, secrets: readonly string[]): ImapUnavailable {
  if (error instanceof ImapUnavailable) return error;
  if (error instanceof SmtpUnavailable) return new ImapUnavailable(ofNetwork(error), error.reply);
  const failure = error as ImapFlowError;
  return new ImapUnavailable(problemOf(failure, phase), words(textOf(failure), secrets));
}

function ofNetwork({ problem }: SmtpUnavailable): ImapProblem {
  return problem === "sender_refused" || problem === "recipient_refused" ? "protocol" : problem;
}

function problemOf(error: ImapFlowError, phase: Phase): ImapProblem {
  const { code = "", serverResponseCode = "" } = error;
  if (large.has(code)) return "protocol";
  if (code === "UPGRADE_TIMEOUT" || error.tlsFailed) return "tls";
  if (late.has(code)) return "no_answer";
  if (error.authenticationFailed) return passing.has(serverResponseCode) ? "refused" : "authentication";
  if (phase === "tls") return "tls";
  if (gone.has(code)) return "refused";
  if (error.responseStatus !== undefined && phase === "select") return "mailbox";
  return "protocol";
}

/** The server's words where it had any; else what happened, in ours. */
function textOf(error: ImapFlowError): string {
  const { code = "", reason, responseText, response } = error;
  if (responseText) return responseText;
  if (typeof response === "string" && response !== "") return response;
  if (reason) return reason;
  if (large.has(code)) return "the server sent more than was asked for";
  if (late.has(code)) return "no answer in time";
  if (gone.has(code)) return "the server closed the connection";
  return `${error.message}${code === "" ? "" : ` (${code})`}`;
}
