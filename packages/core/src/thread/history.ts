import type { Version } from "../database/version.ts";
import { inAnswer } from "../email/answer.ts";
import { isOver } from "../email/lifetime.ts";
import { AppError } from "../error.ts";
import { is } from "../id.ts";
import * as keys from "../keys.ts";
import { fill, type Page } from "../page.ts";
import type { Ports } from "../ports/main.ts";
import type { Item } from "../ports/store.ts";
import * as Audience from "./audience.ts";
import { get as findThread } from "./find.ts";
import * as Message from "./message.ts";
import * as Notifications from "./notifications.ts";
import type { RecordRef, ThreadRecord } from "./record.ts";
import { assertRef } from "./ref.ts";
import { type limits, type MessageView, view } from "./view.ts";

/** Which messages, oldest first. */
export interface HistoryQuery {
  readonly limit: number;
  /** A message's id: those after it. */
  readonly after?: string;
  /** A message's id: those before it. */
  readonly before?: string;
}

type Needs = Pick<Ports, "store" | "blobs" | "clock">;

/**
 * A page of the messages of a record, oldest first, each with what became of telling it. Where they are large, a page has
 * fewer than asked for, and `has_more`.
 * @throws AppError not_found; invalid_parameter for a cursor that is no id of a message.
 */
export async function list(
  ports: Needs,
  { id: db }: Version,
  ref: RecordRef,
  query: HistoryQuery,
): Promise<Page<MessageView>> {
  assertRef(ref);
  for (const cursor of [query.after, query.before])
    if (cursor !== undefined && !is("message", cursor))
      throw new AppError("invalid_parameter", "`after` and `before` take the id of a message.");
  const thread = await findThread(ports, db, ref);
  const page = await items(ports, thread, query);
  return fitting(page, await show(ports, thread, page.data, "list"), query.before === undefined);
}

/** One message of a record. @throws AppError not_found, invalid_parameter */
export async function get(ports: Needs, version: Version, ref: RecordRef, id: string): Promise<MessageView> {
  const { thread, item } = await find(ports, version, ref, id);
  const [message] = await show(ports, thread, [item], "one");
  if (message) return message;
  throw unknown();
}

/** A message of a record, and its thread. @throws AppError not_found, invalid_parameter */
export async function find(
  ports: Pick<Ports, "store" | "clock">,
  { id: db }: Version,
  ref: RecordRef,
  id: string,
): Promise<{ readonly thread: ThreadRecord; readonly item: Item }> {
  assertRef(ref);
  const thread = await findThread(ports, db, ref);
  const item = is("message", id) ? await Message.find(ports, db, thread.id, id) : undefined;
  if (item) return { thread, item };
  throw unknown();
}

/** A page of the emails that tell of a message. @throws AppError not_found, invalid_parameter */
export async function notifications(
  ports: Needs,
  version: Version,
  ref: RecordRef,
  id: string,
  query: HistoryQuery,
): Promise<Page<Notifications.Notification>> {
  const { item } = await find(ports, version, ref, id);
  const { thread, id: message } = Message.fromItem(item);
  const record = await Audience.find(ports, { database: version.id, thread, message });
  return Notifications.page(ports, version.id, record, query);
}

const unknown = (): AppError =>
  new AppError("not_found", "The thread of this record has no such message: look at the list.");

/** The items of a page. */
async function items(
  { store, clock }: Needs,
  { database, id }: ThreadRecord,
  { limit, after, before }: HistoryQuery,
): Promise<Page<Item & { readonly id: string }>> {
  const forward = before === undefined;
  const { pk } = keys.thread(database, id);
  const now = clock.now();
  return fill({ limit, forward, start: after ?? before }, async (at) => {
    const bound = at === undefined ? {} : { [forward ? "above" : "below"]: keys.message(database, id, at).sk };
    const range = { prefix: keys.messagePrefix, ...bound, descending: !forward, limit: limit + 1 };
    const page = await store.query({ pk, ...range, consistent: true });
    const read = page.items.map((item) => ({ ...item, id: item.sk.slice(keys.messagePrefix.length) }));
    return {
      read: read.map((item) => item.id),
      found: read.filter((item) => !isOver(item, now)),
      more: page.cursor !== undefined,
    };
  });
}

async function show(
  ports: Needs,
  thread: ThreadRecord,
  found: readonly Item[],
  as: keyof typeof limits,
): Promise<MessageView[]> {
  const messages = found.map(Message.fromItem);
  const wanted = messages.map(({ id }) => keys.audience(thread.database, thread.id, id));
  const audiences = wanted.length === 0 ? [] : await ports.store.batchGet(wanted, { consistent: true });
  const byKey = new Map(audiences.map((item) => [item.sk, Audience.fromItem(item)]));
  const told = await Notifications.of(
    ports,
    thread.database,
    wanted.map(({ sk }) => byKey.get(sk)),
  );
  return Promise.all(found.map((item, n) => view(ports, thread, item, told[n], as)));
}

/** As much of a page as one answer can carry: from the end where reading began. */
function fitting(page: Page<unknown>, all: readonly MessageView[], forward: boolean): Page<MessageView> {
  const ordered = forward ? all : all.toReversed();
  const kept: MessageView[] = [];
  let left = inAnswer;
  for (const message of ordered) {
    left -= Buffer.byteLength(JSON.stringify(message));
    if (left < 0 && kept.length > 0) break;
    kept.push(message);
  }
  if (kept.length === all.length) return { ...page, data: all };
  return { data: forward ? kept : kept.toReversed(), has_more: true, cursor: kept.at(-1)?.id ?? null };
}
