import * as Audit from "../audit/diff.ts";
import type { Change } from "../audit/entry.ts";
import { commit } from "../configuration/commit.ts";
import type { Version } from "../database/version.ts";
import { due } from "../email/due.ts";
import { AppError } from "../error.ts";
import * as Id from "../id.ts";
import type { Idempotency } from "../idempotency/claim.ts";
import { type Claims, once } from "../idempotency/once.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { isRefused, type Update } from "../ports/store.ts";
import * as Secret from "../server/secret.ts";
import { draft, type IncomingInput } from "./draft.ts";
import { type Chosen, fresh, fromItem, type IncomingRecord, reached, unread } from "./record.ts";
import { chosen, type IncomingView, view } from "./view.ts";

/** Incoming servers of a database at most. */
export const maximum = 20;

type Reads = Pick<Ports, "store" | "clock">;
type Writes = Reads & Pick<Ports, "random" | "actor" | "vault">;

/** The incoming servers of a database, newest first. */
export async function list({ store, clock }: Reads, version: Version): Promise<IncomingView[]> {
  const { pk } = keys.incomingServer(version.id, "");
  const { items } = await store.query({ pk, prefix: "inc_", descending: true, consistent: true });
  return items.map((item) => view(fromItem(item), version, clock.now()));
}

/** @throws AppError not_found */
export async function get(ports: Reads, version: Version, id: string): Promise<IncomingView> {
  return view(await find(ports, version, id), version, ports.clock.now());
}

/** The record of an incoming server, read strongly. @throws AppError not_found */
export async function find({ store }: Pick<Ports, "store">, version: Version, id: string): Promise<IncomingRecord> {
  const known = Id.is("incoming_server", id);
  const item = known ? await store.get(keys.incomingServer(version.id, id), { consistent: true }) : undefined;
  if (!item) throw notFound();
  return fromItem(item);
}

const notFound = (cause?: unknown): AppError =>
  new AppError("not_found", "The database has no such incoming server.", { cause });

/**
 * Makes an incoming server (R-IN-8), to be looked into at once. Its secrets are sealed for it in the same transaction
 * and never answered.
 * @param key makes it once for an idempotency key.
 * @throws AppError as `draft` and `secrets` do; conflict when there are 20.
 */
export const create = (
  ports: Writes,
  version: Version,
  input: IncomingInput,
  key?: Idempotency,
): Promise<IncomingView> =>
  // The request holds secrets, which its hash must not tell
  once(ports, version.id, key, (claims) => createOne(ports, version, input, claims), { sealed: true });

async function createOne(
  ports: Writes,
  version: Version,
  input: IncomingInput,
  claims: Claims<IncomingView>,
): Promise<IncomingView> {
  const id = Id.make("incoming_server", ports);
  const now = ports.clock.now();
  const asked = draft(input);
  const secrets = Secret.secrets(reached({ ...asked, id }), input);
  const made: Chosen = { ...asked, secrets_set: secrets.secrets_set };
  const record = { id, database: version.id, ...made, ...fresh, rev: 1, created_at: new Date(now).toISOString() };
  const item = { ...keys.incomingServer(version.id, id), ...record, ...(made.active && due(id, now)) };
  const shown = view(fromItem(item), version, now);
  const sealed = await Secret.seal(ports, version.id, reached(record), secrets);
  const writes = [count(version.id), { put: item }, ...sealed, ...(await claims(shown))];
  try {
    await commit(ports, version.id, writes, {}, [
      { noun: "incoming_server", id, action: "create", before: null, after: { ...chosen(record) } },
      { noun: "secret", id, action: "update" },
    ]);
  } catch (error) {
    if (!isRefused(error)) throw error;
    throw new AppError("conflict", `There are at most ${maximum} incoming servers: delete one first.`, {
      cause: error,
    });
  }
  return shown;
}

const count = (db: string): Update => ({
  update: keys.incomingServerCount(db),
  add: { servers: 1 },
  if: "attribute_not_exists(#servers) OR #servers < :maximum",
  values: { maximum },
});

/**
 * Changes an incoming server. One that is reached otherwise, or begins again, begins without its failures and at once;
 * one that leads to another mailbox is read from its unread mail on. A poll under way ends.
 * @throws AppError not_found; as {@link create}; conflict when others are changing it.
 */
export async function patch(ports: Writes, version: Version, id: string, input: IncomingInput): Promise<IncomingView> {
  const before = await find(ports, version, id);
  const asked = draft(input, before);
  const [was, is] = [reached(before), reached({ ...asked, id: before.id })];
  const secrets = Secret.secrets(is, input, was);
  const after: Chosen = { ...asked, secrets_set: secrets.secrets_set };
  const changed = Audit.compare({ ...chosen(before) }, { ...chosen(after) });
  const sealed = await Secret.seal(ports, version.id, is, secrets, was);
  if (!changed && sealed.length === 0) return view(before, version, ports.clock.now());
  const audited: Change[] = [
    ...(changed ? [{ noun: "incoming_server", id, action: "update", ...changed } as const] : []),
    ...(secrets.changed ? [{ noun: "secret", id, action: "update" } as const] : []),
  ];
  const update = updateOf(ports.clock.now(), before, after, Secret.reachedAnew(was, is, input));
  try {
    await commit(ports, version.id, [update, ...sealed], {}, audited);
  } catch (error) {
    if (!isRefused(error)) throw error;
    throw new AppError("conflict", "The incoming server is being changed by others: try again.", { cause: error });
  }
  return get(ports, version, id);
}

function updateOf(now: number, before: IncomingRecord, after: Chosen, anew: boolean): Update {
  const elsewhere = (["host", "port", "username", "mailbox"] as const).some((name) => before[name] !== after[name]);
  const begins = after.active && (anew || elsewhere || !before.active);
  const leaving = !after.active ? ["due_pk", "due_sk", "due_n"] : [];
  return {
    update: keys.incomingServer(before.database, before.id),
    set: {
      ...chosen(after),
      rev: before.rev + 1,
      ...(elsewhere && unread),
      ...((begins || elsewhere) && { failures: 0, failing_since: null, last_error: null, begun: 0 }),
      ...(begins && due(before.id, now)),
    },
    remove: ["lease", "lease_until", ...leaving],
    if: "#rev = :rev",
    values: { rev: before.rev },
  };
}

/** Deletes an incoming server and its secrets; what is in its mailbox stays there. @throws AppError not_found */
export async function remove(ports: Writes, version: Version, id: string): Promise<void> {
  const before = { ...chosen(await find(ports, version, id)) };
  const writes = [
    { delete: keys.incomingServer(version.id, id), if: "attribute_exists(pk)" },
    { delete: keys.secret(version.id, id) },
    { update: keys.incomingServerCount(version.id), add: { servers: -1 } },
  ];
  try {
    await commit(ports, version.id, writes, {}, [
      { noun: "incoming_server", id, action: "delete", before, after: null },
    ]);
  } catch (error) {
    if (!isRefused(error)) throw error;
    throw notFound(error);
  }
}
