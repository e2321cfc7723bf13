import type { AliasRecord } from "../alias/record.ts";
import type { Id } from "../id.ts";
import type { ThreadRecord } from "../thread/record.ts";
import type { Destination } from "./destination.ts";

/** What a mail answers, as far as it is there. */
export interface Answered {
  /** Null = an email without a thread. */
  readonly thread: ThreadRecord | null;
  /** An answer to an internal note. */
  readonly internal: boolean;
  readonly email: Id<"email"> | null;
  readonly via: "references" | "in_reply_to" | "token";
}

/** Of one destination all that decides where its mail goes. */
export interface Place {
  readonly destination: Destination;
  readonly answered: Answered | undefined;
  readonly alias: AliasRecord | undefined;
  /** The alias does not take mail of this sender (R-IN-3). */
  readonly refuses: boolean;
  readonly purpose: "bounce" | "catchall" | "notification" | null;
}

/** Where mail goes. */
export type Way =
  | { readonly to: "thread"; readonly thread: ThreadRecord; readonly answered: Answered }
  | { readonly to: "alias"; readonly alias: AliasRecord }
  | { readonly to: "email"; readonly answered: Answered }
  | { readonly to: "refused"; readonly alias: AliasRecord }
  | { readonly to: "nobody"; readonly rule: "catchall" | "none" };

/** What a mail comes to at some of its destinations. */
export interface Outcome {
  /** Tells apart what one mail comes to; the same whenever it is decided anew. */
  readonly key: string;
  readonly way: Way;
  readonly destinations: readonly Destination[];
}

/**
 * Decides where a mail goes (R-IN-1 to R-IN-4), by destination; what goes to one thread or alias is one. A destination
 * that takes nothing goes with one that does: the mail has arrived. Every destination is in exactly one outcome.
 * @param replies whether the mail may be a reply at all: it came in by an address that the database has
 */
export function plan(places: readonly Place[], replies: boolean): Outcome[] {
  const groups = new Map<string, { readonly way: Way; readonly destinations: Destination[] }>();
  const left: Place[] = [];
  for (const place of places) {
    const taken = way(place, replies);
    if (!taken) {
      left.push(place);
      continue;
    }
    const key = keyOf(taken);
    const group = groups.get(key) ?? { way: taken, destinations: [] };
    group.destinations.push(place.destination);
    groups.set(key, group);
  }
  const [first] = groups.values();
  if (!first) return left.length === 0 ? [] : [nobody(left)];
  first.destinations.push(...left.map(({ destination }) => destination));
  return [...groups].map(([key, group]) => ({ key, ...group }));
}

function nobody(places: readonly Place[]): Outcome {
  const rule = places.every(({ purpose }) => purpose === "catchall") ? "catchall" : "none";
  const way = { to: "nobody", rule } as const;
  return { key: way.to, way, destinations: places.map(({ destination }) => destination) };
}

function way({ answered, alias, refuses }: Place, replies: boolean): Way | undefined {
  const reply = replies ? answered : undefined;
  if (alias && !isOwn(alias, reply?.thread ?? null)) {
    if (!refuses) return { to: "alias", alias };
    // A reply is never refused
    if (!reply) return { to: "refused", alias };
  }
  if (!reply) return undefined;
  return reply.thread ? { to: "thread", thread: reply.thread, answered: reply } : { to: "email", answered: reply };
}

/** Whether an answer that comes by the alias belongs to the thread: an alias of another model makes it a new record. */
const isOwn = ({ model, address }: AliasRecord, thread: ThreadRecord | null): boolean =>
  thread !== null && (model === thread.model || address === thread.alias);

function keyOf(way: Way): string {
  switch (way.to) {
    case "thread":
      return `thread#${way.thread.id}`;
    case "alias":
      return way.alias.record_id === null
        ? `alias#${way.alias.address}`
        : `record#${way.alias.model}#${way.alias.record_id}`;
    case "refused":
      return `refused#${way.alias.address}`;
    default:
      return way.to;
  }
}
