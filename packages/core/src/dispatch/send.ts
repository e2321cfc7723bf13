import { fit } from "../attachment/fit.ts";
import * as Secret from "../database/secret.ts";
import type { DispatchJob } from "../email/enqueue.ts";
import type { FailureType, Head } from "../email/head.ts";
import { withToken } from "../email/token.ts";
import { AppError } from "../error.ts";
import { type FailureClass, type HandOver, type RecipientResult, SmtpUnavailable } from "../ports/mailer.ts";
import type { Ports } from "../ports/main.ts";
import * as Sender from "../sender/used.ts";
import type { Carrier } from "./carrier.ts";
import { claim } from "./claim.ts";
import * as Outcome from "./outcome.ts";
import { type Prepared, prepare } from "./prepare.ts";

/** Finds what carries an email: shared by the mails of a batch that go the same way. */
export type CarrierOf = (prepared: Prepared) => Carrier;

/**
 * One try at one email. Everything slow (reading, MIME, connection, login) comes before the claim; between claim and
 * outcome is nothing but the hand-over.
 * @throws only what a later delivery of the same job may get past: the store or the vault does not answer.
 */
export async function send(ports: Ports, job: DispatchJob, carrierOf: CarrierOf): Promise<void> {
  const prepared = await prepare(ports, job);
  if (!prepared) return;
  const { head, body, recipients, most, to } = prepared;
  const mime = await mimeOf(ports, prepared);
  if (mime instanceof AppError) return Outcome.fail(ports, prepared, "provider", mime.message);
  if (mime.length > most)
    return Outcome.fail(
      ports,
      prepared,
      "email_too_large",
      `the message has ${mime.length} bytes, the limit is ${most}`,
    );
  const carrier = carrierOf(prepared);
  try {
    await carrier.ready();
  } catch (error) {
    if (!(error instanceof SmtpUnavailable)) throw error;
    return Outcome.defer(ports, prepared, { failure_type: failureOf(error.failure, true), reply: error.reply });
  }
  const envelope_from = await reversePath(ports, prepared);
  const claimed = await claim(ports, head);
  if (!claimed) return;
  const message = { mime, envelope_from, recipients: to };
  const answer = await handOver(carrier, message, claimed, body.from_address);
  await settle(ports, { ...prepared, head: claimed, recipients }, answer);
  if (answer.outcome === "accepted") await Sender.note(ports, head, body);
}

/** A carrier that throws after the claim has said nothing of what became of the mail: that is unknown (G3). */
async function handOver(
  carrier: Carrier,
  message: Parameters<Carrier["send"]>[0],
  head: Head,
  fromAddress: string,
): Promise<HandOver> {
  try {
    return await carrier.send(message, tagsOf(head), fromAddress);
  } catch (error) {
    return { outcome: "unknown", reply: error instanceof Error ? error.message : "no answer" };
  }
}

/** What cannot be written as a message can never be sent: trying again would not help. */
const mimeOf = (ports: Ports, { head, body, most }: Prepared): Promise<Uint8Array | AppError> =>
  fit(ports, head, body, most).catch((error: unknown) => {
    if (error instanceof AppError) return error;
    throw error;
  });

/** The envelope sender, with the bounce token where it is taken (R-REW-3). */
async function reversePath(ports: Ports, { head, body }: Prepared): Promise<string> {
  if (!body.envelope_token) return body.envelope_from;
  const { token_key } = await Secret.open(ports, head.database);
  return withToken(body.envelope_from, head.id, token_key);
}

/** What comes back in every SES event: which email, attempt and try it speaks of. */
export const tagsOf = ({ database, id, attempt, try: n }: Head): Record<string, string> => ({
  posthouse_database: database,
  posthouse_email: id,
  posthouse_attempt: String(attempt),
  posthouse_try: String(n),
});

/** Writes what became of a hand-over. */
async function settle(ports: Ports, prepared: Prepared, answer: HandOver): Promise<void> {
  if (answer.outcome === "unknown") return Outcome.unknown(ports, prepared, answer.reply);
  const refused = (answer.recipients ?? []).filter(({ ok }) => !ok);
  if (answer.outcome === "accepted") {
    if (refused.length === 0) return Outcome.sent(ports, prepared, answer.reply, answer.provider_id);
    return settleEach(ports, prepared, answer.recipients, answer.provider_id, answer.reply);
  }
  const permanent = refused.filter(({ reply }) => reply.startsWith("5"));
  if (permanent.length > 0 && permanent.length < prepared.to.length)
    return settleEach(ports, prepared, refused, null, answer.reply);
  const failure_type = failureOf(answer.failure, answer.retry);
  if (answer.retry) return Outcome.defer(ports, prepared, { failure_type, reply: answer.reply });
  return Outcome.fail(ports, prepared, failure_type, answer.reply);
}

/** The server answered recipients differently: each gets its own state, and those refused for now wait. */
async function settleEach(
  ports: Ports,
  prepared: Prepared,
  results: readonly RecipientResult[],
  providerId: string | null,
  accepted: string,
): Promise<void> {
  if (providerId !== null) await Outcome.remember(ports, prepared.head, providerId);
  const ended: Outcome.Ended[] = [];
  let later: string | undefined;
  for (const recipient of prepared.recipients) {
    const result = results.find(({ address }) => address === recipient.address);
    if (result?.ok) ended.push({ state: "sent", recipient, reply: accepted });
    else if (result?.reply.startsWith("5"))
      ended.push({ state: "failed", recipient, failure_type: "smtp_permanent", reply: result.reply });
    else later ??= result?.reply ?? "not accepted for this recipient";
  }
  const rest = later === undefined ? "ended" : ({ failure_type: "smtp_temporary", reply: later } as const);
  await Outcome.partly(ports, prepared, ended, rest);
}

/** The failure type of a class (R-FAIL-2). */
function failureOf(failure: FailureClass, retry: boolean): FailureType {
  if (failure === "temporary") return "smtp_temporary";
  if (failure === "permanent") return retry ? "smtp_temporary" : "smtp_permanent";
  return failure;
}
