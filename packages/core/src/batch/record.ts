import { createHash } from "node:crypto";
import { type Id, make, timeOf } from "../id.ts";
import type { Item } from "../ports/store.ts";

/** Mails of a batch at most. */
export const maximum = 100;

/** Where the object of a batch is, and in it the manifest. */
export interface Place {
  readonly id: Id<"batch">;
  /** The object's key: all bodies, and the manifest after them. */
  readonly blob: string;
  /** First and last byte of the manifest. */
  readonly manifest: readonly [number, number];
}

/** A batch that was committed and whose heads are not all written yet. */
export interface BatchRecord extends Place {
  readonly database: Id<"database">;
  /** The counting day it is charged to. */
  readonly day: string;
  /** Which of its mails wait for room in the daily limit, by their place in the manifest. */
  readonly waits: readonly number[];
  /** Which are not sent at all, for there was no room. */
  readonly refused: readonly number[];
  /** Recipients of each mail that the daily limit counts: with the ids all that is known where the object is lost. */
  readonly counted: readonly number[];
}

/**
 * The id of the batch's mail at that place in the manifest, below 256. Made of the batch's own, so that the item need
 * not keep a hundred of them; ascending, so that lists and the line of held mail keep the order of the request.
 */
export function mailId(batch: Id<"batch">, n: number): Id<"email"> {
  const noise = createHash("sha256").update(`${batch}#${n}`).digest().subarray(0, 9);
  const clock = { now: () => timeOf(batch) };
  return make("email", { clock, random: { bytes: () => Uint8Array.from([n, ...noise]) } });
}

/** The record in an item. */
export const fromItem = (item: Item): BatchRecord => item as unknown as BatchRecord;
