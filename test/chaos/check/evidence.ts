import type { Event } from "@posthouse/core/email/event";
import type { Head, Recipient } from "@posthouse/core/email/head";
import type { Copy } from "../fleet/protocol.ts";
import type { Answered } from "../load/caller.ts";
import type { Item } from "../store.ts";

/** What is left of a run, from the wire, the store and the API. */
export interface Evidence {
  readonly answered: readonly Answered[];
  /** The whole table. */
  readonly items: readonly Item[];
  readonly ses: readonly Copy[];
  readonly smtp: readonly Copy[];
  /** Queues whose dead letters were not looked at. */
  readonly dead: readonly string[];
  /** Charged to earlier attempts of emails, and not given back. */
  readonly spent: readonly Charge[];
  /** What the receiver of the webhooks got, in order; an event that came twice is there twice. */
  readonly told: readonly Told[];
  /** The sums of each database's history. */
  readonly counted: readonly Counted[];
  /** Whether every event of SES came before somebody stopped waiting for it. */
  readonly events_arrived: boolean;
}

/** A webhook as its receiver got it. */
export interface Told {
  /** `webhook-id`. */
  readonly id: string;
  readonly type: string;
  /** The email, or the name of the database whose suppression list it is about. */
  readonly about: string;
  readonly recipients: readonly string[];
}

/** What `GET /v1/usage` says of a database, all its days together. */
export interface Counted {
  /** Its name. */
  readonly database: string;
  readonly delivered: number;
  readonly bounced: number;
}

/** Recipients charged to a counting day. */
export interface Charge {
  readonly database: string;
  readonly day: string;
  readonly n: number;
}

/** A recipient of it. */
type Person = Pick<Recipient, "address" | "state" | "failure_type" | "delivered_at" | "bounced">;

/** An email as the store has it. */
export interface Mail {
  readonly head: Head;
  readonly recipients: readonly Person[];
  readonly events: readonly Event[];
}

/** All emails by id. */
export function mailsOf(items: readonly Item[]): ReadonlyMap<string, Mail> {
  const byKey = Map.groupBy(
    items.filter(({ pk }) => pk.startsWith("MAIL#")),
    ({ pk }) => pk,
  );
  return new Map([...byKey.values()].flatMap((group) => mailOf(group)).map((mail) => [mail.head.id, mail]));
}

function mailOf(group: readonly Item[]): Mail[] {
  const head = group.find(({ sk }) => sk === "HEAD") as unknown as Head | undefined;
  if (!head) return [];
  const own = group.filter(({ sk }) => sk.startsWith("RCP#")) as unknown as Recipient[];
  const { state, failure_type, delivered_at, bounced } = head;
  const facts = { ...(delivered_at !== undefined && { delivered_at }), ...(bounced && { bounced }) };
  const one = { address: head.to ?? "", state, ...(failure_type && { failure_type }), ...facts };
  const several = own.map((each) => ({
    ...each,
    state: each.state ?? state,
    ...(each.state ? each.failure_type && { failure_type: each.failure_type } : failure_type && { failure_type }),
  }));
  const events = group.filter(({ sk }) => sk.startsWith("EVT#")) as unknown as Event[];
  return [{ head, recipients: own.length > 0 ? several : [one], events }];
}

/** Recipients that SES took an email for, each once however many copies it took. */
export const overSes = ({ ses }: Pick<Evidence, "ses">): Copy[] => [
  ...new Map(ses.map((copy) => [copyKey(copy.email, copy.recipient), copy])).values(),
];

/** The name of a database, by its id. */
export const nameOf = (items: readonly Item[], id: string): string =>
  String(items.find(({ pk, sk }) => sk === "VERSION" && pk === `DB#${id}`)?.["name"]);

/** Copies by email and recipient. */
export const countCopies = (copies: readonly Copy[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const { email, recipient } of copies) {
    const key = copyKey(email, recipient);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
};

export const copyKey = (email: string, recipient: string): string => `${email} to ${recipient}`;

/** Whether its timeline says that it may have gone out twice, or that nobody knows. */
export const admitsDoubt = ({ events }: Mail): boolean =>
  events.some(({ type, note }) => type === "unknown" || /possible duplicate/.test(note ?? ""));
