/**
 * Capacity units of what happens to a mail, by the kind of partition they go to. They are those that
 * `test/bench/budget.test.ts` holds the embedded AWS to; `units.test.ts` counts them once more, by partition.
 */

/** Kinds of partitions, by what they hold. */
export type Place =
  | "counter"
  | "version"
  | "stop lists"
  | "body"
  | "head"
  | "message id"
  | "counts"
  | "key"
  | "batch"
  | "line"
  | "pace"
  | "outbox"
  | "delivery"
  | "due"
  | "list"
  | "recipient"
  | "mark";

/** Kinds that are indexes. */
export const indexes: readonly Place[] = ["due", "list", "recipient", "mark"];

type Some = Partial<Readonly<Record<Place, number>>>;

/** What a step takes. */
export interface Units {
  readonly reads?: Some;
  readonly writes?: Some;
}

const found = { head: 1, body: 1, version: 1 } as const;

/** Every step. A transaction counts double, also one that is canceled; an index counts by itself. */
export const units = {
  /** A mail to one recipient, by itself. */
  accepted: {
    reads: { version: 1, "stop lists": 0.5 },
    writes: { body: 3, head: 2, counter: 2, due: 1, list: 1, recipient: 1 },
  },
  /** The first of a day beside: its transaction is canceled, for there is no counter yet, which is made. */
  "first of a day": { writes: { head: 2, counter: 3 } },
  "first batch of a day": { writes: { batch: 2, counter: 3 } },
  "key used, first of an hour": { writes: { key: 1 } },
  /** A threshold of the limit is crossed: the ordinary charge is canceled, and one made that says so (R-LIM-5). */
  "threshold crossed": { writes: { head: 2, counter: 2 } },
  "threshold crossed by a batch": { writes: { batch: 2, counter: 2 } },
  /** The first that a process refuses: it did not know. */
  "refused, unforeseen": { reads: { version: 1, "stop lists": 0.5 }, writes: { body: 3, head: 2, counter: 2 } },
  refused: { reads: { version: 1, "stop lists": 0.5, counter: 1 } },
  "batch refused, unforeseen": { reads: { version: 1 }, writes: { batch: 2, counter: 2 } },
  "batch refused": { reads: { version: 1, counter: 1 } },
  /** That the limit is reached is told where some of it is left (R-LIM-5). */
  "limit told": { writes: { counter: 2 } },
  batch: { reads: { version: 1 }, writes: { batch: 3, due: 2, counter: 2 } },
  "mail of a batch": { reads: { "stop lists": 1 }, writes: { head: 1, due: 1, list: 1, recipient: 1 } },
  /** Accepted and held for the limit: the head, its timeline, its place. */
  held: {
    reads: { version: 1, "stop lists": 0.5, line: 1 },
    writes: { body: 3, head: 4, line: 2, list: 1, recipient: 1 },
  },
  released: { reads: { head: 1, line: 0.5 }, writes: { head: 4, line: 2, due: 1 } },
  "group released": { writes: { counter: 2 } },
  /** As the first mail of a day. */
  "first group released": { writes: { counter: 3 } },
  /** Of the first group of a day, whose transaction is canceled. */
  "released in vain": { writes: { head: 4, line: 2 } },
  "sent, transactional": { reads: found, writes: { head: 2, "message id": 1, due: 1 } },
  "sent, mass": { reads: { ...found, "stop lists": 1 }, writes: { head: 2, "message id": 1, due: 1 } },
  /** The key of mass mail's links, which lies beside the version: once an invocation and database. */
  "key of links read": { reads: { version: 1 } },
  "sent, counted": { writes: { counts: 1 } },
  "slots leased": { writes: { pace: 1 } },
  /** Read, and sent back to its queue: one write in vain for each period it asks. */
  "sent away": { reads: { ...found, "stop lists": 1 }, writes: { pace: 3 } },
  /** SES said no for now: claimed, put off, and taken up by the tick. */
  "put off": { reads: { ...found, head: 2 }, writes: { head: 6, due: 4 } },
  /** The event Send, which is no news. */
  "told sent": { reads: { head: 1 } },
  delivered: { reads: { head: 1 }, writes: { head: 2 } },
  /** The head of a batch's mail says where its body is, and is over 1 KB by then. */
  "delivered, mass": { reads: { head: 1 }, writes: { head: 4 } },
  "bounced or complained": {
    reads: { head: 1, "stop lists": 2 },
    writes: { head: 6, "stop lists": 2, mark: 1 },
  },
  /** What became of up to 20 mails of a database. */
  "counted together": { writes: { counts: 2 } },
  /** An event that a webhook wants, from the outbox to the endpoint's answer. */
  "told to a webhook": {
    reads: { outbox: 1, delivery: 1 },
    writes: { outbox: 3, delivery: 2, due: 4 },
  },
} as const satisfies Readonly<Record<string, Units>>;

/** Management calls of SES that it takes to provision a database; one with a domain of its own takes as many again. */
export const provisioning = 7;

/** What may happen to a mail. */
export type Step = keyof typeof units;

/** How often each happened. */
export type Steps = Readonly<Record<Step, number>>;

export const steps = Object.keys(units) as readonly Step[];

/** So many of these, and none of the others. */
export const some = (counts: Partial<Steps>): Record<Step, number> =>
  Object.fromEntries(steps.map((step) => [step, counts[step] ?? 0])) as Record<Step, number>;

/** Units of all that happened, by place. */
export function total(counts: Steps, what: "reads" | "writes"): Map<Place, number> {
  const sums = new Map<Place, number>();
  for (const step of steps)
    for (const [place, n] of Object.entries((units[step] as Units)[what] ?? {}) as [Place, number][])
      sums.set(place, (sums.get(place) ?? 0) + n * counts[step]);
  return sums;
}

/** Of each step, what of it goes to the table itself. */
export const ofTable = (what: "reads" | "writes"): readonly (readonly [Step, number])[] => weights(what, isTable);

/** Of each step, what of it is written to the due index. */
export const ofDue: readonly (readonly [Step, number])[] = weights("writes", (place) => place === "due");

const isTable = (place: Place): boolean => !indexes.includes(place);

function weights(what: "reads" | "writes", isIn: (place: Place) => boolean): [Step, number][] {
  return steps.flatMap((step) => {
    const places = Object.entries((units[step] as Units)[what] ?? {}) as [Place, number][];
    const n = places.reduce((all, [place, each]) => all + (isIn(place) ? each : 0), 0);
    return n > 0 ? [[step, n] as [Step, number]] : [];
  });
}

/** All of them together. */
export const sum = (counts: Steps, what: "reads" | "writes"): number =>
  [...total(counts, what).values()].reduce((all, n) => all + n, 0);
