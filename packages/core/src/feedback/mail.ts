import { normalize } from "../address/address.ts";
import type { FailureType, Feedback, Head, Recipient, State } from "../email/head.ts";
import * as Facts from "./facts.ts";

/** A recipient of an email, whether it is an item of its own or the head. */
export interface Person {
  readonly n: number;
  /** Normalised. */
  readonly key: string;
  /** As it was written. */
  readonly address: string;
  readonly state: State;
  readonly failure_type: FailureType | undefined;
  /** Its state is that of the head. */
  readonly follows: boolean;
  /** The attempt its state is of. */
  readonly attempt: number;
  /** When its mail was handed over in that attempt at the earliest, ISO 8601, where there was one before; else undefined. */
  readonly since: string | undefined;
  readonly facts: Feedback;
}

/** An email as feedback sees it. Pure data. */
export interface Mail {
  readonly head: Head;
  readonly people: readonly Person[];
  /** Sets of recipients of whom one has complained, none known as the one. */
  readonly complaints: readonly (readonly number[])[];
}

/** An email as it is stored. @param recipients all of its items; none where it has a single recipient. */
export function create(head: Head, recipients: readonly Recipient[]): Mail {
  const single: Recipient[] =
    head.to === undefined ? [] : [{ n: 0, address: head.to, field: head.field ?? "to", ...factsOf(head) }];
  const people = (head.recipients > 1 ? recipients : single).map((one): Person => {
    const follows = one.state === undefined;
    return {
      n: one.n,
      key: normalize(one.address),
      address: one.address,
      state: one.state ?? head.state,
      failure_type: follows ? head.failure_type : one.failure_type,
      follows,
      attempt: one.attempt ?? head.attempt,
      since: sinceOf(head, one.attempt ?? head.attempt, follows),
      facts: factsOf(one),
    };
  });
  return { head, people, complaints: head.complaints ?? [] };
}

/** Who settled in an earlier try of the last attempt may have been handed over from its beginning on. */
function sinceOf({ attempt, opened_at, claimed_at }: Head, own: number, follows: boolean): string | undefined {
  if (own < attempt || attempt === 1) return undefined;
  return follows ? (claimed_at ?? opened_at) : opened_at;
}

/** The facts among an item's attributes. */
function factsOf({ delivered_at, delivered_reply, bounced, complained, rejected, end_reply }: Feedback): Feedback {
  return {
    ...(delivered_at !== undefined && { delivered_at }),
    ...(delivered_reply !== undefined && { delivered_reply }),
    ...(bounced && { bounced }),
    ...(complained && { complained }),
    ...(rejected && { rejected }),
    ...(end_reply !== undefined && { end_reply }),
  };
}

/** Whether what is told of a recipient may change its state: it was handed over, or may have been (R-FAIL-1). */
export const isOut = ({ state, failure_type, facts }: Person): boolean =>
  ["sent", "delivered", "bounced", "complained"].includes(state) ||
  (state === "failed" && (failure_type === "unknown" || facts.rejected === true));

/**
 * Whether its mail may have gone out in any attempt: what a report says of other mail cannot be true (R-FAIL-4). What is being
 * handed over may be out already; captured mail was sent to nobody.
 */
export const mayBeOut = ({ captured, state, maybe_sent }: Head, person: Person): boolean =>
  !captured &&
  (person.attempt > 1 || isOut(person) || (person.follows && (state === "sending" || maybe_sent === true)));

/** The recipient as its facts make it. */
export const settled = (person: Person, facts: Feedback): Person => ({
  ...person,
  facts,
  state: Facts.stateOf(facts),
  failure_type: Facts.failureOf(facts),
  follows: false,
});

/** Who of the email went bad: reason enough for the red envelope (R-FAIL-3). */
export const isBad = ({ state }: Pick<Person, "state">): boolean => ["failed", "bounced", "complained"].includes(state);

/** Whether nobody knows what became of its last hand-over, or it is under way. */
export function isOpen({ state, failure_type, maybe_sent }: Head): boolean {
  return (
    ["queued", "sending", "deferred", "held"].includes(state) ||
    (state === "failed" && failure_type === "unknown") ||
    (state === "canceled" && maybe_sent === true)
  );
}
