/** What was found at a hop, and what to do about it; `fix` is empty where nothing is. */
export interface Finding {
  /** Null = not known yet, and no fault so far. */
  readonly ok: boolean | null;
  readonly found: string;
  readonly fix: string;
}

/** The hops in the order they are shown in: each one by itself, whatever the others are. */
export const hops = [
  "credentials",
  "region",
  "clock",
  "account",
  "identity",
  "mail_from",
  "event_destination",
  "event_topic",
  "event_path",
  "subdomain",
  "mx",
  "receipt_rules",
  "vault",
  "table",
  "queues",
  "dead_letters",
  "dispatch",
  "tick",
  "api",
] as const;
export type HopName = (typeof hops)[number];

/** A hop that was looked at. */
export interface Hop extends Finding {
  readonly hop: HopName;
}

/** As it is to be. */
export const well = (found: string): Finding => ({ ok: true, found, fix: "" });

/** Not as it is to be. @param fix what to do, in words. */
export const ill = (found: string, fix: string): Finding => ({ ok: false, found, fix });

/** Not known yet. @param fix how to ask again. */
export const pending = (found: string, fix: string): Finding => ({ ok: null, found, fix });

/** All of them: a fault where there is one, else not known while one is not. */
export function sum(all: readonly Finding[]): boolean | null {
  if (all.some(({ ok }) => ok === false)) return false;
  return all.some(({ ok }) => ok === null) ? null : true;
}
