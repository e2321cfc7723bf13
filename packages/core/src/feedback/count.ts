import { domainOf } from "../address/address.ts";
import type { Head } from "../email/head.ts";
import type { Counts } from "../statistics/day.ts";
import { exhausted, unresolved } from "./complaint.ts";
import * as Facts from "./facts.ts";
import type { Mail, Person } from "./mail.ts";
import type { News } from "./reduce.ts";

/** The mailbox simulator of SES: no part of its reputation (R-FAIL-7). */
const simulator = "simulator.amazonses.com";

const isReputed = ({ over }: Head, { key }: Person): boolean => over === "platform" && domainOf(key) !== simulator;

/** What an email counts for as it is known: a pure function of what is known, so that a change counts its difference (G4). */
function counts(mail: Mail): Partial<Counts> {
  const { head, people } = mail;
  const ended = exhausted(mail);
  // A complaint counts once, though it is not known whose it is, or it may be that of each of them
  const shared = [...ended, ...unresolved(mail).filter((numbers) => !ended.includes(numbers))];
  const own = people.map((person) => {
    const { complained: _complained, ...facts } = person.facts;
    const isShared = ended.some((numbers) => numbers.includes(person.n));
    return Facts.tally(isShared ? facts : person.facts, isReputed(head, person));
  });
  return sum([
    ...own,
    ...shared.map((numbers) =>
      complaint(
        head,
        people.filter(({ n }) => numbers.includes(n)),
      ),
    ),
  ]);
}

/** A complaint that is one of theirs. */
const complaint = (head: Head, people: readonly Person[]): Partial<Counts> => ({
  complained: 1,
  platform_complained: people.some((one) => isReputed(head, one)) ? 1 : 0,
});

/** What is told of an earlier attempt: no state has it, so that it counts by itself. */
function earlier(head: Head, { change, moved, about, alone }: News, people: readonly Person[]): Partial<Counts> {
  if (alone !== "earlier") return {};
  if (moved.length > 0) return sum(moved.map(({ after }) => Facts.tally(after.facts, isReputed(head, after))));
  return change.kind === "complained"
    ? complaint(
        head,
        people.filter(({ address }) => about.includes(address)),
      )
    : {};
}

const wasSent = ({ state, facts }: Person): boolean =>
  ["sent", "delivered", "bounced", "complained"].includes(state) || facts.rejected === true;

/**
 * What has to be added to the day's counts where an email is known otherwise than before; only what differs.
 * @param news what of it was not known before.
 */
export function difference(before: Mail, after: Mail, news: readonly News[] = []): Partial<Counts> {
  const [old, now] = [counts(before), counts(after)];
  const sent = after.people.filter((one, n) => wasSent(one) && !wasSent(before.people[n] ?? one)).length;
  const platform_sent = after.head.over === "platform" ? sent : 0;
  const less = Object.fromEntries(Object.entries(old).map(([name, n]) => [name, -n]));
  const all = sum([{ sent, platform_sent }, now, less, ...news.map((one) => earlier(after.head, one, after.people))]);
  return Object.fromEntries(Object.entries(all).filter(([, n]) => n !== 0));
}

/** Counts put together. */
export function sum(all: readonly Partial<Counts>[]): Partial<Counts> {
  const total: Record<string, number> = {};
  for (const one of all) for (const [name, n] of Object.entries(one)) total[name] = (total[name] ?? 0) + n;
  return total;
}
