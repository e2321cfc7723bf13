import * as Event from "../email/event.ts";
import type { FailureType, Head, Recipient, State } from "../email/head.ts";
import * as Told from "../email/told.ts";
import * as keys from "../keys.ts";
import * as Line from "../line/line.ts";
import type { Ports } from "../ports/main.ts";
import type { Update, Write } from "../ports/store.ts";
import * as Statistics from "../statistics/day.ts";
import * as ReplyRef from "../thread/reply-ref.ts";
import * as Beside from "./beside.ts";
import { after, hourly } from "./delay.ts";
import {
  attention,
  back,
  clip,
  dueAt,
  headUpdate,
  type InHand,
  left,
  maybeSent,
  type Needs,
  remaining,
  waited,
  write,
} from "./hand.ts";
import * as Uncounted from "./uncounted.ts";
import { untilWritten } from "./write.ts";

/** Attributes that a try leaves behind when the next is waited for. */
const tried = ["lease_until", "unknown", "stopped", "admitted"];

const lost = { failure_type: "unknown" } as const;

/** What became of some recipients of an email. */
export interface Ended {
  readonly state: Extract<State, "sent" | "failed">;
  readonly recipient: Recipient;
  readonly failure_type?: FailureType;
  readonly reply: string;
}

/** Waiting for a later try. */
export interface Wait {
  readonly failure_type: FailureType;
  readonly reply: string;
  /** Tried hourly from the first try on. */
  readonly hourly?: true;
  /** When waiting ends in failure from now on, in ms; absent = when it did. */
  readonly end?: number | undefined;
}

/**
 * All were accepted: one plain write, and one more for the provider's id (R-IN-1 knows it by that).
 * @returns how many recipients are known to be sent by it: none where an event was faster.
 */
export async function sent(
  ports: Needs & Pick<Ports, "log">,
  inHand: InHand,
  reply: string,
  providerId: string | null,
): Promise<number> {
  const { head } = inHand;
  const kept = await remember(ports, head, providerId);
  const set = {
    state: "sent",
    sent_at: now(ports),
    reply: clip(reply),
    // Without it the first event makes up for it
    ...(providerId !== null && kept && { provider_id: providerId }),
  };
  const update = headUpdate(head, set, [...left(head), "failure_type"]);
  const about = addresses(inHand);
  const written = await write(ports, [update, ...(await telling(ports, inHand, { type: "email.sent", about }))]);
  return written ? about.length : 0;
}

/** Whom a try was for. */
const addresses = ({ head, recipients }: InHand): string[] =>
  head.to === undefined ? recipients.map(({ address }) => address) : [head.to];

/** What the webhooks are told of an email whose head changes, where some endpoint wants that. */
export async function telling(
  ports: Pick<Ports, "store" | "clock" | "random">,
  inHand: InHand,
  what: Omit<Told.Telling, "once">,
): Promise<Write[]> {
  const { wanted } = await Beside.of(ports, inHand);
  if (!wanted.has(what.type)) return [];
  const { head } = inHand;
  return [Told.put(head, { ...what, once: `${head.attempt} ${head.rev}` }, ports.clock.now())];
}

/** `email.failed`, and the day's count of what is known to have failed (G4). */
async function failing(
  ports: Needs,
  inHand: InHand,
  about: readonly string[],
  failure_type: FailureType | undefined,
  reply: string,
): Promise<Write[]> {
  const { head } = inHand;
  const { day: known } = await Beside.of(ports, inHand);
  const day = failure_type === "unknown" ? undefined : known;
  const counts = { failed: about.length };
  const failed = { reason: clip(reply), type: failure_type };
  return [
    ...(day === undefined ? [] : [Statistics.add(head.database, day, head.id, counts, ports.clock.now())]),
    ...(await telling(ports, inHand, { type: "email.failed", about, data: { failed } })),
  ];
}

/**
 * Which email the provider's own id belongs to: errors and replies may know no other. That it could not be written
 * must not make a known acceptance unknown.
 * @returns whether it is kept.
 */
