import { calm, quiet } from "./calm.ts";
import { type Charge, type Mail, mailsOf } from "./check/evidence.ts";
import { fair } from "./fleet/protocol.ts";
import type { Caller } from "./load/caller.ts";
import type { Product } from "./product.ts";

/** Requests at a time. */
const width = 8;

/**
 * The second act: addresses that nothing could reach can be reached, and all mail that failed is tried again on request,
 * under faults (R-FAIL-3).
 * @returns how many were, what their earlier attempts stay charged for, and whether all mail ended after it.
 */
export async function again(
  product: Product,
  caller: Caller,
  faults: number,
): Promise<{ retried: number; spent: readonly Charge[]; ended: boolean }> {
  const { fleet, store } = product;
  const items = await store.all();
  const names = new Map(
    items.filter(({ sk }) => sk === "VERSION").map(({ pk, name }) => [pk.slice("DB#".length), String(name)]),
  );
  const failed = [...mailsOf(items).values()].filter(({ recipients }) =>
    recipients.some(({ state }) => state === "failed"),
  );
  await product.weather({ ...fair, faults, ses_faults: faults, forgiving: true });
  const retried: Mail[] = [];
  for (let n = 0; n < failed.length; n += width) {
    const some = failed.slice(n, n + width);
    const done = await Promise.all(some.map(({ head }) => caller.retry(names.get(head.database) ?? "", head.id)));
    retried.push(...some.filter((_, k) => done[k]));
  }
  // A process that dies with the rest of it under way
  await fleet.kill(["dispatch"], { writes: 3, moment: "after" });
  await quiet(product);
  await product.weather({ ...fair, forgiving: true });
  return { retried: retried.length, spent: retried.flatMap(spentOn), ended: await calm(product) };
}

/** What may have gone out stays charged, and the head tells of the last attempt only. */
const spentOn = ({ head: { database, charged_day, charged_n = 0 } }: Mail): Charge[] =>
  charged_day === undefined || charged_n === 0 ? [] : [{ database, day: charged_day, n: charged_n }];
