import { AppError } from "../error.ts";
import type { Id } from "../id.ts";
import type { Idempotency } from "../idempotency/claim.ts";
import { claimAfter, once } from "../idempotency/once.ts";
import * as keys from "../keys.ts";
import type { Page } from "../page.ts";
import type { Ports } from "../ports/main.ts";
import { retry } from "../retry.ts";
import { wanted } from "../webhook/wanted.ts";
import { type Added, isOutrun, place, placeAll, replacing } from "./add.ts";
import { type Asked, type Entry, fromItem, type Origin, type Scope, stopsOf, view } from "./entry.ts";
import { addressOf, assertAddress, unknown } from "./named.ts";
import { type PageQuery, page } from "./page.ts";

type Needs = Pick<Ports, "store" | "clock" | "random" | "vault">;

/** Which entries, by address. */
export interface ListQuery extends PageQuery {
  readonly origin?: Origin;
  readonly scope?: Scope;
}

/** A page of the list, by address. @throws AppError invalid_parameter for a cursor that names no address. */
export const list = (
  { store, clock }: Pick<Ports, "store" | "clock">,
  db: string,
  query: ListQuery,
): Promise<Page<Entry>> =>
  page(store, "suppression", keys.suppression(db, "").pk, query, (item) => {
    const entry = fromItem(item, clock.now());
    if (!entry) return undefined;
    const { origin = entry.origin, scope = entry.scope } = query;
    return entry.origin === origin && entry.scope === scope ? entry : undefined;
  });

/**
 * Suppresses an address (R-FAIL-5). Where as much is left out there for as long, that stays; what leaves out more, or for
 * longer, stays beside it. With it goes the event `suppression.added`, where a webhook wants it.
 * @throws AppError invalid_parameter for what is no address, or an end in the past; invalid_idempotent_request.
 */
export async function add(ports: Needs, db: Id<"database">, asked: Asked, key?: Idempotency): Promise<Added> {
  const address = assertAddress(asked.address, "email");
  return once(ports, db, key, async (claims) => {
    if (asked.until !== undefined) assertToCome(asked.until, ports.clock.now());
    const told = await wanted(ports, db);
    return place(ports, db, { ...asked, address }, undefined, told, claims);
  });
}

/** What came of adding one of many. */
export interface Told {
  readonly id: string;
  /** Normalised. */
  readonly address: string;
  readonly added: boolean;
}

/**
 * Suppresses up to 100 addresses, each by itself: what was written when it is cut short stays, and made again it adds the
 * rest.
 * @returns what came of each, in the order given.
 * @throws AppError invalid_parameter, naming the first that is no address: nothing is written then.
 */
export async function addAll(
  ports: Needs,
  db: Id<"database">,
  addresses: readonly string[],
  asked: Omit<Asked, "address">,
  key?: Idempotency,
): Promise<readonly Told[]> {
  const all = addresses.map((address, n) => assertAddress(address, `emails[${n}]`));
  return once(ports, db, key, async (claims) => {
    if (asked.until !== undefined) assertToCome(asked.until, ports.clock.now());
    const told = await wanted(ports, db);
    const unique = [...new Set(all)].map((address) => ({ ...asked, address }));
    const placed = await placeAll(ports, db, unique, told);
    const found = new Map(placed.map(({ entry: { id, address }, added }) => [address, { id, address, added }]));
    const answer = all.map((address) => found.get(address)).filter((one) => one !== undefined);
    return claimAfter(ports, claims, answer);
  });
}

/**
 * The entry of an address, named by itself or by its id; read strongly.
 * @throws AppError not_found
 */
export async function get({ store, clock }: Pick<Ports, "store" | "clock">, db: string, named: string): Promise<Entry> {
  const item = await store.get(keys.suppression(db, addressOf("suppression", named)), { consistent: true });
  const entry = item && fromItem(item, clock.now());
  if (entry) return entry;
  throw unknown("suppression");
}

/**
 * Gives an entry an end, another end, or none: the stop it shows. One of mass mail beneath it keeps its own.
 * @param until ms; null = for good.
 * @throws AppError not_found; invalid_parameter for an end in the past.
 */
export async function update(
  ports: Omit<Needs, "vault">,
  db: string,
  named: string,
  until: number | null,
): Promise<Entry> {
  if (until !== null) assertToCome(until, ports.clock.now());
  const address = addressOf("suppression", named);
  return retry(ports, isOutrun, async () => {
    const seen = await ports.store.get(keys.suppression(db, address), { consistent: true });
    const now = ports.clock.now();
    const [shown, ...others] = seen ? stopsOf(seen, now) : [];
    if (!shown) throw unknown("suppression");
    const { until: _until, ...same } = shown;
    const moved = until === null ? same : { ...same, until: Math.floor(until / 1000) };
    await ports.store.write(replacing(db, address, [moved, ...others], seen));
    return view(address, [moved, ...others]);
  });
}

/** @throws AppError invalid_parameter for an end that is in the past. Both in ms. */
function assertToCome(until: number, now: number): void {
  if (until >= now + 1_000) return;
  throw new AppError(
    "invalid_parameter",
    "`until` is in the past: give a time to come, or remove the address instead.",
    {
      details: { field: "until" },
    },
  );
}
