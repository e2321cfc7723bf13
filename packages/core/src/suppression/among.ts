import * as keys from "../keys.ts";
import type { Store } from "../ports/store.ts";

/** An address the database does not mail (R-FAIL-5). */
export interface Suppressed {
  readonly address: string;
  /** `mass`: only mass mail leaves it out. */
  readonly scope: "all" | "mass";
}

/**
 * Which of the addresses are suppressed for mail of that kind, in this database alone.
 * @param addresses normalised.
 * @param now ms; entries whose end is past do not count, though TTL has not deleted them yet.
 */
export async function among(
  store: Store,
  db: string,
  addresses: readonly string[],
  kind: "transactional" | "mass",
  now: number,
): Promise<Set<string>> {
  const items = await store.batchGet(addresses.map((address) => keys.suppression(db, address)));
  const valid = items.filter((item) => {
    const end = item["expires_at"] as number | undefined;
    return (end === undefined || end * 1000 > now) && (item["scope"] !== "mass" || kind === "mass");
  });
  return new Set(valid.map((item) => item.sk));
}
