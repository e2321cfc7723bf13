import { fit } from "../attachment/fit.ts";
import type * as Secret from "../database/secret.ts";
import type { DispatchJob } from "../email/enqueue.ts";
import type { Head } from "../email/head.ts";
import { withToken } from "../email/token.ts";
import { AppError } from "../error.ts";
import { type HandOver, type RecipientResult, SmtpUnavailable } from "../ports/mailer.ts";
import type { Ports } from "../ports/main.ts";
import * as Sender from "../sender/used.ts";
import { Changed } from "../server/binding.ts";
import * as Room from "../server/room.ts";
import { type Carrier, Silent } from "./carrier.ts";
import { claim } from "./claim.ts";
import { sesTypeOf, typeOf } from "./failure.ts";
import { type Guard, guard } from "./guard.ts";
import * as Later from "./later.ts";
import * as Outcome from "./outcome.ts";
import { type Prepared, prepare } from "./prepare.ts";
import { endInSandbox } from "./sandbox.ts";
import { stop } from "./stop.ts";

/** Finds what carries an email: shared by the mails of a batch that go the same way. */
export type CarrierOf = (prepared: Prepared) => Carrier;

/**
 * Takes what is still to be written of a mail that was handed over, which comes to how many recipients were sent by it:
 * the next one of its connection need not wait for it.
 * @param over what it was handed over to.
 */
export type Settling = (work: Promise<number>, over: Head["over"]) => void;

/** Those of the database, read where they are needed: by the links in the mail, and by its tokens. */
type Secrets = ReturnType<Secret.Opening>;

/** A mail whose server is changed each time it is prepared is left for so long, in ms. */
const changedWait = 5_000;
/** One whose server has just gone silent on another likewise. */
const silentWait = 30_000;

/**
 * One try at one email. Everything slow (reading, MIME, connection, login) comes before the claim; between claim and
 * outcome is nothing but the hand-over.
 * @param settling gets the writing of the outcome, which whoever calls awaits before it answers for the job.
 * @param opening is shared by the mails of an invocation.
 * @param looks how often it is prepared anew, at most, because its server was changed meanwhile: that is no try.
 * @throws only what a later delivery of the same job may get past: the store or the vault does not answer.
 */
export async function send(
  ports: Ports,
  job: DispatchJob,
  carrierOf: CarrierOf,
  settling: Settling,
  opening: Secret.Opening,
  looks = 2,
): Promise<void> {
  const prepared = await prepare(ports, job);
  if (!prepared) return;
  const { body, recipients, most, to } = prepared;
  const server = guard(ports, prepared);
  const stopped = await server.stopped();
  if (stopped) return stop(ports, prepared, stopped);
  const secrets = opening(job.database);
  const mime = await mimeOf(ports, prepared, secrets);
  if (mime instanceof AppError) return Outcome.fail(ports, prepared, "provider", mime.message);
  if (mime.length > most)
    return Outcome.fail(
      ports,
      prepared,
      "email_too_large",
      `the message has ${mime.length} bytes, the limit is ${most}`,
    );
  const room = await Room.take(ports, prepared);
  if (!room) return;
  let reached: Reached | undefined;
  try {
    reached = await Room.within(room, () => reach(ports, prepared, server, carrierOf, secrets));
  } catch (error) {
    if (!(error instanceof Changed)) throw error;
    return looks > 0 ? send(ports, job, carrierOf, settling, opening, looks - 1) : putOff(ports, prepared, error);
  }
  if (!reached) return;
  const { carrier, claimed, envelope_from } = reached;
  const message = { mime, envelope_from, recipients: to };
  const answer = await handOver(carrier, message, claimed, body.from_address);
  settling(conclude(ports, { ...prepared, head: claimed, recipients }, answer), claimed.over);
  await server.answered(answer);
}

async function conclude(ports: Ports, prepared: Prepared, answer: HandOver): Promise<number> {
  const sent = await settle(ports, prepared, answer);
  if (answer.outcome === "accepted" && prepared.head.try === 1)
    ports.metrics.time("queue_wait_ms", waited(prepared.head));
  if (answer.outcome === "accepted") await Sender.note(ports, prepared.head, prepared.body);
  return sent;
}

/** From when it might be sent to its claim, in ms. */
const waited = ({ not_before, created_at, claimed_at }: Head): number =>
  Math.max(0, Date.parse(claimed_at ?? created_at) - Date.parse(not_before));

/** An email that is claimed, and the connection it goes over. */
interface Reached {
  readonly carrier: Carrier;
  readonly claimed: Head;
  readonly envelope_from: string;
}

/**
 * Makes the connection ready, and claims.
 * @returns undefined where nothing is to be handed over: what becomes of the mail instead is written.
 * @throws Changed when its server was changed meanwhile.
 */
