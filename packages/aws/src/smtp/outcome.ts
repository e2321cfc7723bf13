import type { FailureClass, HandOver, RecipientResult } from "@posthouse/core/ports/mailer";
import type { NodemailerError } from "nodemailer/lib/errors";
import { codeOf, words } from "./reply.ts";

/** How a message went over a connection, as the connection tells it. */
export interface Transaction {
  readonly recipients: readonly string[];
  /** Refused at RCPT TO, each with its own reply. */
  readonly rejected: readonly NodemailerError[];
  /** Whether the connection has read the whole message, the final dot with it. */
  readonly whole: boolean;
  readonly answer: { readonly reply: string } | { readonly error: NodemailerError };
}

/**
 * What became of a message. It is unknown exactly when the final dot may have gone out and no final answer came: the
 * connection's own error says no more than that it broke. Before the dot a broken connection is a definite no
 * (RFC 5321 §4.1.1.4: a server must not deliver what was not ended).
 */
export function judge(transaction: Transaction, secrets: readonly string[]): HandOver {
  const { answer, whole } = transaction;
  if ("reply" in answer && whole) return accepted(transaction, words(answer.reply, secrets));
  const said = "reply" in answer ? answer.reply : (answer.error.response ?? "");
  if (codeOf(said) >= 400) return refusedBy(transaction, words(said, secrets), secrets);
  const reply = words("reply" in answer ? answer.reply : answer.error.message, secrets);
  if (whole) return { outcome: "unknown", reply };
  if ("error" in answer && isOurs(answer.error))
    return { outcome: "refused", reply, failure: "permanent", retry: false };
  return { outcome: "refused", reply, failure: "connection", retry: true };
}

/**
 * The class of a refusal. RFC 5321 §4.2.1: 4yz may succeed later, 5yz will not, whatever the enhanced code says; 503 is
 * about the session and not the message. 552 for too many recipients means 452 (§4.5.3.1.10): the rest go later.
 */
export function failureOf(reply: string): FailureClass {
  const code = codeOf(reply);
  if ([530, 534, 535, 538].includes(code)) return "auth";
  const tooMany = code === 552 && /^552 (?:5\.5\.3\b|(?!5\.).*too many recipients)/i.test(reply);
  return code >= 500 && code !== 503 && !tooMany ? "permanent" : "temporary";
}

function accepted(transaction: Transaction, reply: string): HandOver {
  return { outcome: "accepted", reply, provider_id: null, recipients: results(transaction, reply, true, []) };
}

/** The server's own no. Where each recipient has one of its own, one that may pass later decides. */
function refusedBy(transaction: Transaction, reply: string, secrets: readonly string[]): HandOver {
  const recipients = results(transaction, reply, false, secrets);
  const classes = recipients.map((recipient) => recipient.failure);
  const failure = classes.find((one) => one === "temporary") ?? classes[0] ?? failureOf(reply);
  return { outcome: "refused", reply, failure, retry: failure !== "permanent", recipients };
}

function results(
  { recipients, rejected, answer }: Transaction,
  reply: string,
  ok: boolean,
  secrets: readonly string[],
): RecipientResult[] {
  // Pipelined behind a MAIL that was refused (RFC 2920), each RCPT is answered 503: that is about the order of commands
  const own = "error" in answer && answer.error.command === "MAIL FROM" ? [] : rejected;
  const refusals = new Map(own.map((error) => [error.recipient, words(error.response ?? error.message, secrets)]));
  return recipients.map((address) => {
    const refusal = refusals.get(address);
    if (ok && refusal === undefined) return { address, ok, reply };
    const said = refusal ?? reply;
    return { address, ok: false, reply: said, failure: failureOf(said) };
  });
}

/** Found before anything was sent, and the same at every try: a size over the server's, an address with a line break. */
const isOurs = ({ code, response }: NodemailerError): boolean =>
  response === undefined && (code === "EMESSAGE" || code === "EENVELOPE");
