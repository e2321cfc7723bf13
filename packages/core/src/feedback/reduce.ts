import { normalize } from "../address/address.ts";
import type { Feedback } from "../email/head.ts";
import type { Change } from "./change.ts";
import * as Complaint from "./complaint.ts";
import * as Facts from "./facts.ts";
import { isOpen, type Mail, type Person, settled } from "./mail.ts";
import { isBefore, isEarlier, isNow, type Meant, namedBy, whom } from "./whom.ts";

/** What one teller says of one email. */
export interface Told {
  /** The attempt it speaks of; null = it does not say. */
  readonly attempt: number | null;
  /** SES has the mail: since when (ISO 8601), and by which id. */
  readonly accepted?: { readonly at: string; readonly provider_id: string };
  readonly changes: readonly Change[];
}

/** A change that is news, and whom it is about. */
export interface News {
  readonly change: Change;
  /** Who is another for it than before; nobody where it is an entry of the timeline only. */
  readonly moved: readonly Complaint.Move[];
  /** Addresses, for the timeline. */
  readonly about: readonly string[];
  /** What was told is of the address to which the email was redirected: it suppresses nobody. */
  readonly redirected: boolean;
  /**
   * No state says that it is known, but its entry in the timeline: it makes nothing else; or it is of an `earlier` attempt,
   * so that it counts and suppresses and `moved` changes no state; or of several recipients it is `nobody`'s.
   */
  readonly alone?: "entry" | "earlier" | "nobody";
}

/** An email once something was told of it. */
export interface Reduced {
  readonly mail: Mail;
  /** Since when it is known to have gone out, where that is news; of SES by which id. */
  readonly accepted?: { readonly at: string; readonly provider_id?: string };
  readonly news: readonly News[];
  /** Who is found to have complained because all others have bounced. */
  readonly resolved: readonly Complaint.Move[];
  /** More are: told again they are found. */
  readonly more: boolean;
}

/** Tells of an email: what it then is, and what of it is news (R-FAIL-1, G4). Pure. */
export function reduce(mail: Mail, told: Told): Reduced {
  const accepted = opening(mail, told);
  let current = accepted ? accept(mail) : mail;
  const news: News[] = [];
  for (const change of told.changes) {
    const next = tell(current, told, change);
    if (!next) continue;
    current = next.mail;
    news.push(next.news);
  }
  const { mail: last, moved, more } = Complaint.resolve(current);
  return { mail: last, ...(accepted && { accepted }), news, resolved: moved, more };
}

/**
 * What proves that a mail was handed over of which that was not known. A report does for a lost answer, and of somebody
 * alone who is still without another: one that was before says nothing of it.
 */
function opening({ head, people }: Mail, { attempt, accepted, changes }: Told): Reduced["accepted"] {
  if (!isOpen(head)) return undefined;
  if (accepted) return attempt === head.attempt ? accepted : undefined;
  const open = head.maybe_sent ? people.filter(({ follows }) => follows) : [];
  const proof = changes.find((change) => {
    const names = namedBy(change).map(normalize);
    const isOf = (one: Person) => (names.length === 0 ? people.length === 1 : names.includes(one.key));
    return proofs.includes(change.kind) && open.some((one) => isOf(one) && !isBefore(change, one));
  });
  return proof && { at: proof.at };
}

const proofs: readonly Change["kind"][] = ["delivered", "bounced", "soft_bounced", "complained", "delivery_delayed"];

const accept = (mail: Mail): Mail => ({
  ...mail,
  people: mail.people.map((one) =>
    one.follows ? { ...one, state: Facts.stateOf(one.facts), failure_type: Facts.failureOf(one.facts) } : one,
  ),
});

type Next = { readonly mail: Mail; readonly news: News };

/** @returns undefined where the change is no news. */
function tell(mail: Mail, told: Told, change: Change): Next | undefined {
  const found = whom(mail, told, change);
  if (!found) return undefined;
  const { named, redirected } = found;
  if (isEntry(change)) return { mail, news: { change, moved: [], about: named, redirected, alone: "entry" } };
  const people = found.people.filter((one) => isNow(one, told, change));
  if (people.length === 0) return apart(mail, told, change, found);
  if (change.kind === "complained" && people.length > 1 && !redirected) return suspect(mail, people, change);
  const moved = people
    .map((before) => ({ before, after: learn(before, change) }))
    .filter(({ before, after }) => before !== after);
  if (moved.length === 0) return undefined;
  const about = moved.map(({ after }) => after.address);
  return { mail: Complaint.replace(mail, moved), news: { change, moved, about, redirected } };
}

/** Whether a change makes an entry of the timeline and changes nothing else. */
const isEntry = ({ kind }: Pick<Change, "kind">): boolean =>
  ["delivery_delayed", "reported", "auto_replied", "opened", "clicked"].includes(kind);

function learn(before: Person, change: Change): Person {
  const facts: Feedback = Facts.learn(before.facts, change);
  const isSettled = change.kind === "sent" && before.failure_type === "unknown";
  return facts === before.facts && !isSettled ? before : settled(before, facts);
}

/** SES names all who may have complained. Who of them it was comes of what became of the others (R-FAIL-5). */
function suspect(mail: Mail, people: readonly Person[], change: Change): Next | undefined {
  const next = Complaint.complain(mail, people);
  if (next === mail) return undefined;
  const left = people.filter(({ facts }) => !facts.bounced);
  const about = (left.length > 0 ? left : people).map(({ address }) => address);
  return { mail: next, news: { change, moved: [], about, redirected: false } };
}

/**
 * What is told of nobody's last attempt: of an earlier one, whose states are gone, or of an address that none of several
 * recipients has. A delivery is neither: nothing could tell one that was told before.
 */
function apart(mail: Mail, told: Told, change: Change, { people, redirected }: Meant): Next | undefined {
  if (change.kind === "sent" || change.kind === "delivered") return undefined;
  const earlier = people.filter((one) => isEarlier(one, told));
  if (earlier.length === 0) {
    const news = { change, moved: [], about: [], redirected, alone: "nobody" } as const;
    return people.length === 0 && told.accepted ? { mail, news } : undefined;
  }
  const isKnown = change.kind !== "complained" || earlier.length === 1;
  const moved = isKnown ? earlier.map((one) => fresh(one, change)) : [];
  const about = earlier.map(({ address }) => address);
  return { mail, news: { change, moved, about, redirected, alone: "earlier" } };
}

/** Somebody of whom nothing was known yet. */
function fresh(one: Person, change: Change): Complaint.Move {
  const before = { ...one, facts: {} };
  return { before, after: { ...one, facts: Facts.learn(before.facts, change) } };
}