async function reach(
  ports: Ports,
  prepared: Prepared,
  server: Guard,
  carrierOf: CarrierOf,
  secrets: Secrets,
): Promise<Reached | undefined> {
  const closed = await server.pass();
  if (closed) return ended(stop(ports, prepared, closed));
  const carrier = carrierOf(prepared);
  try {
    await carrier.ready();
  } catch (error) {
    if (error instanceof Silent) return ended(Later.postpone(ports, prepared, ports.clock.now() + silentWait));
    if (!(error instanceof SmtpUnavailable)) throw error;
    await Outcome.defer(ports, prepared, { failure_type: typeOf(error.failure, true), reply: error.reply });
    return ended(server.unavailable(error));
  }
  const envelope_from = await reversePath(prepared, secrets);
  const claimed = await claim(ports, prepared.head, prepared.redirected);
  return claimed ? { carrier, claimed, envelope_from } : ended(server.worked());
}

const ended = (ending: Promise<void>): Promise<undefined> => ending.then(() => undefined);

function putOff(ports: Ports, prepared: Prepared, error: Changed): Promise<void> {
  ports.log.warn("a mail waits, its server is being changed", { database: prepared.head.database, error });
  return Later.postpone(ports, prepared, ports.clock.now() + changedWait);
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
const mimeOf = (ports: Ports, { head, body, most }: Prepared, secrets: Secrets): Promise<Uint8Array | AppError> =>
  fit(ports, head, body, most, secrets).catch((error: unknown) => {
    if (error instanceof AppError) return error;
    throw error;
  });

/** The envelope sender, with the bounce token where it is taken (R-REW-3). */
async function reversePath({ head, body }: Prepared, secrets: Secrets): Promise<string> {
  if (!body.envelope_token) return body.envelope_from;
  const { token_key } = await secrets();
  return withToken(body.envelope_from, head.id, token_key);
}

/** What comes back in every SES event: which email, attempt and try it speaks of. */
export const tagsOf = ({ database, id, attempt, try: n }: Head): Record<string, string> => ({
  posthouse_database: database,
  posthouse_email: id,
  posthouse_attempt: String(attempt),
  posthouse_try: String(n),
});

/** Writes what became of a hand-over. @returns how many recipients were sent by it. */
async function settle(ports: Ports, prepared: Prepared, answer: HandOver): Promise<number> {
  if (answer.outcome === "unknown") return none(Outcome.unknown(ports, prepared, answer.reply));
  const refused = (answer.recipients ?? []).filter(({ ok }) => !ok);
  if (answer.outcome === "accepted") {
    if (refused.length === 0) return Outcome.sent(ports, prepared, answer.reply, answer.provider_id);
    return settleEach(ports, prepared, answer.recipients, answer.provider_id, answer.reply);
  }
  if (differ(refused)) return settleEach(ports, prepared, refused, null, answer.reply);
  const overSes = prepared.server === null && ports.operator.platform === "ses";
  const failure_type = overSes ? sesTypeOf(answer.failure) : typeOf(answer.failure, answer.retry);
  const { head, body } = prepared;
  const wait = {
    failure_type,
    reply: answer.reply,
    ...(answer.hourly && { hourly: answer.hourly, end: endInSandbox(head, body, ports.clock.now()) }),
  };
  if (answer.retry) return none(Outcome.defer(ports, prepared, wait));
  return none(Outcome.fail(ports, prepared, failure_type, answer.reply));
}

const none = (writing: Promise<void>): Promise<number> => writing.then(() => 0);

/** Whether some are refused for good and others not, or each for a reason of its own. */
const differ = (refused: readonly RecipientResult[]): boolean =>
  refused.some(({ failure }) => failure === "permanent") && new Set(refused.map(({ reply }) => reply)).size > 1;

/** The server answered recipients differently: each gets its own state, and those refused for now wait. */
async function settleEach(
  ports: Ports,
  prepared: Prepared,
  results: readonly RecipientResult[],
  providerId: string | null,
  accepted: string,
): Promise<number> {
  if (providerId !== null) await Outcome.remember(ports, prepared.head, providerId);
  const ended: Outcome.Ended[] = [];
  let later: Outcome.Wait | undefined;
  for (const recipient of prepared.recipients) {
    const result = results.find(({ address }) => address === recipient.address);
    const reply = result?.reply ?? "not accepted for this recipient";
    if (result?.ok) ended.push({ state: "sent", recipient, reply: accepted });
    else if (result?.failure === "permanent")
      ended.push({ state: "failed", recipient, failure_type: "smtp_permanent", reply });
    else later ??= { failure_type: typeOf(result?.failure ?? "temporary", true), reply };
  }
  return Outcome.partly(ports, prepared, ended, later ?? "ended");
}
