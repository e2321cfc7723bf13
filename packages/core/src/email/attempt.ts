import { attention, dueAt, headUpdate, type InHand, isRed } from "../dispatch/hand.ts";
import * as keys from "../keys.ts";
import * as Line from "../line/line.ts";
import type { Update, Write } from "../ports/store.ts";
import * as Complaint from "./complaint.ts";
import * as Event from "./event.ts";
import { forcedMark } from "./forced.ts";
import type { Head, Recipient, State } from "./head.ts";
import * as Hold from "./hold.ts";
import type { Prolonged } from "./prolong.ts";
import { everyone } from "./retryable.ts";

/** What an attempt leaves on the head, and the next begins without. */
const spent = [
  ...["failure_type", "reply", "unknown", "maybe_sent", "claim", "claimed_at", "lease_until", "sent_at", "provider_id"],
  ...["stopped", "admitted", "line", "charged_day", "charged_n", "due_pk", "due_sk", "due_n", "mark_pk", "mark_sk"],
  ...["attention", "life_left"],
];

/** What was told of a recipient's last attempt. */
const facts = ["delivered_at", "delivered_reply", "bounced", "complained", "rejected", "end_reply"];

/** Who in the red envelope is not tried again keeps it there (R-FAIL-3). */
const bad: readonly State[] = ["failed", "bounced", "complained"];

/** Whose mail the old attempt has sent. */
const out: readonly State[] = ["sent", "delivered", "bounced", "complained"];

/** How an attempt is opened. */
export interface Terms {
  readonly again: readonly Recipient[];
  /** In line for the daily limit, else on its queue. */
  readonly held: boolean;
  /** What the daily limit was charged with for it. */
  readonly charge: Partial<Head>;
  readonly prolonged: Prolonged;
  /** The server it was forced to (R-SEL-8). */
  readonly server: string | undefined;
  /** ms */
  readonly now: number;
  /** Seconds until the tick takes up what was never enqueued. */
  readonly recovery: number;
}

/**
 * The writes, the head's first, that open a new attempt (R-FAIL-1): its recipients wait anew, the others keep the states
 * they have, and the timeline what has been.
 * @param inHand with all of its recipients.
 */
export function open(inHand: InHand, terms: Terms): { readonly head: Head; readonly writes: readonly Write[] } {
  const { head: old } = inHand;
  const { again, held, prolonged } = terms;
  const set = changes(inHand, terms);
  const head: Head = { ...old, ...set, rev: old.rev + 1 };
  return {
    head,
    writes: [
      headUpdate(old, set, [...spent, ...facts, ...prolonged.remove]),
      ...(old.recipients > 1 ? inHand.recipients.flatMap((one) => recipientUpdate(old, one, again)) : []),
      ...events(inHand, head, terms),
      ...(held ? [Line.join(head, "platform", again.length)] : []),
    ],
  };
}

function changes(inHand: InHand, { again, held, charge, prolonged, server, now, recovery }: Terms): Partial<Head> {
  const { head: old } = inHand;
  const life = Hold.lifeOf(old);
  const others = everyone(inHand).filter(({ n }) => again.every((one) => one.n !== n));
  const complaints = Complaint.without(old.complaints ?? [], again);
  const isBad = others.some(({ state }) => bad.includes(state)) || Complaint.unresolved(complaints, others).length > 0;
  const stays = isRed(old) && isBad;
  // Of both marks the server's is the one that must be found while it waits (R-SRV-6)
  const forced = server === undefined ? undefined : forcedMark(old.database, server, old.id);
  const mark = forced ? { ...forced, ...(stays && { attention: true }) } : stays ? attention(old) : {};
  const waits: Partial<Head> = {
    state: "queued",
    not_before: new Date(now).toISOString(),
    give_up_at: new Date(now + life * 1000).toISOString(),
    ...dueAt(old, now + recovery * 1000),
  };
  const how = held ? Hold.held({ ...old, life }, now) : waits;
  const next = { attempt: old.attempt + 1, opened_at: new Date(now).toISOString(), try: 0 };
  return { ...how, life, ...next, ...charge, ...mark, ...(old.complaints && { complaints }), ...prolonged.set };
}

/** The head's state is that of the new attempt: who has no own and is not of it gets the one it had. */
function recipientUpdate(
  { database, id, attempt, state, failure_type, reply }: Head,
  { n, state: own, attempt: of }: Recipient,
  again: readonly Recipient[],
): Update[] {
  const update = keys.emailRecipient(database, id, n);
  if (again.some((one) => one.n === n))
    return own ? [{ update, remove: ["state", "failure_type", "reply", "attempt", ...facts] }] : [];
  // Events of the attempt it stays with are still its own
  if (own) return of === undefined ? [{ update, set: { attempt } }] : [];
  const left = { ...(failure_type && { failure_type }), ...(reply !== undefined && { reply }) };
  return [{ update, set: { state, attempt, ...left } }];
}

/** What was told of their deliveries, as one entry: a transaction has room for 100 actions, a mail has 50 recipients. */
function deliveries(again: readonly Recipient[]): Event.Event[] {
  const told = again.flatMap(Event.delivery).sort((a, b) => (a.at < b.at ? -1 : 1));
  const [first, ...more] = told;
  const last = more.at(-1);
  if (!first || !last) return told;
  const { reply, ...rest } = first;
  const same = told.every((one) => one.reply === reply);
  return [
    {
      ...rest,
      ...(same && reply !== undefined && { reply }),
      ...(last.at !== first.at && { note: `The first of them; the last at ${last.at}.` }),
      recipients: told.flatMap(({ recipients = [] }) => recipients),
    },
  ];
}

function events({ head: old, recipients }: InHand, head: Head, { again, held, now }: Terms): Write[] {
  const at = new Date(now).toISOString();
  const lost = old.maybe_sent === true || again.some(({ failure_type }) => failure_type === "unknown");
  const retried: Event.Event = {
    type: "retried",
    at,
    note: `Attempt ${head.attempt}, on request.${lost ? " What became of the last is not known: possible duplicate." : ""}`,
    ...(again.length < old.recipients && { recipients: again.map(({ address }) => address) }),
  };
  const all = [retried, ...(held ? [{ type: "held" as const, at: new Date(now + 1).toISOString() }] : [])];
  if (old.sent_at !== undefined) {
    const to = recipients.filter(({ state }) => state && out.includes(state)).map(({ address }) => address);
    all.unshift({ type: "sent", at: old.sent_at, ...(to.length > 0 && { recipients: to }) });
  }
  const told = old.recipients === 1 ? Event.delivery(old) : deliveries(again);
  return [...told, ...all].map((event) => Event.put(head, event, head.expires_at));
}
