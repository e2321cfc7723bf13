import { mailId } from "../batch/record.ts";
import { redPartition } from "../dispatch/hand.ts";
import { type FailureType, fromItem, type State } from "../email/head.ts";
import { isOver } from "../email/lifetime.ts";
import { AppError } from "../error.ts";
import { type Id, is } from "../id.ts";
import * as keys from "../keys.ts";
import { fill, type Page } from "../page.ts";
import type { Ports } from "../ports/main.ts";
import { type AudienceRecord, toldOf } from "./audience.ts";
import type { Told } from "./told.ts";

/** The email that tells a follower of a message. */
export interface Notification {
  readonly email_id: Id<"email">;
  readonly address: string;
  readonly state: State;
  readonly failure_type: FailureType | null;
}

/** What became of telling a message. */
export interface Notifications extends Told {
  /** The first hundred of its emails, those in the red envelope before the others. */
  readonly data: readonly Notification[];
  readonly has_more: boolean;
}

/** Of a message, with whether one of its emails is in the red envelope (R-FAIL-3). */
export interface Shown {
  readonly notifications: Notifications;
  readonly attention: boolean;
}

type Needs = Pick<Ports, "store" | "clock">;

/** Emails shown with a message. */
const most = 100;

/** What is shown of telling some messages, in their order; undefined is one that nobody was to be told of. */
export async function of(
  ports: Needs,
  db: string,
  audiences: readonly (AudienceRecord | undefined)[],
): Promise<Shown[]> {
  const all = await Promise.all(audiences.map((record) => chosen(ports, db, record)));
  const heads = await read(
    ports,
    db,
    all.flatMap(({ ids }) => ids),
  );
  return all.map(({ told, ids, red, has_more }) => {
    const data = ids.map((id) => heads.get(id)).filter((one) => one !== undefined);
    return { notifications: { ...told, data, has_more }, attention: red.size > 0 };
  });
}

/** A page of all emails of a message, in the order of their ids. @throws AppError invalid_parameter */
export async function page(
  ports: Needs,
  db: string,
  record: AudienceRecord | undefined,
  { limit, after, before }: { readonly limit: number; readonly after?: string; readonly before?: string },
): Promise<Page<Notification>> {
  for (const cursor of [after, before])
    if (cursor !== undefined && !is("email", cursor))
      throw new AppError("invalid_parameter", "`after` and `before` take the id of an email.");
  const forward = before === undefined;
  const ids = forward ? idsOf(record) : idsOf(record).toReversed();
  const found = await fill({ limit, forward, start: after ?? before }, async (at) => {
    const rest = at === undefined ? ids : ids.filter((id) => (forward ? id > at : id < at));
    const stretch = rest.slice(0, limit + 1);
    const heads = await read(ports, db, stretch);
    const entries = stretch.flatMap((id) => {
      const entry = heads.get(id);
      return entry ? [{ id, entry }] : [];
    });
    return { read: stretch, found: entries, more: rest.length > stretch.length };
  });
  return { ...found, data: found.data.map(({ entry }) => entry) };
}

interface Chosen {
  readonly told: Told;
  readonly ids: readonly Id<"email">[];
  readonly red: ReadonlySet<string>;
  readonly has_more: boolean;
}

async function chosen({ store }: Needs, db: string, record: AudienceRecord | undefined): Promise<Chosen> {
  const ids = idsOf(record);
  const red = await redOf(store, db, ids);
  const ordered = [...ids.filter((id) => red.has(id)), ...ids.filter((id) => !red.has(id))];
  return { told: toldOf(record), ids: ordered.slice(0, most), red, has_more: ids.length > most };
}

/** Their ids follow from those of the batches; some were refused, and are no email. */
const idsOf = (record: AudienceRecord | undefined): Id<"email">[] =>
  (record?.batches ?? []).flatMap(({ id, n }) => Array.from({ length: n }, (_, place) => mailId(id, place))).toSorted();

/** Those of the ids (ascending) that are in the red envelope: one query over the stretch they are of. */
async function redOf(store: Ports["store"], db: string, ids: readonly string[]): Promise<Set<string>> {
  const [first, last] = [ids[0], ids.at(-1)];
  const found = new Set<string>();
  if (first === undefined || last === undefined) return found;
  const own = new Set(ids);
  // Both ends are within: what is shorter sorts before, what is longer behind
  const range = { index: "mark", pk: redPartition(db), above: first.slice(0, -1), below: `${last}~` } as const;
  let cursor: string | undefined;
  do {
    const { items, ...next } = await store.query({ ...range, ...(cursor !== undefined && { cursor }) });
    for (const { mark_sk } of items) if (own.has(String(mark_sk))) found.add(String(mark_sk));
    cursor = next.cursor;
  } while (cursor !== undefined);
  return found;
}

/** Emails that there are, by id. */
async function read(
  { store, clock }: Needs,
  db: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Notification>> {
  const items = ids.length === 0 ? [] : await store.batchGet(ids.map((id) => keys.emailHead(db, id)));
  const now = clock.now();
  const heads = items.filter((item) => !isOver(item, now)).map(fromItem);
  return new Map(
    heads.map(({ id, to = "", state, failure_type = null }) => [
      id,
      { email_id: id, address: to, state, failure_type },
    ]),
  );
}
