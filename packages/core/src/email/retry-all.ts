import { isBusy } from "../configuration/commit.ts";
import type { Version } from "../database/version.ts";
import { attention, redPartition } from "../dispatch/hand.ts";
import { AppError, type ErrorName } from "../error.ts";
import { is } from "../id.ts";
import { forget, type Idempotency, read } from "../idempotency/claim.ts";
import { type Claims, once } from "../idempotency/once.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { retry as patiently } from "../retry.ts";
import { type FailureType, fromItem, type Head, type State } from "./head.ts";
import { recipientsOf } from "./list.ts";
import { type Retried, retry } from "./retry.ts";
import { everyone } from "./retryable.ts";

/** Which failures are tried again. */
export interface Filter {
  readonly status?: Extract<State, "failed" | "bounced">;
  readonly failure_type?: FailureType;
  /** An email's id: those accepted after it. */
  readonly after?: string;
}

/** What became of a call; with `has_more`, the next begins `after` the cursor. */
export interface AllRetried {
  readonly data: readonly Retried[];
  readonly refused: readonly { readonly id: string; readonly name: ErrorName; readonly message: string }[];
  readonly has_more: boolean;
  readonly cursor: string | null;
}

/** Emails tried again, or refused, by one call. */
const most = 100;
/** Emails looked at by one call, and at a time. */
const looked = 500;
const page = 100;
/** How long a call goes on, in ms. */
const patience = 20_000;

/** What an answer comes to at most, in characters: it is kept in an item of 400 KB. */
const largest = 200_000;

/** Refusals that the next email would meet as well. */
const general: readonly ErrorName[] = ["daily_quota_exceeded", "limit_unavailable", "database_paused", "not_found"];

/** A call as its key remembers it: the answer; before it is there, the emails that are to be looked at. */
type Call = AllRetried & { readonly todo?: readonly string[] };

/** What a call is asked. */
interface Asked {
  readonly version: Version;
  readonly filter: Filter;
  readonly key: Idempotency | undefined;
  /** Another process has begun this call, and what it did is not to be done again. */
  readonly resumed: boolean;
}

/**
 * Tries again what is in the red envelope (R-FAIL-3), oldest first, at most 100 emails a call: of each the recipients
 * that the filter names. One that cannot be is named with its reason; at the daily limit the call ends, and says where
 * to go on.
 * @param key a call asked again with it gets the first answer, and tries nothing again that has failed since; one that
 *   was cut short goes on with the emails it had begun with.
 * @throws AppError invalid_parameter for a cursor that is no email id; what refuses the first of all;
 *   invalid_idempotent_request; concurrent_idempotent_requests while the first call is under way.
 */
export async function retryAll(ports: Ports, version: Version, filter: Filter, key?: Idempotency): Promise<AllRetried> {
  if (filter.after !== undefined && !is("email", filter.after))
    throw new AppError("invalid_parameter", "`after` takes the id of an email.");
  const asked = { version, filter, key };
  return once<Call>(ports, version.id, key, (claims) => begin(ports, asked, claims), {
    resume: (call) => go(ports, { ...asked, resumed: true }, call),
  });
}

async function begin(ports: Ports, asked: Omit<Asked, "resumed">, claims: Claims<Call>): Promise<AllRetried> {
  const { version, filter } = asked;
  const todo = await marked(ports, version, filter.after);
  const call: Call = { data: [], refused: [], has_more: todo.length >= looked, cursor: null, todo };
  const claim = await claims(call);
  const token = Buffer.from(ports.random.bytes(16)).toString("hex");
  if (claim.length > 0) await patiently(ports, isBusy, () => ports.store.transact(claim, token));
  return go(ports, { ...asked, resumed: false }, call);
}

/** The work. A refusal is not remembered: the key is free again. */
async function go(ports: Ports, asked: Asked, call: Call): Promise<AllRetried> {
  try {
    return await tryEach(ports, asked, call);
  } catch (error) {
    if (asked.key && error instanceof AppError) await forget(ports, asked.version.id, asked.key.key);
    throw error;
  }
}

async function tryEach(ports: Ports, asked: Asked, { todo = [], has_more: more }: Call): Promise<AllRetried> {
  const data: Retried[] = [];
  const refused: AllRetried["refused"][number][] = [];
  const until = ports.clock.now() + patience;
  let cursor: string | null = asked.filter.after ?? null;
  let size = 0;
  for await (const { id, head } of candidates(ports, asked.version, todo)) {
    if (data.length + refused.length >= most || size >= largest || ports.clock.now() >= until)
      return { data, refused, has_more: true, cursor };
    try {
      const retried = await tryOne(ports, asked, id, head);
      if (retried) data.push(retried);
      size += retried ? JSON.stringify(retried).length : 0;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (general.includes(error.name) && data.length + refused.length === 0) throw error;
      const refusal = { id, name: error.name, message: error.message };
      refused.push(refusal);
      size += JSON.stringify(refusal).length;
      if (general.includes(error.name)) return { data, refused, has_more: true, cursor };
    }
    cursor = id;
  }
  return { data, refused, has_more: more, cursor: more ? cursor : null };
}

/** @returns undefined where nothing of it is to be tried again. */
async function tryOne(
  ports: Ports,
  { version, filter, key, resumed }: Asked,
  id: string,
  head: Head | undefined,
): Promise<Retried | undefined> {
  // No header can hold a line end: it is nobody's own key
  const own = key && { key: `${key.key}\n${id}`, hash: key.hash };
  const addresses = head ? await matching(ports, head, filter) : [];
  if (addresses.length > 0) return retry(ports, version, id, addresses, own);
  return resumed && own ? (await read<Retried>(ports, version.id, own))?.answer : undefined;
}

/** The ids in the envelope, oldest first: as many as one call looks at. */
async function marked({ store }: Ports, { id: db }: Version, after: string | undefined): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < looked) {
    const above = ids.at(-1) ?? after;
    const from = above === undefined ? {} : { above };
    const { items } = await store.query({ index: "mark", pk: redPartition(db), ...from, limit: page });
    ids.push(...items.map((item) => String(item["mark_sk"])));
    if (items.length < page) return ids;
  }
  return ids;
}

/** The emails with their heads, read as they come up; without a head where one is no longer in the envelope. */
async function* candidates(
  { store }: Ports,
  { id: db }: Version,
  ids: readonly string[],
): AsyncGenerator<{ id: string; head: Head | undefined }> {
  for (let n = 0; n < ids.length; n += page) {
    const some = ids.slice(n, n + page);
    const found = await store.batchGet(
      some.map((id) => keys.emailHead(db, id)),
      { consistent: true },
    );
    const heads = new Map(found.map((item) => [fromItem(item).id as string, fromItem(item)]));
    for (const id of some) {
      const head = heads.get(id);
      yield { id, head: head?.mark_pk === (head && attention(head).mark_pk) ? head : undefined };
    }
  }
}

/** The addresses that the filter names. */
async function matching({ store }: Ports, head: Head, { status, failure_type }: Filter): Promise<string[]> {
  const recipients = head.recipients > 1 ? await recipientsOf(store, head) : [];
  return everyone({ head, recipients })
    .filter(({ state }) => (status === undefined ? state === "failed" || state === "bounced" : state === status))
    .filter((one) => failure_type === undefined || one.failure_type === failure_type)
    .map(({ address }) => address);
}
