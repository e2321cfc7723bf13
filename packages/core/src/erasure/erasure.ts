import * as Address from "../address/address.ts";
import * as Audit from "../audit/entry.ts";
import type { PageOf } from "../audit/list.ts";
import { isBusy } from "../configuration/commit.ts";
import type { Version } from "../database/version.ts";
import { recipientPartition } from "../email/draft.ts";
import { due } from "../email/due.ts";
import { isOver } from "../email/lifetime.ts";
import { AppError } from "../error.ts";
import { type Id, is, make } from "../id.ts";
import type { Idempotency } from "../idempotency/claim.ts";
import { once } from "../idempotency/once.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { retry } from "../retry.ts";
import { type ErasureRecord, type ErasureView, fromItem, nothing, view } from "./record.ts";
import { owner, run } from "./run.ts";

/** How long one call erases, in ms: below the API function's time-out. */
const patience = 10_000;
/** How long its report is kept, in days: as long as the audit trail. */
const days = 400;

/** What is to be erased. */
export interface ErasureInput {
  /** One bare address. */
  readonly address: string;
  /** Its suppression and opt-out too: then it may be mailed again. */
  readonly suppressions?: boolean | undefined;
}

/**
 * Erases what is stored of one recipient's address in a database (GDPR, Article 17): mail to it that waits is canceled
 * first, mail to it alone goes but for a blank head, of mail to others as well they keep theirs. Suppression and opt-out
 * stay, unless they are to go too, for without them it would be mailed again. What one call does not get through, the
 * tick does. It may be asked for again at any time; what is made after it was asked for is not erased.
 * @param key erases once for an idempotency key; neither address nor hash of it is kept readable with that.
 * @throws AppError invalid_parameter for what is no address; not_found in a database that is being deleted.
 */
export async function erase(
  ports: Ports,
  version: Version,
  input: ErasureInput,
  key?: Idempotency,
): Promise<ErasureView> {
  if (!Address.isAddress(input.address.trim()))
    throw new AppError("invalid_parameter", "`address` is to be one bare address, as joe@example.net.", {
      details: { field: "address" },
    });
  if (version.status === "deleting") throw new AppError("not_found", "The database is being deleted.");
  const order = await draft(ports, version, input);
  const goOn = ({ id }: Pick<ErasureView, "id">) => goOnWith(ports, version.id, id);
  return once<ErasureView>(
    ports,
    version.id,
    key,
    async (claims) => {
      const change = { noun: "erasure", id: order.id, action: "create", before: null } as const;
      const after = { address_hash: order.address_hash, suppressions: order.suppressions };
      const takenUp = due(order.id, ports.clock.now() + ports.operator.waits.recovery * 1000);
      const put = { ...keys.erasure(version.id, order.id), ...order, due_n: 0, ...takenUp };
      const claim = await claims(view(order));
      const writes = [{ put }, ...claim, ...Audit.put(ports, version.id, [{ ...change, after }])];
      await retry(ports, isBusy, () => ports.store.transact(writes));
      return goOn(order);
    },
    { sealed: true, resume: goOn },
  );
}

async function draft(ports: Ports, version: Version, input: ErasureInput): Promise<ErasureRecord> {
  const id = make("erasure", ports);
  const now = ports.clock.now();
  const address = input.address.trim();
  const partition = recipientPartition(version, Address.normalize(address));
  return {
    id,
    database: version.id,
    status: "running",
    address_hash: partition.slice(partition.lastIndexOf("#") + 1),
    created_at: new Date(now).toISOString(),
    completed_at: null,
    swept_at: null,
    waiting: 0,
    removed: nothing,
    kept: { suppressions: 0, opt_outs: 0 },
    suppressions: input.suppressions ?? false,
    sealed: await ports.vault.seal(address, owner(version.id, id)),
    stage: 0,
    passes: 0,
    rev: 0,
    expires_at: Math.floor(now / 1000) + days * 86_400,
  };
}

/** The order stands: what fails from here on is the tick's to go on with. */
async function goOnWith(ports: Ports, database: Id<"database">, id: Id<"erasure">): Promise<ErasureView> {
  try {
    const record = await run(ports, database, id, ports.clock.now() + patience);
    if (record) return view(record);
  } catch (error) {
    ports.log.warn("an erasure is not through, the tick goes on", { operation: "erasure", database, code: id, error });
  }
  return get(ports, database, id);
}

/**
 * How far an erasure is.
 * @throws AppError not_found, also for one of another database.
 */
export async function get(ports: Pick<Ports, "store" | "clock">, db: string, id: string): Promise<ErasureView> {
  const item = is("erasure", id) ? await ports.store.get(keys.erasure(db, id), { consistent: true }) : undefined;
  if (!item || isOver(item, ports.clock.now()))
    throw new AppError("not_found", "There is no erasure with this id in this database.");
  return view(fromItem(item));
}

/** Erasures of a database, newest first; their reports are kept for 400 days. */
export async function list(
  ports: Pick<Ports, "store" | "clock">,
  db: string,
  { limit, after, before }: PageOf,
): Promise<{ data: ErasureView[]; has_more: boolean }> {
  const { pk } = keys.erasure(db, "");
  const of = (id: string) => keys.erasure(db, id).sk;
  const bounds =
    before === undefined
      ? { descending: true, ...(after !== undefined && { below: of(after) }) }
      : { above: of(before) };
  const found = await ports.store.query({
    pk,
    prefix: keys.erasurePrefix,
    ...bounds,
    limit: limit + 1,
    consistent: true,
  });
  const now = ports.clock.now();
  const data = found.items
    .slice(0, limit)
    .filter((item) => !isOver(item, now))
    .map((item) => view(fromItem(item)));
  return { data: before === undefined ? data : data.toReversed(), has_more: found.items.length > limit };
}
