import { isBusy } from "../configuration/commit.ts";
import * as Id from "../id.ts";
import type { Idempotency } from "../idempotency/claim.ts";
import { type Claims, once } from "../idempotency/once.ts";
import * as keys from "../keys.ts";
import type { Page } from "../page.ts";
import type { Ports } from "../ports/main.ts";
import { retry } from "../retry.ts";
import { isOutrun } from "../suppression/add.ts";
import { addressOf, assertAddress, unknown } from "../suppression/named.ts";
import { type PageQuery, page } from "../suppression/page.ts";
import * as Record from "./record.ts";
import { fromItem, type OptOut, type Origin } from "./record.ts";

/** Which opt-outs, by address. */
export interface ListQuery extends PageQuery {
  readonly origin?: Origin;
}

/** A page of who has opted out, by address. @throws AppError invalid_parameter for a cursor that names no address. */
export const list = ({ store }: Pick<Ports, "store">, db: string, query: ListQuery): Promise<Page<OptOut>> =>
  page(store, "opt_out", keys.optOut(db, "").pk, query, (item) => {
    const entry = fromItem(item);
    return query.origin === undefined || query.origin === entry.origin ? entry : undefined;
  });

/**
 * The opt-out of an address, named by itself or by its id; read strongly.
 * @throws AppError not_found
 */
export async function get({ store }: Pick<Ports, "store">, db: string, named: string): Promise<OptOut> {
  const item = await store.get(keys.optOut(db, addressOf("opt_out", named)), { consistent: true });
  if (item) return fromItem(item);
  throw unknown("opt_out");
}

/** What came of opting an address out by hand. */
export interface Added {
  readonly entry: OptOut;
  /** False where it had opted out before: that entry stays, as the sender's own. */
  readonly added: boolean;
}

/**
 * Opts an address out of mass mail by hand.
 * @throws AppError invalid_parameter for what is no address; invalid_idempotent_request.
 */
export async function add(
  ports: Pick<Ports, "store" | "clock" | "random" | "vault">,
  db: Id.Id<"database">,
  given: string,
  key?: Idempotency,
): Promise<Added> {
  const address = assertAddress(given, "email");
  return once(ports, db, key, (claims) => addOne(ports, db, address, claims));
}

async function addOne(
  ports: Pick<Ports, "store" | "clock" | "random">,
  db: string,
  address: string,
  claims: Claims<Added>,
): Promise<Added> {
  let stays = false;
  // What is not written cannot be outrun: what fails then is the claim of a twin
  const again = (error: unknown) => (stays ? isBusy(error) : isOutrun(error));
  return retry(ports, again, async () => {
    const seen = await ports.store.get(keys.optOut(db, address), { consistent: true });
    const asked = { address, origin: "manual" } as const;
    const isLinks = seen?.["origin"] === "one_click";
    const write = Record.entry(db, asked, ports.clock.now());
    const entry = fromItem(seen ? { ...seen, ...(isLinks && { origin: asked.origin }) } : write.put);
    const answer = { entry, added: seen === undefined };
    const own = seen ? (isLinks ? [Record.raised(db, asked)] : []) : [write];
    stays = own.length === 0;
    const writes = [...own, ...(await claims(answer))];
    if (writes.length > 0) await ports.store.transact(writes);
    return answer;
  });
}

/**
 * Lets an address, named by itself or by its id, have mass mail again.
 * @returns its id.
 * @throws AppError not_found
 */
export async function remove(
  ports: Pick<Ports, "store" | "clock" | "random">,
  db: string,
  named: string,
): Promise<OptOut["id"]> {
  const address = addressOf("opt_out", named);
  if (await Record.remove(ports, db, address)) return Id.of("opt_out", address);
  throw unknown("opt_out");
}