export async function remember(
  ports: Needs & Pick<Ports, "log">,
  head: Head,
  providerId: string | null,
): Promise<boolean> {
  if (providerId === null) return true;
  const key = keys.messageId(head.database, providerId, head.id);
  const expires_at = ReplyRef.atLeast(head, ports.clock.now());
  try {
    await untilWritten(ports, () => ports.store.write({ put: { ...key, expires_at } }));
    return true;
  } catch (error) {
    ports.log.error("the provider's id was not kept", { database: head.database, email: head.id, error });
    return false;
  }
}

/**
 * Some recipients have ended, accepted or refused for good; `rest` says what becomes of the others. Those refused
 * before hand-over are given back (R-LIM-3).
 * @returns how many recipients are known to be sent by it.
 */
export async function partly(
  ports: Needs,
  inHand: InHand,
  answered: readonly Ended[],
  rest: "ended" | Wait,
): Promise<number> {
  const { head, recipients } = inHand;
  // as of a whole email: what an earlier hand-over came to stays unknown
  const ended = answered.map((end) => (end.failure_type && head.maybe_sent ? { ...end, ...lost } : end));
  const waits = recipients.filter(({ n }) => ended.every(({ recipient }) => recipient.n !== n));
  const failed = ended.filter(({ state }) => state === "failed");
  const accepted = ended.filter(({ state }) => state === "sent");
  const given = back(head, failed.length);
  const set = {
    ...(rest === "ended" ? { state: accepted.length > 0 ? "sent" : "failed" } : waiting(ports, head, rest)),
    ...(accepted.length > 0 && { sent_at: now(ports) }),
    ...(rest === "ended" && accepted[0] && { reply: clip(accepted[0].reply) }),
    ...(rest === "ended" && !accepted[0] && failed[0]?.failure_type && { failure_type: failed[0].failure_type }),
    ...(failed.length > 0 && attention(head)),
    ...given.set,
  };
  const of = (list: readonly Ended[]) => list.map(({ recipient }) => recipient.address);
  const [first] = failed;
  const bad = first ? await failing(ports, inHand, of(failed), first.failure_type, first.reply) : [];
  const good = accepted.length > 0 ? await telling(ports, inHand, { type: "email.sent", about: of(accepted) }) : [];
  const written = await write(ports, [
    headUpdate(head, set, rest === "ended" ? [...left(head), "failure_type"] : tried),
    ...ended.map((end) => recipientUpdate(head, end)),
    ...(failed.length > 0 ? [failure(head, now(ports), failed)] : []),
    ...(rest === "ended" ? [] : [deferral(head, now(ports), rest, waits)]),
    ...given.writes,
    ...bad,
    ...good,
  ]);
  return written ? accepted.length : 0;
}

/**
 * Nobody got it for now: waits for the next try (R-FAIL-6), or fails when waiting is over. A try that ended before its
 * claim (no connection) is counted here.
 */
export async function defer(ports: Needs, inHand: InHand, wait: Wait): Promise<void> {
  const { head } = inHand;
  if (nextTry(ports, head, wait) === undefined) return fail(ports, inHand, wait.failure_type, wait.reply);
  const writes = [headUpdate(head, waiting(ports, head, wait), tried), deferral(head, now(ports), wait)];
  await write(ports, writes);
}

/**
 * Nobody gets it: ended, with the red envelope (R-FAIL-3). Where an earlier hand-over may have been accepted, what
 * became of it stays unknown: nothing is given back, and a late event may still correct it (R-FAIL-1).
 */
export async function fail(ports: Needs, inHand: InHand, why: FailureType, words: string): Promise<void> {
  const { head } = inHand;
  const failure_type = head.maybe_sent ? "unknown" : why;
  const reply = clip(words);
  const note = head.maybe_sent ? { note: maybeSent } : {};
  const given = back(head, remaining(inHand));
  await write(ports, [
    headUpdate(head, { state: "failed", failure_type, reply, ...attention(head), ...given.set }, waited),
    Event.put(head, { type: "failed", at: now(ports), reply, failure_type, ...note }, head.expires_at),
    ...given.writes,
    ...Line.leave(head),
    ...(await failing(ports, inHand, addresses(inHand), failure_type, words)),
  ]);
}

