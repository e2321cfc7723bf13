import { due } from "../email/due.ts";
import { isForced } from "../email/forced.ts";
import type { Head, Recipient } from "../email/head.ts";
import * as keys from "../keys.ts";
import { databaseOf, giveBack } from "../limit/counter.ts";
import { inTurn } from "../limit/turn.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, isRefused, type Update, type Write } from "../ports/store.ts";
import { itemOf as countOf } from "../statistics/day.ts";
import type { Beside } from "./beside.ts";
import { untilWritten } from "./write.ts";

export type Needs = Pick<Ports, "store" | "clock" | "random" | "operator">;

/** An email in somebody's hands: its head as last written, and the recipients of this try. */
export interface InHand {
  readonly head: Head;
  /** Those of an email with several that have no state of their own; empty for a single recipient. */
  readonly recipients: readonly Recipient[];
  /** What its outcome is written with, where that was read before; absent = it is read with the outcome. */
  readonly beside?: Beside;
}

/** Attributes that waiting leaves behind. */
export const waited = [
  "due_pk",
  "due_sk",
  "due_n",
  "lease_until",
  "unknown",
  "stopped",
  "line",
  "life_left",
  "admitted",
];

/**
 * What of an email goes when it waits no longer: with the mark of one that was forced to a server (R-SRV-6), in whose
 * place `headUpdate` puts the red envelope's where it is in that, and never with the red envelope.
 */
export const left = ({ mark_pk }: Pick<Head, "mark_pk">): string[] =>
  isForced(mark_pk) ? [...waited, "mark_pk", "mark_sk"] : waited;

/** Replies are kept in the head: no longer than this, for its size is what every change of state costs by. */
export const clip = (reply: string): string => reply.slice(0, 200).toWellFormed();

/** What the timeline says of mail that ends while nobody knows whether an earlier hand-over was accepted. */
export const maybeSent = "The answer to an earlier try was lost: it may have been accepted all the same.";

/** How many recipients the email still goes to. */
export const remaining = ({ head, recipients }: InHand): number => (head.recipients === 1 ? 1 : recipients.length);

/** What the red envelope is found by (R-FAIL-3). */
export const attention = ({ database, id }: Head): Partial<Head> => ({ mark_pk: redPartition(database), mark_sk: id });

/** Where in the `mark` index the red envelope of a database is, by emails' ids. */
export const redPartition = (db: string): string => `ATT#${db}`;

/** Whether it is in the red envelope. */
export const isRed = (head: Head): boolean => head.attention === true || head.mark_pk === attention(head).mark_pk;

/** The due index attributes of a fresh wait until `at` (ms). */
export const dueAt = ({ id }: Head, at: number): Partial<Head> => ({ due_n: 0, ...due(id, at) });

/**
 * Changes the head as it was when taken in hand, and nobody else's: each such change raises its revision, so that the
 * same change made twice (a second delivery, a lost answer) is made once.
 */
export function headUpdate(head: Head, set: object, remove: readonly string[]): Update {
  const isUnmarked = head.attention && isForced(head.mark_pk) && remove.includes("mark_pk");
  const all = { ...(isUnmarked && attention(head)), ...set, rev: head.rev + 1 };
  return {
    update: keys.emailHead(head.database, head.id),
    set: all,
    remove: [...new Set(remove)].filter((name) => !(name in all)),
    if: "#rev = :rev",
    values: { rev: head.rev },
  };
}

/** Recipients given back to the day they were charged to, with what the head then still has (R-LIM-3). */
export interface GivenBack {
  readonly set: Partial<Head>;
  readonly writes: readonly Update[];
}

/**
 * Gives recipients back that were not handed over. None while an earlier hand-over may have been accepted: what may
 * have gone out stays counted.
 */
export function back({ database, charged_day, charged_n = 0, maybe_sent }: Head, n: number): GivenBack {
  const count = Math.min(n, charged_n);
  if (charged_day === undefined || count === 0 || maybe_sent) return { set: {}, writes: [] };
  return { set: { charged_n: charged_n - count }, writes: [giveBack(database, charged_day, count)] };
}

/**
 * Makes the writes, the head's first, unless feedback or somebody else has moved the email on: then that stands.
 * @returns whether they were made.
 */
export async function write(ports: Needs, writes: readonly Write[]): Promise<boolean> {
  const [only] = writes;
  const token = Buffer.from(ports.random.bytes(16)).toString("hex");
  const make = () =>
    untilWritten(ports, async () => {
      if (writes.length === 1 && only) await ports.store.write(only);
      else await ports.store.transact(writes, token);
    });
  const counter = writes.map(databaseOf).find((db) => db !== undefined) ?? writes.map(countOf).find(Boolean);
  try {
    // A whole batch that is given back at once would only cancel each other's transactions
    if (counter === undefined) await make();
    else await inTurn(ports.store, counter, make);
    return true;
  } catch (error) {
    if (!(error instanceof ConditionFailed) && !isRefused(error)) throw error;
    return false;
  }
}
