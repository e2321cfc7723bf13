import { isSandboxed } from "../dispatch/sandbox.ts";
import { shards } from "../email/due.ts";
import { fromItem } from "../email/head.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Item } from "../ports/store.ts";

/** So many due things are looked at of each shard of the due index. */
const most = 50;
/** What the sandbox holds is tried hourly, so all of it is due within that time, and the tick's; in ms. */
const ahead = 65 * 60_000;

/** How many emails wait. */
export interface Waiting {
  readonly count: number;
  /** More was due than was looked at: there may be others. */
  readonly more: boolean;
}

/**
 * How many emails of all databases wait for the account to leave the sandbox of SES. Read off the due index, whatever
 * there is: a query of keys a shard, and the heads of 50 emails a shard at most (half a read unit each).
 */
export async function waiting({ store, clock }: Pick<Ports, "store" | "clock">): Promise<Waiting> {
  const below = new Date(clock.now() + ahead).toISOString();
  const pages = await Promise.all(
    Array.from({ length: shards }, (_, n) => store.query({ pk: `DUE#${n}`, index: "due", below, limit: most })),
  );
  const due = pages.flatMap(({ items }) => items.filter(isHead));
  const heads = await store.batchGet(due.map(({ pk, sk }) => ({ pk, sk })));
  return {
    count: heads.filter((item) => isSandboxed(fromItem(item))).length,
    more: pages.some(({ cursor }) => cursor !== undefined),
  };
}

const head = keys.emailHead("", "");
const prefix = head.pk.slice(0, head.pk.indexOf("#") + 1);
const isHead = ({ pk, sk }: Item): boolean => pk.startsWith(prefix) && sk === head.sk;
