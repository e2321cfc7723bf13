import { load } from "../configuration/load.ts";
import { read } from "../database/version.ts";
import type { Head } from "../email/head.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { placeOf } from "./entry.ts";
import type { News } from "./reduce.ts";

/** Opens of an email that are kept for each of its recipients, and of one email at most; of clicks as many. */
const most = { each: 20, all: 100 } as const;
/** Entries of a timeline that are looked through; one with more is full. */
const looked = 1_000;

const kinds = ["opened", "clicked"] as const;
type Kind = (typeof kinds)[number];

const isOf = (kind: Kind) => (one: News) => one.change.kind === kind;
const isTracking = (one: News): boolean => kinds.some((kind) => isOf(kind)(one));

/**
 * News without the opens and clicks that are not kept: those of a database that does not track them (off unless it says
 * so), those that stand in the timeline, and those beyond the first 20 for each recipient (100 an email), since anybody
 * who has the mail makes as many as they like, and each is a write and an event of the webhooks. Nothing is read where
 * there are none. Told at the very same moment by two processes they may come to be a few more.
 */
export async function tracked(
  ports: Pick<Ports, "store" | "clock" | "operator">,
  head: Head,
  news: readonly News[],
): Promise<News[]> {
  if (!news.some(isTracking)) return [...news];
  const { settings } = await load(ports, await read(ports.store, head.database));
  const { pk } = keys.emailHead(head.database, head.id);
  const entries = { pk, prefix: keys.eventPrefix, limit: looked, consistent: true };
  const { items, cursor } = await ports.store.query(entries);
  const standing = new Set(items.map(({ sk }) => sk));
  const full = Math.min(most.each * head.recipients, most.all);
  const kept = new Set<News>();
  for (const kind of kinds) {
    if (!settings.tracking[kind === "opened" ? "opens" : "clicks"] || cursor !== undefined) continue;
    const room = full - items.filter(({ type }) => type === kind).length;
    const fresh = news.filter(isOf(kind)).filter(({ change }) => !standing.has(placeOf(head, change).sk));
    for (const one of fresh.slice(0, Math.max(0, room))) kept.add(one);
  }
  return news.filter((one) => !isTracking(one) || kept.has(one));
}
