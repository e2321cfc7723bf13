import { kept_ms } from "@posthouse/aws/vault/vault";
import { maximum } from "@posthouse/core/batch/record";
import { delayAfter } from "@posthouse/core/dispatch/delay";
import { again, ahead } from "@posthouse/core/dispatch/pace";
import { massOf, slotsOf } from "@posthouse/core/dispatch/slots";
import { listShards, shards } from "@posthouse/core/email/due";
import { most } from "@posthouse/core/feedback/settle";
import { idempotencies } from "@posthouse/core/keys";
import { width } from "@posthouse/core/limit/release";
import { longestTurn } from "@posthouse/core/limit/reserve";
import { defaultWaits } from "@posthouse/core/operator/settings";
import { patience as linePatience } from "@posthouse/core/tick/line";
import { patience as tickPatience, width as tickWidth } from "@posthouse/core/tick/run";
import { width as atOnce } from "@posthouse/core/webhook/lane";

/** What the simulation takes from the code itself: who changes it there changes the day. */

/** Partitions of the due index, of a database's list in a month, and of what is spread without an index. */
export const partitions = { due: shards, list: listShards, spread: idempotencies("").length } as const;
/** Mails of a batch at most. */
export const batchLimit = maximum;
/** Mails whose delivery is counted in one transaction. */
export const countedTogether = most.emails;
/** Mails released from a line in one transaction. */
export const releasedTogether = width;
/** Events that one process tells one endpoint at a time. */
export const toldAtOnce = atOnce;
/** Seconds a process keeps the key that opens a database's secrets (G6). */
export const keyKept = kept_ms / 1000;
/** Seconds between two ticks. */
export const tick = defaultWaits.tick;
/** Seconds of a tick in which it begins with what is due, and items that it takes up at a time. */
export const tickTime = tickPatience / 1000;
export const sideBySide = tickWidth;
/** Seconds of one tick that one line's mail is released in. */
export const lineTime = linePatience / 1000;
/** Seconds a request waits for its turn at the counter. */
export const patience = longestTurn / 1000;
/** Seconds until mail is tried again whose n-th try SES refused. */
export const waitAfter = (n: number): number => delayAfter(n) / 1000;

/** How SES is asked: slots a second, and those of them that mass mail may have. */
export interface Share {
  readonly all: number;
  mass(second: number): number;
}

/** The slots of a rate, which is 2 a second at least: below, a period is longer than the second simulated here. */
export function shareOf(rate: number): Share {
  const slots = slotsOf(rate);
  if (slots.period !== 1_000) throw new RangeError("A simulated account has a rate of 2 recipients a second at least.");
  return { all: slots.capacity, mass: (second) => massOf(slots, second) };
}

/** Periods that mail waits for a slot in, before it is sent away. */
export const periods = { transactional: ahead.transactional + 1, mass: ahead.mass + 1 } as const;

/** Seconds until mail comes again that was sent away, on average. */
export const comesAgain = { transactional: mean(again.transactional), mass: mean(again.mass) } as const;

function mean([least, more]: readonly [number, number]): number {
  return least + more / 2;
}
