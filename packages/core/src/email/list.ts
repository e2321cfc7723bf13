import { normalize } from "../address/address.ts";
import type { Version } from "../database/version.ts";
import { isRed, redPartition } from "../dispatch/hand.ts";
import { AppError } from "../error.ts";
import { is, timeOf } from "../id.ts";
import * as keys from "../keys.ts";
import { fill, type Page } from "../page.ts";
import type { Ports } from "../ports/main.ts";
import type { Index, Item, Store } from "../ports/store.ts";
import { recipientPartition } from "./draft.ts";
import { listPartition, listShards } from "./due.ts";
import { fromItem, type Head, type Kind, type Recipient, type State } from "./head.ts";
import { isOver } from "./lifetime.ts";
import { lastEvent, statesOf, statusOf } from "./status.ts";

/** Which emails, newest first. */
export interface ListQuery {
  readonly limit: number;
  /** An email's id: those older than it. */
  readonly after?: string;
  /** An email's id: those newer than it. */
  readonly before?: string;
  readonly status?: State;
  readonly kind?: Kind;
  readonly server?: string;
  readonly recipient?: string;
  readonly attention?: boolean;
}

/** An email in a list. */
export interface EmailSummary {
  readonly id: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
  readonly subject: string;
  readonly created_at: string;
  readonly scheduled_at: string | null;
  readonly status: State;
  readonly last_event: string;
  readonly kind: Kind;
  readonly server: string | null;
  readonly rule: string;
  readonly attention: boolean;
  /** Kept to be looked at, and sent to nobody. */
  readonly captured: boolean;
}

/**
 * A page of a database's emails, newest first. Filters read at most 2,000 emails a call; `cursor` goes on from there.
 * @throws AppError invalid_parameter for a cursor that is no email id.
 */
export async function list(
  ports: Pick<Ports, "store" | "clock">,
  version: Version,
  query: ListQuery,
): Promise<Page<EmailSummary>> {
  const { limit, after, before } = query;
  for (const cursor of [after, before])
    if (cursor !== undefined && !is("email", cursor))
      throw new AppError("invalid_parameter", "`after` and `before` take the id of an email.");
  const forward = before === undefined;
  const most = Math.max(limit + 1, 25);
  return fill({ limit, forward, start: forward ? after : before }, async (cursor) => {
    const ids = await idsFrom(ports, version, query, cursor, forward, most);
    const found = (await summaries(ports, version.id, ids)).filter((email) => passes(email, query));
    return { read: ids, found, more: ids.length >= most };
  });
}

const passes = (email: EmailSummary, { status, kind, server, attention }: ListQuery): boolean =>
  (status === undefined || email.status === status) &&
  (kind === undefined || email.kind === kind) &&
  (server === undefined || email.server === server) &&
  (attention === undefined || email.attention === attention);

/** The next ids after the cursor, in the direction of reading. */
function idsFrom(
  ports: Pick<Ports, "store" | "clock">,
  version: Version,
  query: ListQuery,
  cursor: string | undefined,
  forward: boolean,
  limit: number,
): Promise<string[]> {
  const one = (index: Index, pk: string) => ids(ports.store, index, pk, cursor, forward, limit);
  if (query.recipient !== undefined) return one("recipient", recipientPartition(version, normalize(query.recipient)));
  if (query.attention === true) return one("mark", redPartition(version.id));
  if (query.status === "held") return fromLine(ports.store, version.id, query.kind, { cursor, forward, limit });
  return byMonth(ports, version, cursor, forward, limit);
}

