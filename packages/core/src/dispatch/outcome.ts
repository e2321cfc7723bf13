import { due } from "../email/due.ts";
import * as Event from "../email/event.ts";
import type { FailureType, Head, Recipient, State } from "../email/head.ts";
import * as keys from "../keys.ts";
import { giveBack } from "../limit/counter.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, TransactionCanceled, type Update, type Write } from "../ports/store.ts";
import { delayAfter } from "./delay.ts";
import { untilWritten } from "./write.ts";

type Needs = Pick<Ports, "store" | "clock" | "random" | "operator">;

/** An email in somebody's hands: its head as last written, and the recipients of this try. */
export interface InHand {
  readonly head: Head;
  /** Those of an email with several that have no state of their own; empty for a single recipient. */
  readonly recipients: readonly Recipient[];
}

/** What became of some recipients of an email. */
export interface Ended {
  readonly state: Extract<State, "sent" | "failed">;
  readonly recipient: Recipient;
  readonly failure_type?: FailureType;
  readonly reply: string;
}

/** Replies are kept in the head: no longer than this, for its size is what every change of state costs by. */
const replyLength = 200;
export const clip = (reply: string): string => reply.slice(0, replyLength).toWellFormed();

/** Attributes that waiting leaves behind. */
const waited = ["due_pk", "due_sk", "due_n", "lease_until", "unknown"];

/** All were accepted: one plain write, and one more for the provider's id (R-IN-1 knows it by that). */
export async function sent(ports: Needs, { head }: InHand, reply: string, providerId: string | null): Promise<void> {
  if (providerId !== null) await remember(ports, head, providerId);
  const at = new Date(ports.clock.now()).toISOString();
  const set = {
    state: "sent",
    sent_at: at,
    reply: clip(reply),
    ...(providerId !== null && { provider_id: providerId }),
  };
  await write(ports, [headUpdate(head, set, [...waited, "failure_type"])]);
}

/** Which email the provider's own id belongs to: errors and replies may know no other. */
export async function remember({ store, clock, random }: Needs, head: Head, providerId: string): Promise<void> {
  const key = keys.messageId(head.database, providerId, head.id);
  await untilWritten({ clock, random }, () => store.write({ put: { ...key, expires_at: head.expires_at } }));
}

/**
 * Some recipients have ended, accepted or refused for good; `rest` says what becomes of the others. Those refused
 * before hand-over are given back to the day they were charged to (R-LIM-3).
 */
export async function partly(
  ports: Needs,
  inHand: InHand,
  ended: readonly Ended[],
  rest: "ended" | Wait,
): Promise<void> {
  const { head } = inHand;
  const at = new Date(ports.clock.now()).toISOString();
  const failed = ended.filter(({ state }) => state === "failed");
  const accepted = ended.filter(({ state }) => state === "sent");
  const events = failed.length > 0 ? [failure(head, at, failed)] : [];
  const back = backOf(head, failed.length);
  const set = {
    ...(accepted.length > 0 && { sent_at: at, reply: clip(accepted[0]?.reply ?? "") }),
    ...(failed.length > 0 && attention(head)),
    ...(rest === "ended" ? { state: accepted.length > 0 ? "sent" : "failed" } : waitingFor(ports, head, rest)),
    ...(back && { charged_n: (head.charged_n ?? 0) - failed.length }),
  };
  const update = headUpdate(head, set, rest === "ended" ? waited : ["lease_until", "unknown"]);
  await write(ports, [update, ...ended.map((end) => recipientUpdate(head, end)), ...events, ...(back ? [back] : [])]);
}

/** Waiting for a later try. */
export interface Wait {
  readonly failure_type: FailureType;
  readonly reply: string;
}

/**
 * Nobody got it for now: waits for the next try (R-FAIL-6), or fails when waiting is over.
 * @param claimed whether this was a try: its number is counted up where no claim has done so.
 */
export async function defer(ports: Needs, inHand: InHand, wait: Wait): Promise<void> {
  const { head } = inHand;
  const next = ports.clock.now() + delayAfter(tryOf(head));
  if (next >= Date.parse(head.give_up_at)) return fail(ports, inHand, wait.failure_type, wait.reply);
  const at = new Date(ports.clock.now()).toISOString();
  const event: Event.Event = { type: "deferred", at, reply: clip(wait.reply), failure_type: wait.failure_type };
  await write(ports, [
    headUpdate(head, waitingFor(ports, head, wait), ["lease_until", "unknown"]),
    Event.put(head, event, head.expires_at),
  ]);
}

/**
 * Nobody gets it: ended, with the red envelope (R-FAIL-3).
 * @param handedOver whether it may have been accepted: then nothing is given back (R-LIM-3).
 */
export async function fail(
  ports: Needs,
  { head, recipients }: InHand,
  failure_type: FailureType,
  reply: string,
  handedOver = false,
): Promise<void> {
  const at = new Date(ports.clock.now()).toISOString();
  const event: Event.Event = { type: "failed", at, reply: clip(reply), failure_type };
  const count = head.recipients === 1 ? 1 : recipients.length;
  const back = handedOver ? undefined : backOf(head, count);
  await write(ports, [
    headUpdate(
      head,
      {
        state: "failed",
        failure_type,
        reply: clip(reply),
        ...attention(head),
        ...(back && { charged_n: (head.charged_n ?? 0) - count }),
      },
      waited,
    ),
    Event.put(head, event, head.expires_at),
    ...(back ? [back] : []),
  ]);
}