/** The answer was lost: it waits for its event, and nobody sends it again before (G3). */
export async function unknown(ports: Needs, { head }: InHand, words: string): Promise<void> {
  const reply = clip(words);
  const event: Event.Event = {
    type: "unknown",
    at: now(ports),
    reply,
    note: "The answer was lost: it may or may not have been accepted. Its event settles it.",
  };
  const set = { unknown: true, maybe_sent: true, reply, ...dueAt(head, settleAt(ports, head)) };
  await write(ports, [headUpdate(head, set, []), Event.put(head, event, head.expires_at)]);
}

/** While events of SES do not come in, a lost answer waits for its own so many times as long (G3). */
const longer = 4;

/** Until when an unknown outcome waits for its event, in ms. @param eventsComeIn whether any do. */
export function settleAt(
  { operator }: Pick<Ports, "operator">,
  { claimed_at, lease_until, created_at }: Head,
  eventsComeIn = true,
): number {
  const claimed = Date.parse(claimed_at ?? created_at);
  const wait = operator.waits.unknown * 1000 * (eventsComeIn ? 1 : longer);
  return Math.max(claimed + wait, Date.parse(lease_until ?? created_at));
}

const now = ({ clock }: Pick<Ports, "clock">): string => new Date(clock.now()).toISOString();

/** A try that ends before its claim is counted here, one that was claimed is counted already. */
const tryOf = (head: Head): number => (head.state === "sending" ? head.try : head.try + 1);

/** When to try again, in ms; undefined when waiting is over (R-FAIL-6). */
const nextTry = ({ clock, operator }: Needs, head: Head, wait: Wait): number | undefined => {
  const tries = wait.hourly ? Math.max(tryOf(head), hourly) : tryOf(head);
  return after(tries, clock.now(), endOf(head, wait), operator.waits.tick * 1000);
};

/** In ms. */
const endOf = ({ give_up_at }: Head, { end }: Wait): number => end ?? Date.parse(give_up_at);

function waiting(ports: Needs, head: Head, wait: Wait): Partial<Head> {
  const { failure_type, reply, end } = wait;
  const next = nextTry(ports, head, wait) ?? endOf(head, wait);
  return {
    state: "deferred",
    failure_type,
    reply: clip(reply),
    try: tryOf(head),
    ...(end !== undefined && Uncounted.prolonged(head, end)),
    not_before: new Date(next).toISOString(),
    ...dueAt(head, next),
  };
}

function recipientUpdate(head: Head, { state, recipient, failure_type, reply }: Ended): Update {
  return {
    update: keys.emailRecipient(head.database, head.id, recipient.n),
    set: { state, reply: clip(reply), ...(failure_type && { failure_type }) },
  };
}

/** That they wait, and why; of some recipients only where it is not all of them. */
function deferral(head: Head, at: string, { reply, failure_type }: Wait, waits: readonly Recipient[] = []): Write {
  const recipients = waits.map(({ address }) => address);
  const event: Event.Event = { type: "deferred", at, reply: clip(reply), failure_type };
  return Event.put(head, waits.length > 0 ? { ...event, recipients } : event, head.expires_at);
}

/** One entry for all who were refused: a transaction has room for 100 actions, a mail has 50 recipients. */
function failure(head: Head, at: string, failed: readonly Ended[]): Write {
  const [first] = failed;
  const event: Event.Event = {
    type: "failed",
    at,
    reply: clip(first?.reply ?? ""),
    ...(first?.failure_type && { failure_type: first.failure_type }),
    recipients: failed.map(({ recipient }) => recipient.address),
  };
  return Event.put(head, event, head.expires_at);
}
