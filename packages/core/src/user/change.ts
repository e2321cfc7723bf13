import { isAddress, normalize, read } from "../address/address.ts";
import { type PageQuery, page } from "../address/page.ts";
import { AppError } from "../error.ts";
import * as keys from "../keys.ts";
import type { Page } from "../page.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed } from "../ports/store.ts";
import { retry } from "../retry.ts";
import { fromItem, type UserRecord } from "./user.ts";

/** What is given of a user; the rest is as it was, or none and `email`. */
export type UserInput = Partial<Pick<UserRecord, "name" | "notify">>;

/**
 * Says that somebody is a user of the application, and how they are told (R-NOT-1); of one who is, what is given is
 * changed.
 * @throws AppError invalid_parameter for what is no address
 */
export async function put(
  ports: Pick<Ports, "store" | "clock" | "random">,
  db: string,
  named: string,
  input: UserInput,
): Promise<UserRecord> {
  const address = assertAddress(named);
  const key = keys.user(db, address);
  return retry(
    ports,
    (error) => error instanceof ConditionFailed,
    async () => {
      const seen = await ports.store.get(key, { consistent: true });
      if (seen && Object.keys(input).length === 0) return fromItem(seen);
      if (seen) {
        await ports.store.write({ update: key, set: input, if: "attribute_exists(pk)" });
        return { ...fromItem(seen), ...input };
      }
      const created_at = new Date(ports.clock.now()).toISOString();
      const user: UserRecord = { address, name: null, notify: "email", ...input, created_at };
      const { address: _address, ...own } = user;
      await ports.store.write({ put: { ...key, ...own }, if: "attribute_not_exists(pk)" });
      return user;
    },
  );
}

/** One user. @throws AppError not_found */
export async function get({ store }: Pick<Ports, "store">, db: string, address: string): Promise<UserRecord> {
  const key = isAddress(address.trim()) ? keys.user(db, normalize(address)) : undefined;
  const item = key && (await store.get(key, { consistent: true }));
  if (item) return fromItem(item);
  throw unknown();
}

/** Somebody is a user no more: their inbox is left to expire. @returns the address. @throws AppError not_found */
export async function remove({ store }: Pick<Ports, "store">, db: string, named: string): Promise<string> {
  const address = normalize(named);
  const gone = isAddress(address) && (await store.write({ delete: keys.user(db, address) }));
  if (gone) return address;
  throw unknown();
}

/** A page of the users, by address. */
export const list = ({ store }: Pick<Ports, "store">, db: string, query: PageQuery): Promise<Page<UserRecord>> =>
  page(store, { pk: keys.user(db, "").pk }, query, fromItem);

const unknown = (): AppError =>
  new AppError("not_found", "The database has no user of this address: PUT one, or look at the list.");

/** An address, normalised. @throws AppError invalid_parameter for what is none. */
export function assertAddress(text: string, field = "address"): string {
  const found = read(text.trim());
  if (!("reason" in found)) return normalize(text);
  throw new AppError("invalid_parameter", `\`${field}\` is no address: it ${found.reason}.`, { details: { field } });
}
