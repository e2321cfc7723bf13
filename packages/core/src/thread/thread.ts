import { isAddress, normalize } from "../address/address.ts";
import { among } from "../alias/find.ts";
import { load } from "../configuration/load.ts";
import type { Version } from "../database/version.ts";
import { AppError } from "../error.ts";
import { type Id, is } from "../id.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed } from "../ports/store.ts";
import { retry } from "../retry.ts";
import { ensure } from "./ensure.ts";
import { get as find, fromItem } from "./find.ts";
import type { RecordRef, ThreadRecord } from "./record.ts";
import { assertRef } from "./ref.ts";

/** What is given of a thread; what is not given stays, or is none. */
export interface ThreadInput {
  readonly name?: string | null;
  /** A company's id. */
  readonly company?: string | null;
  /** A routing alias of the thread's model, by its address or id. */
  readonly alias?: string | null;
}

/** A thread as the application sees it. */
export interface ThreadView extends RecordRef {
  readonly id: string;
  readonly name: string | null;
  readonly company: string | null;
  readonly alias: string | null;
  /** A mail to a routing alias made it, and its record is not known yet: `record_id` is the received mail's id. */
  readonly new: boolean;
  readonly followers: number;
  /** ISO 8601 UTC. */
  readonly created_at: string;
}

type Needs = Pick<Ports, "store" | "clock" | "random" | "operator">;

/**
 * Makes the thread of a record, or changes what is given of it.
 * @throws AppError invalid_parameter for a company or routing alias that the database does not have, or an alias of
 *   another model.
 */
export async function put(ports: Needs, version: Version, ref: RecordRef, input: ThreadInput): Promise<ThreadView> {
  assertRef(ref);
  const given = await checked(ports, version, ref, input);
  return retry(ports, isGone, async () => {
    const thread = await ensure(ports, version, { ...ref, ...given });
    const set = Object.fromEntries(
      Object.entries(given).filter(([field, value]) => thread[field as keyof typeof given] !== value),
    );
    if (Object.keys(set).length === 0) return view(thread);
    const item = await ports.store.write({
      update: keys.thread(version.id, thread.id),
      set,
      if: "attribute_exists(pk) AND attribute_not_exists(deleted_at)",
    });
    return view(item ? fromItem(item) : { ...thread, ...set });
  });
}

/** The thread of a record. @throws AppError not_found, invalid_parameter */
export async function get(ports: Pick<Ports, "store" | "clock">, { id }: Version, ref: RecordRef): Promise<ThreadView> {
  assertRef(ref);
  return view(await find(ports, id, ref));
}

/** Deleted meanwhile: it is made anew. */
const isGone = (error: unknown): boolean => error instanceof ConditionFailed;

type Given = Partial<Pick<ThreadRecord, "name" | "company" | "alias">>;

async function checked(ports: Needs, version: Version, ref: RecordRef, input: ThreadInput): Promise<Given> {
  const { name, company, alias } = input;
  if (company != null) {
    const { companies } = await load(ports, version);
    if (!companies.some(({ id }) => id === company)) throw refusal("company", "names no company of the database");
  }
  return {
    ...(name !== undefined && { name }),
    ...(company !== undefined && { company: company as Id<"company"> | null }),
    ...(alias !== undefined && { alias: alias === null ? null : await addressOf(ports, version.id, ref, alias) }),
  };
}

/** Answers to an alias of another model would make new records (R-IN-1): none would come back to the thread. */
async function addressOf(
  ports: Pick<Ports, "store">,
  db: string,
  { model }: RecordRef,
  named: string,
): Promise<string> {
  const address = isAddress(named) ? normalize(named) : await byId(ports, db, named);
  const alias = address === undefined ? undefined : (await among(ports, db, [address])).get(address);
  if (!alias) throw refusal("alias", "names no routing alias of the database");
  if (alias.model !== model) throw refusal("alias", `is of another model: give a routing alias of ${model}`);
  return alias.address;
}

async function byId({ store }: Pick<Ports, "store">, db: string, id: string): Promise<string | undefined> {
  const item = is("alias", id) ? await store.get(keys.aliasId(db, id), { consistent: true }) : undefined;
  return item && String(item["address"]);
}

/** What is shown of a thread. */
export function view(thread: ThreadRecord): ThreadView {
  const { id, model, record_id, name, company, alias, is_new = false, followers, created_at } = thread;
  return { id, model, record_id, name, company, alias, new: is_new, followers, created_at };
}

const refusal = (field: string, why: string): AppError =>
  new AppError("invalid_parameter", `\`${field}\` ${why}.`, { details: { field } });