/** The answer was lost: it waits for its event, and nobody sends it again before (G3). */
export async function unknown(ports: Needs, { head }: InHand, reply: string): Promise<void> {
  const at = new Date(ports.clock.now()).toISOString();
  const event: Event.Event = {
    type: "unknown",
    at,
    reply: clip(reply),
    note: "The answer was lost: it may or may not have been accepted. Its event settles it.",
  };
  await write(ports, [
    headUpdate(head, { unknown: true, reply: clip(reply), ...due(head.id, settleAt(ports, head)) }, ["due_n"]),
    Event.put(head, event, head.expires_at),
  ]);
}

/**
 * Sends a mail again whose answer was lost and whose event never came, and says so.
 * @returns the head as it then is; undefined when an event was faster.
 */
export async function requeue(ports: Needs, { head }: InHand): Promise<Head | undefined> {
  const now = ports.clock.now();
  const at = new Date(now).toISOString();
  const event: Event.Event = {
    type: "requeued",
    at,
    note: "No event has said what became of the last try: sent again, possible duplicate.",
  };
  const set = {
    state: "deferred" as const,
    not_before: at,
    due_n: 0,
    ...due(head.id, now + ports.operator.waits.recovery * 1000),
  };
  const done = await write(ports, [
    headUpdate(head, set, ["lease_until", "unknown"]),
    Event.put(head, event, head.expires_at),
  ]);
  return done ? { ...head, ...set } : undefined;
}

/** Until when an unknown outcome waits for its event, in ms. */
export function settleAt({ operator }: Pick<Ports, "operator">, { claimed_at, lease_until, created_at }: Head): number {
  const claimed = Date.parse(claimed_at ?? created_at);
  return Math.max(claimed + operator.waits.unknown * 1000, Date.parse(lease_until ?? created_at));
}

/** Recipients suppressed since acceptance: left out, given back (R-LIM-3), and the rest is enqueued by the tick. */
export async function leaveOut(
  ports: Needs,
  { head, recipients }: InHand,
  suppressed: ReadonlySet<string>,
): Promise<void> {
  const left = recipients.filter(({ address }) => suppressed.has(address));
  const all = head.recipients === 1 || left.length === recipients.length;
  const count = head.recipients === 1 ? 1 : left.length;
  const back = backOf(head, count);
  const at = new Date(ports.clock.now()).toISOString();
  const event: Event.Event = { type: "suppressed", at, recipients: [...suppressed] };
  const own = { state: "suppressed", failure_type: "suppressed" };
  await write(ports, [
    headUpdate(
      head,
      {
        ...(all ? own : due(head.id, ports.clock.now())),
        ...(back && { charged_n: (head.charged_n ?? 0) - count }),
      },
      all ? waited : ["due_n"],
    ),
    ...left.map(({ n }): Update => ({ update: keys.emailRecipient(head.database, head.id, n), set: own })),
    Event.put(head, event, head.expires_at),
    ...(back ? [back] : []),
  ]);
}

/** Not now, and no try: the database is paused, or not provisioned yet. */
export async function postpone(ports: Needs, { head }: InHand, at: number): Promise<void> {
  await write(ports, [headUpdate(head, { not_before: new Date(at).toISOString(), ...due(head.id, at) }, ["due_n"])]);
}

/**
 * Writes an outcome unless feedback, or somebody whose try this is not, has moved the email on: then that stands.
 * @returns whether it was written.
 */
async function write(ports: Needs, writes: readonly Write[]): Promise<boolean> {
  const [only] = writes;
  try {
    await untilWritten(ports, async () => {
      if (writes.length === 1 && only) await ports.store.write(only);
      else await ports.store.transact(writes);
    });
    return true;
  } catch (error) {
    const overtaken =
      error instanceof ConditionFailed ||
      (error instanceof TransactionCanceled && error.reasons[0]?.code === "ConditionalCheckFailed");
    if (!overtaken) throw error;
    return false;
  }
}

/** Changes the head as it was when taken in hand: same state, same try. */
function headUpdate(head: Head, set: object, remove: readonly string[]): Update {
  return {
    update: keys.emailHead(head.database, head.id),
    set: { ...set },
    remove: remove.filter((name) => !(name in set)),
    if: "#state = :was AND #try = :seen",
    values: { was: head.state, seen: head.try },
  };
}

/** A try that ends before its claim (no connection) is counted here, one that was claimed is counted already. */
const tryOf = (head: Head): number => (head.state === "sending" ? head.try : head.try + 1);

function waitingFor(ports: Needs, head: Head, { failure_type, reply }: Wait): Partial<Head> {
  const next = ports.clock.now() + delayAfter(tryOf(head));
  return {
    state: "deferred",
    failure_type,
    reply: clip(reply),
    try: tryOf(head),
    not_before: new Date(next).toISOString(),
    due_n: 0,
    ...due(head.id, next),
  };
}

const attention = ({ database, id }: Head) => ({ mark_pk: `ATT#${database}`, mark_sk: id });

const backOf = ({ database, over, charged_day }: Head, n: number): Update | undefined =>
  over === "platform" && charged_day !== undefined && n > 0 ? giveBack(database, charged_day, n) : undefined;

function recipientUpdate(head: Head, { state, recipient, failure_type, reply }: Ended): Update {
  return {
    update: keys.emailRecipient(head.database, head.id, recipient.n),
    set: { state, reply: clip(reply), ...(failure_type && { failure_type }) },
  };
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
