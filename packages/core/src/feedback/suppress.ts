import { erased } from "../email/head.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Item, Write } from "../ports/store.ts";
import { put } from "../suppression/add.ts";
import type { Asked } from "../suppression/entry.ts";
import * as Event from "../suppression/event.ts";
import type { EventType } from "../webhook/outbox.ts";
import type { Change } from "./change.ts";
import type { Move } from "./complaint.ts";

const dayMs = 86_400_000;
/** R-FAIL-5: so many soft bounces in so long a time, over more than so much of it, suppress for mass mail. */
const soft = { count: 5, within: 13 * 7 * dayMs, span: 7 * dayMs } as const;
/** Times kept of an address at most. */
const most = 40;

type Asking = Asked & { readonly email: string };

/** What became of recipients, and by what. */
export interface Become {
  readonly change: Pick<Change, "at" | "reply">;
  readonly moved: readonly Move[];
  /** It became of the address their mail was redirected to. */
  readonly redirected: boolean;
}

/** Soft bounces of an address as they are stored: when, in ms, oldest first. */
interface Soft {
  readonly rev: number;
  readonly times: readonly number[];
}

/**
 * The writes that suppress whom news of an email suppresses (R-FAIL-5), each on the list as it is seen: for good, whatever
 * end stands there. What leaves out as much stays. Nothing is read where nobody bounced or complained.
 */
export async function suppress(
  { store, clock }: Pick<Ports, "store" | "clock">,
  db: string,
  email: string,
  news: readonly Become[],
  wanted: ReadonlySet<EventType>,
): Promise<Write[]> {
  const own = news.filter(({ redirected }) => !redirected).map(named);
  const [asked, bounced] = [atOnce(email, own), softly(own)];
  const addresses = new Set([...asked.keys(), ...bounced.keys()]);
  if (addresses.size === 0) return [];
  const lists = [...addresses].flatMap((address) => [keys.suppression(db, address), keys.softBounces(db, address)]);
  const items = await store.batchGet(lists, { consistent: true });
  const now = clock.now();
  const writes: Write[] = [];
  for (const address of addresses) {
    const [listed, known] = [keys.suppression(db, address), keys.softBounces(db, address)].map(({ pk }) =>
      items.find((item) => item.pk === pk && item.sk === address),
    );
    const counted = asked.has(address) ? undefined : count(db, address, bounced.get(address) ?? now, known, now);
    const asking: Asking | undefined =
      asked.get(address) ?? (counted?.full ? { address, scope: "mass", origin: "soft_bounces", email } : undefined);
    if (counted) writes.push(counted.write);
    if (asking) writes.push(...place(db, asking, listed, now, wanted));
  }
  return writes;
}

/** Without those who were erased: nobody knows any more whom to suppress. */
const named = (one: Become): Become => ({ ...one, moved: one.moved.filter(({ after }) => after.key !== erased) });

/** Who is suppressed at once: no such mailbox, or a complaint. */
function atOnce(email: string, news: readonly Become[]): Map<string, Asking> {
  const found = new Map<string, Asking>();
  for (const { change, moved } of news)
    for (const { before, after } of moved) {
      const reason = change.reply === undefined ? {} : { reason: change.reply.slice(0, 200).toWellFormed() };
      const asking = { address: after.key, scope: "all" as const, email };
      if (after.facts.bounced === "dead" && before.facts.bounced !== "dead")
        found.set(after.key, { ...asking, origin: "bounce", ...reason });
      else if (after.facts.complained && !before.facts.complained && !found.has(after.key))
        found.set(after.key, { ...asking, origin: "complaint" });
    }
  return found;
}

/** Whose mail bounced without that, and when. */
function softly(news: readonly Become[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const { change, moved } of news)
    for (const { before, after } of moved)
      if (after.facts.bounced && !before.facts.bounced) found.set(after.key, Date.parse(change.at));
  return found;
}

/** Counts a soft bounce. What suppresses an address takes its count with it: taken off the list it begins anew. */
function count(db: string, address: string, at: number, item: Item | undefined, now: number) {
  const seen = item as unknown as Soft | undefined;
  const times = [...(seen?.times ?? []), Math.min(at, now)]
    .filter((time) => time > now - soft.within)
    .sort((a, b) => a - b);
  const [first = now] = times;
  const full = times.length >= soft.count && (times.at(-1) ?? now) - first > soft.span;
  const key = keys.softBounces(db, address);
  const condition = seen ? { if: "#rev = :rev", values: { rev: seen.rev } } : { if: "attribute_not_exists(pk)" };
  if (full && seen) return { full, write: { delete: key, ...condition } };
  const kept = times.length > most ? [first, ...times.slice(-most + 1)] : times;
  const expires_at = Math.ceil(((times.at(-1) ?? now) + soft.within) / 1000);
  return { full, write: { put: { ...key, times: kept, rev: (seen?.rev ?? 0) + 1, expires_at }, ...condition } };
}

function place(
  db: string,
  asking: Asking,
  seen: Item | undefined,
  now: number,
  wanted: ReadonlySet<EventType>,
): Write[] {
  const write = put(db, asking, now, seen);
  if (!write) return [];
  return wanted.has("suppression.added") ? [write, Event.added(db, asking, now)] : [write];
}
