import type { Version } from "../database/version.ts";
import * as keys from "../keys.ts";
import { dayOf } from "../limit/day.ts";
import type { Ports } from "../ports/main.ts";
import type { Item } from "../ports/store.ts";
import { shards } from "../statistics/day.ts";
import type { Counted } from "./rate.ts";

/** The counting days that are looked at, the present one among them. */
const days = 7;
const dayMs = 86_400_000;

/** From when on a database's recipients count: since it was resumed, with what that day had counted until then. */
export interface Start extends Counted {
  /** ISO 8601 UTC. */
  readonly at: string;
  /** The counting day. */
  readonly day: string;
}

/** What was counted in the window. */
export interface Window extends Counted {
  /** Its first and last counting day. */
  readonly from: string;
  readonly to: string;
}

type Of = Pick<Version, "id" | "reset_utc" | "reputation_from">;

type Needs = Pick<Ports, "store" | "operator">;

/**
 * Counts the last seven counting days, or those since the database was resumed (R-FAIL-7). Over a relay the recipients
 * are those it took: it tells of no delivery, and of what ended alone each would be a bounce. `now` in ms.
 */
export async function read(ports: Needs, version: Of, now: number): Promise<Window> {
  const { id, reset_utc, reputation_from: start } = version;
  const all = Array.from({ length: days }, (_, n) => dayOf(now - n * dayMs, reset_utc));
  const wanted = all.filter((day) => start === undefined || day >= start.day);
  const to = all[0] ?? "";
  const counted = sum(
    ports,
    await ports.store.batchGet(
      wanted.flatMap((day) => itemsOf(id, day)),
      { consistent: true },
    ),
  );
  const before = start !== undefined && wanted.includes(start.day) ? start : none;
  return { from: wanted.at(-1) ?? to, to, ...less(counted, before) };
}

/** A window that begins now: all that was counted before is left out. `now` in ms. */
export async function restart(ports: Needs, { id, reset_utc }: Of, now: number): Promise<Start> {
  const day = dayOf(now, reset_utc);
  const counted = sum(ports, await ports.store.batchGet(itemsOf(id, day), { consistent: true }));
  return { at: new Date(now).toISOString(), day, ...counted };
}

const none: Counted = { recipients: 0, bounced: 0, complained: 0 };

const itemsOf = (db: string, day: string) => Array.from({ length: shards }, (_, n) => keys.statistic(db, day, n));

const sum = ({ operator }: Needs, items: readonly Item[]): Counted => {
  const of = (name: string) => items.reduce((total, item) => total + Number(item[name] ?? 0), 0);
  return {
    recipients: of(operator.platform === "ses" ? "platform_ended" : "platform_sent"),
    bounced: of("platform_bounced"),
    complained: of("platform_complained"),
  };
};

const less = (all: Counted, part: Counted): Counted => ({
  recipients: Math.max(0, all.recipients - part.recipients),
  bounced: Math.max(0, all.bounced - part.bounced),
  complained: Math.max(0, all.complained - part.complained),
});