/** Held mail stands in line by kind and age: both kinds merged (R-LIM-4). */
async function fromLine(
  store: Store,
  db: string,
  only: Kind | undefined,
  { cursor, forward, limit }: { cursor: string | undefined; forward: boolean; limit: number },
): Promise<string[]> {
  const kinds: readonly Kind[] = only === undefined ? ["transactional", "mass"] : [only];
  const pages = kinds.map(async (kind) => {
    const { pk, sk: prefix } = keys.linePlace(db, "platform", kind, "");
    const bound = cursor === undefined ? {} : { [forward ? "below" : "above"]: `${prefix}${cursor}` };
    const { items } = await store.query({ pk, prefix, ...bound, descending: forward, limit, consistent: true });
    return items.map(({ id }) => String(id));
  });
  const found = (await Promise.all(pages)).flat().sort((a, b) => (forward === a > b ? -1 : 1));
  return found.slice(0, limit);
}

/** Month by month, the partitions of one merged. */
async function byMonth(
  { store, clock }: Pick<Ports, "store" | "clock">,
  version: Version,
  cursor: string | undefined,
  forward: boolean,
  limit: number,
): Promise<string[]> {
  const first = startOfMonth(Date.parse(version.created_at));
  const last = startOfMonth(clock.now());
  const found: string[] = [];
  let month = startOfMonth(cursor === undefined ? clock.now() : timeOf(cursor));
  while (found.length < limit && month >= first && month <= last) {
    const at = month;
    const pages = await Promise.all(
      Array.from({ length: listShards }, (_, shard) =>
        ids(store, "list", listPartition(version.id, at, shard), cursor, forward, limit),
      ),
    );
    found.push(...pages.flat().sort((a, b) => (forward === a > b ? -1 : 1)));
    month = nextMonth(month, forward ? -1 : 1);
  }
  return found.slice(0, limit);
}

const startOfMonth = (at: number): number => Date.parse(`${new Date(at).toISOString().slice(0, 7)}-01T00:00:00Z`);

function nextMonth(month: number, step: 1 | -1): number {
  const date = new Date(month);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + step, 1);
}

async function ids(
  store: Store,
  index: Index,
  pk: string,
  cursor: string | undefined,
  forward: boolean,
  limit: number,
): Promise<string[]> {
  const bound = cursor === undefined ? {} : forward ? { below: cursor } : { above: cursor };
  const { items } = await store.query({ index, pk, ...bound, descending: forward, limit });
  return items.map((item) => String(item[`${index}_sk`]));
}

async function summaries(
  { store, clock }: Pick<Ports, "store" | "clock">,
  db: string,
  list: readonly string[],
): Promise<EmailSummary[]> {
  const stored = await store.batchGet(list.map((id) => keys.emailHead(db, id)));
  const now = clock.now();
  const items = stored.filter((item) => !isOver(item, now));
  const heads = new Map(items.map((item) => [fromItem(item).id as string, fromItem(item)]));
  const found = list.map((id) => heads.get(id)).filter((head) => head !== undefined);
  return Promise.all(found.map((head) => summary(store, head)));
}

async function summary(store: Store, head: Head): Promise<EmailSummary> {
  const { id, from, subject, created_at, scheduled_at = null, kind, server, rule } = head;
  const recipients = head.recipients > 1 ? await recipientsOf(store, head) : [];
  const status = statusOf(statesOf(head, recipients));
  const of = (field: string) =>
    head.recipients > 1
      ? recipients.filter((recipient) => recipient.field === field).map(({ address }) => address)
      : head.to !== undefined && (head.field ?? "to") === field
        ? [head.to]
        : [];
  return {
    id,
    from,
    to: of("to"),
    cc: of("cc"),
    bcc: of("bcc"),
    subject,
    created_at,
    scheduled_at,
    status,
    last_event: lastEvent(status),
    kind,
    server,
    rule,
    attention: isRed(head),
    captured: head.captured ?? false,
  };
}

/** The recipient items of an email with several. */
export async function recipientsOf(
  store: Store,
  { database, id }: Pick<Head, "database" | "id">,
): Promise<Recipient[]> {
  const all = { pk: keys.emailHead(database, id).pk, prefix: keys.recipientPrefix, consistent: true };
  const found: Item[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.query({ ...all, ...(cursor !== undefined && { cursor }) });
    found.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found as unknown as Recipient[];
}
