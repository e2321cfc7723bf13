import type { Head, Recipient } from "../email/head.ts";
import * as Told from "../email/told.ts";
import type { Ports } from "../ports/main.ts";
import type { Write } from "../ports/store.ts";
import type { Counts } from "../statistics/day.ts";
import { wanted as wantedOf } from "../webhook/wanted.ts";
import * as Count from "./count.ts";
import { entry, nameOf, placeOf, telling } from "./entry.ts";
import * as Mail from "./mail.ts";
import { type News, type Reduced, reduce, type Told as Telling } from "./reduce.ts";
import { suppress } from "./suppress.ts";
import { tracked } from "./tracked.ts";
import { stand, states } from "./write.ts";

/** What is to be written of an email, all of it in one transaction with its counts. */
export interface Plan {
  readonly writes: readonly Write[];
  readonly counts: Partial<Counts>;
  /** It is found to have gone out by what was told. */
  readonly wentOut: boolean;
  /** More was told than one transaction holds: it is to be told again. */
  readonly more: boolean;
}

/** Writes of one email at most: a transaction has 100 actions, one of them the counter's. */
const most = 90;

type Needs = Pick<Ports, "store" | "clock" | "operator">;

/**
 * What of all that was told of an email has to be written: nothing where all of it is known. Of more than one
 * transaction holds, the first part that is news: what is told of one change always fits.
 */
export async function plan(
  ports: Needs,
  head: Head,
  recipients: readonly Recipient[],
  told: readonly Telling[],
): Promise<Plan | undefined> {
  const before = Mail.create(head, recipients);
  const found = fold(before, told);
  const news = await unknown(ports, head, found.news);
  const next = { ...found, news };
  const updates = states(before, next);
  if (updates.length === 0 && news.length === 0) return undefined;
  const stands = updates.length === 0 && news.some(({ alone }) => alone === "earlier" || alone === "nobody");
  const writes = [...updates, ...(stands ? [stand(head)] : []), ...(await beside(ports, before, next))];
  const wentOut = found.accepted !== undefined && found.mail.people.some(({ state }) => state !== "failed");
  const pieces = told.flatMap(piecesOf);
  if (writes.length <= most || pieces.length === 1)
    return { writes, counts: Count.difference(before, found.mail, news), wentOut, more: found.more };
  const half = Math.ceil(pieces.length / 2);
  const part =
    (await plan(ports, head, recipients, pieces.slice(0, half))) ??
    (await plan(ports, head, recipients, pieces.slice(half)));
  return part && { ...part, more: true };
}

/** What was told, change by change. */
const piecesOf = (one: Telling): Telling[] =>
  one.changes.length > 1 ? one.changes.map((change) => ({ ...one, changes: [change] })) : [one];

function fold(mail: Mail.Mail, told: readonly Telling[]): Reduced {
  let all: Reduced = { mail, news: [], resolved: [], more: false };
  for (const one of told) {
    const next = reduce(all.mail, one);
    const accepted = all.accepted ?? next.accepted;
    const opened = next.accepted ? { ...next.mail, head: { ...next.mail.head, state: "sent" as const } } : next.mail;
    all = {
      ...{ mail: opened, news: [...all.news, ...next.news], resolved: [...all.resolved, ...next.resolved] },
      ...{ ...(accepted && { accepted }), more: next.more },
    };
  }
  return all;
}

/** News but for entries of the timeline that stand there already, and opens and clicks that are not kept. */
async function unknown(ports: Needs, head: Head, news: readonly News[]): Promise<News[]> {
  const all = [...new Map(news.map((one) => [nameOf(one.change), one])).values()];
  const unique = await tracked(ports, head, all);
  const kept = await Promise.all(
    unique.map(async (one) => {
      const { change, alone } = one;
      if (!alone || change.kind === "opened" || change.kind === "clicked") return true;
      return (await ports.store.get(placeOf(head, change), { consistent: true })) === undefined;
    }),
  );
  return unique.filter((_, n) => kept[n]);
}

/** All that goes with the states: the timeline, the suppression list, what webhooks are told. */
async function beside(ports: Needs, { head, people }: Mail.Mail, next: Reduced): Promise<Write[]> {
  const { accepted, news, resolved } = next;
  const wanted = await wantedOf(ports, head.database);
  const now = ports.clock.now();
  // A delivery may be told together with the open that it is the measure of
  const known = { head, people: next.mail.people };
  const sent = {
    type: "email.sent",
    once: `${head.attempt}`,
    about: people.filter(({ follows }) => follows).map(({ address }) => address),
  } as const;
  const become = [...news, { change: { at: new Date(now).toISOString() }, moved: resolved, redirected: false }];
  return [
    ...news.flatMap((one) => entry(known, one, now)),
    ...(await suppress(ports, head.database, head.id, become, wanted)),
    ...(accepted && wanted.has("email.sent") ? [Told.put(head, sent, now)] : []),
    ...news.flatMap((one) => telling(known, one, wanted, now)),
  ];
}
