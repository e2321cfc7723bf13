import { normalize } from "../address/address.ts";
import * as Id from "../id.ts";
import type { Item } from "../ports/store.ts";

/** What mail leaves an address out: all of it, or mass mail alone. */
export type Scope = "all" | "mass";

/** Why an address is suppressed. */
export type Origin = "bounce" | "complaint" | "soft_bounces" | "manual" | "import";

/** An address that a database does not mail (R-FAIL-5), as its widest stop has it that counts. */
export interface Entry {
  /** Made of the address. */
  readonly id: Id.Id<"suppression">;
  /** Normalised. */
  readonly address: string;
  readonly scope: Scope;
  readonly origin: Origin;
  /** Of whoever suppressed it, in words. */
  readonly reason: string | null;
  /** The id of the email that bounced, or was complained of. */
  readonly source_id: string | null;
  /** ISO 8601 UTC. */
  readonly created_at: string;
  /** ISO 8601 UTC: from when on it gets again what `scope` says; null = never. */
  readonly until: string | null;
  /** ISO 8601 UTC: from when on it gets mass mail again, which may be stopped for longer; null = never. */
  readonly mass_until: string | null;
}

/** An entry as it is asked for. */
export interface Asked {
  readonly address: string;
  readonly scope: Scope;
  readonly origin: Origin;
  readonly reason?: string;
  /** The id of the email it comes from. */
  readonly email?: string;
  /** ms, to the second; absent = for good. */
  readonly until?: number;
  /** ISO 8601; absent = now. */
  readonly created_at?: string;
}

/** One stop of an address's mail. An address has one of each scope at most, each with an end of its own. */
export interface Stop {
  readonly scope: Scope;
  readonly origin: Origin;
  readonly reason?: string;
  readonly email?: string;
  readonly created_at: string;
  /** Epoch seconds; absent = for good. */
  readonly until?: number;
}

/** What is asked for as a stop, its end to the second. `now` in ms. */
export const stopOf = ({ address: _address, until, created_at, ...asked }: Asked, now: number): Stop => ({
  ...asked,
  created_at: created_at ?? new Date(now).toISOString(),
  ...(until !== undefined && { until: Math.floor(until / 1000) }),
});

/** What is stored of them, the widest first: that is the item's own, another is within; `expires_at` ends the last. */
export function toItem(stops: readonly Stop[]): Record<string, unknown> {
  const [widest, mass] = stops;
  const end = Math.max(...stops.map(endOf));
  return { ...widest, ...(mass && { mass }), ...(Number.isFinite(end) && { expires_at: end }) };
}

/** The stops in an item that count, the widest first. An end may be past that TTL has not deleted yet. `now` in ms. */
export function stopsOf(item: Item, now: number): readonly Stop[] {
  const { pk: _pk, sk: _sk, expires_at, mass, ...own } = item;
  if (isPast(expires_at as number | undefined, now)) return [];
  const widest = { scope: "all", origin: "manual", ...own } as unknown as Stop;
  return [widest, ...(mass === undefined ? [] : [mass as Stop])].filter(({ until }) => !isPast(until, now));
}

/** The entry of an item; undefined where its end is past. `now` in ms. */
export function fromItem(item: Item, now: number): Entry | undefined {
  const [widest, ...others] = stopsOf(item, now);
  return widest && view(item.sk, [widest, ...others]);
}

/** The entry of what is asked for, by itself. `now` in ms. */
export const entryOf = (asked: Asked, now: number): Entry => view(normalize(asked.address), [stopOf(asked, now)]);

/** The stops of an address, the widest first, as they are shown. */
export function view(address: string, stops: readonly [Stop, ...Stop[]]): Entry {
  const [widest] = stops;
  const { scope, origin, reason = null, email = null, created_at } = widest;
  return {
    id: Id.of("suppression", address),
    address,
    scope,
    origin,
    reason,
    source_id: email,
    created_at,
    until: timeOf(endOf(widest)),
    mass_until: timeOf(Math.max(...stops.map(endOf))),
  };
}

/**
 * The stops there are once another is asked for: it takes the place of that of its own scope, and never of the other.
 * @returns undefined where one that is there leaves out as much, for as long: all of them stay as they are.
 */
export function merge(there: readonly Stop[], asked: Stop): readonly Stop[] | undefined {
  if (there.some((stop) => covers(stop, asked))) return undefined;
  const stops = [...there.filter(({ scope }) => scope !== asked.scope), asked];
  return stops.sort((one) => (one.scope === "all" ? -1 : 1));
}

const covers = (stop: Stop, asked: Stop): boolean =>
  (stop.scope === "all" || asked.scope === "mass") && endOf(stop) >= endOf(asked);

const endOf = ({ until = Number.POSITIVE_INFINITY }: Stop): number => until;
const timeOf = (end: number): string | null => (Number.isFinite(end) ? new Date(end * 1000).toISOString() : null);
const isPast = (end: number | undefined, now: number): boolean => end !== undefined && end * 1000 <= now;
