import * as Complaint from "../email/complaint.ts";
import { type Mail, type Person, settled } from "./mail.ts";

/** A recipient before and after. */
export interface Move {
  readonly before: Person;
  readonly after: Person;
}

/** Recipients found to have complained at one go: with their entries on the suppression list they fit a transaction. */
const most = 25;

/** The email with one more complaint that is one of these recipients'; the very same where that is known. */
export function complain(mail: Mail, people: readonly Person[]): Mail {
  const numbers = people.map(({ n }) => n).sort((a, b) => a - b);
  const isKnown = mail.complaints.some((one) => one.join() === numbers.join());
  return isKnown ? mail : { ...mail, complaints: [...mail.complaints, numbers] };
}

/**
 * Finds who has complained (R-FAIL-5): of those who may have, whoever remains when the mail of all the others has bounced.
 * Where it has bounced for all, each of them is such a one: any order of the bounces would have named another, and no
 * state goes back. `more` are left for the next time.
 */
export function resolve(mail: Mail): { readonly mail: Mail; readonly moved: readonly Move[]; readonly more: boolean } {
  const due = mail.people.filter((one) => !one.facts.complained && mail.complaints.some(remains(mail, one)));
  const moved = due
    .slice(0, most)
    .map((before) => ({ before, after: settled(before, { ...before.facts, complained: true }) }));
  return { mail: replace(mail, moved), moved, more: due.length > most };
}

const remains =
  ({ people }: Mail, { n }: Person) =>
  (numbers: readonly number[]): boolean =>
    numbers.includes(n) && named(people, numbers).every((one) => one.n === n || one.facts.bounced !== undefined);

const named = (people: readonly Person[], numbers: readonly number[]): Person[] =>
  people.filter(({ n }) => numbers.includes(n));

/** Complaints that are nobody's yet. */
export const unresolved = ({ complaints, people }: Mail): Mail["complaints"] =>
  Complaint.unresolved(
    complaints,
    people.map(({ n, facts }) => ({ n, ...(facts.complained && { complained: true as const }) })),
  );

/** Complaints of whose possible makers all have bounced: each counts as one, and they together as no more. */
export const exhausted = ({ complaints, people }: Mail): Mail["complaints"] =>
  complaints.filter((numbers) => named(people, numbers).every(({ facts }) => facts.bounced !== undefined));

/** The email with recipients as they are after; the very same where nobody is another. */
export function replace(mail: Mail, moved: readonly Move[]): Mail {
  if (moved.length === 0) return mail;
  const after = new Map(moved.map((one) => [one.after.n, one.after]));
  return { ...mail, people: mail.people.map((one) => after.get(one.n) ?? one) };
}
