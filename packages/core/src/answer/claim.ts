import type { Version } from "../database/version.ts";
import * as Hold from "../email/hold.ts";
import { AppError } from "../error.ts";
import { withoutTag } from "../inbound/destination.ts";
import * as keys from "../keys.ts";
import * as Counter from "../limit/counter.ts";
import { dayOf } from "../limit/day.ts";
import { reserve } from "../limit/reserve.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Key, type Write } from "../ports/store.ts";
import type { Asked } from "./answer.ts";

/** Automatic answers of a database in a day at most; and no more than this part of its daily limit, rounded up. */
export const mostADay = 50;
const part = 1 / 10;
/** To one sender, by whatever addresses. */
export const mostToOne = 3;
/** What must be left of the daily limit: answers are for strangers, the limit is for the database's own mail. */
const spared = 1 / 2;
/** How long it is known that there was one, in seconds: longer than the day it is for. */
const known = 3 * 86_400;

type Needs = Pick<Ports, "store" | "clock" | "random">;
type Claimed = Pick<Asked, "receipt" | "address"> & { readonly sender: string };

/**
 * Takes the one answer that a sender has of an address on a day, the one that a mail has of the database, one of those that
 * sender and database have on that day, and a share of the daily limit, all or nothing (R-IN-7). The day is that on which
 * the mail came in: the same mail again is the same day's. Answers are dropped first: where mail waits for the limit, or
 * half of that is used, they have none of it.
 * @returns the counting day that the limit was charged on; `not` = why there is no answer.
 */
export async function take(
  ports: Needs,
  version: Version,
  claimed: Claimed,
): Promise<{ day: string } | { not: string }> {
  if (await Hold.isBehind(ports.store, version.id, "mass")) return { not: "mail is held for the daily limit" };
  if (await isScarce(ports, version)) return { not: "half of the daily limit is used" };
  let day = "";
  let not: string | undefined;
  const writes = claims(version, claimed, ports.clock.now());
  try {
    await reserve(ports, version, {
      count: 1,
      kind: "mass",
      actions: (counted) => {
        day = counted;
        return writes;
      },
      refused: (position) => {
        not = taken[position] ?? "";
      },
    });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { not: error.name === "daily_quota_exceeded" ? "the daily limit is reached" : "the daily limit is busy" };
  }
  return not === undefined ? { day } : { not };
}

async function isScarce({ store, clock }: Needs, { id, limit, limit_rev, reset_utc }: Version): Promise<boolean> {
  const counter = await Counter.read(store, id, dayOf(clock.now(), reset_utc));
  return counter?.limit_rev === limit_rev && counter.left < limit * spared;
}

/** Why there is no answer, by the write of {@link claims} that failed. */
const taken = [
  "the address has answered its sender on that day",
  "the database has answered it already",
  "the database has answered its sender often enough on that day",
  "the database has answered enough on that day",
];

function claims({ id: db, limit }: Version, { receipt, address, sender }: Claimed, now: number): Write[] {
  const date = receipt.received_at.slice(0, 10);
  // Tags are as many as anybody likes
  const [to, by] = [withoutTag(sender), withoutTag(address.toLowerCase())];
  const seconds = Math.floor(now / 1000);
  const expires_at = seconds + known;
  const once = (key: Key): Write => ({
    put: { ...key, expires_at },
    if: "attribute_not_exists(pk) OR #expires_at <= :now",
    values: { now: seconds },
  });
  const counted = (update: Key, most: number): Write => ({
    update,
    set: { expires_at },
    add: { answers: 1 },
    if: "attribute_not_exists(#answers) OR #answers < :most",
    values: { most },
  });
  return [
    once(keys.answered(db, date, to, by)),
    once(keys.answered(db, date, receipt.id, "")),
    counted(keys.answered(db, date, to, ""), mostToOne),
    counted(keys.throttle(db, `answers#${date}`), Math.min(mostADay, Math.ceil(limit * part))),
  ];
}

/** Gives the share of the limit back of an answer that was not sent; it stays claimed, so that nobody tries it for ever. */
export async function giveBack({ store }: Pick<Needs, "store">, { id }: Version, day: string): Promise<void> {
  try {
    await store.write(Counter.giveBack(id, day, 1));
  } catch (error) {
    // The database was deleted meanwhile
    if (!(error instanceof ConditionFailed)) throw error;
  }
}
