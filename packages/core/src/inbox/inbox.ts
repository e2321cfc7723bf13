import { normalize } from "../address/address.ts";
import { isOver } from "../email/lifetime.ts";
import { AppError } from "../error.ts";
import { type Id, is } from "../id.ts";
import * as keys from "../keys.ts";
import { fill, type Page } from "../page.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Item } from "../ports/store.ts";
import * as Thread from "../thread/find.ts";
import type { Author, MessageRecord, ThreadRecord } from "../thread/record.ts";
import { fromItem, type InboxRecord } from "./entry.ts";

/** What a user is told, with the message in short. */
export interface EntryView {
  readonly id: Id<"inbox">;
  readonly user: string;
  readonly created_at: string;
  /** Null = not yet. */
  readonly read_at: string | null;
  readonly thread: Pick<ThreadRecord, "model" | "record_id" | "name">;
  readonly message: {
    readonly id: Id<"message">;
    readonly author: Author;
    readonly subject: string | null;
    readonly subtype: string;
    /** What it says, at most 200 characters. */
    readonly excerpt: string;
  };
}

/** Whose inbox, newest first. */
export interface InboxQuery {
  readonly user: string;
  /** Only what was not read. */
  readonly unread?: boolean;
  readonly limit: number;
  /** An entry's id: those older than it. */
  readonly after?: string;
  /** An entry's id: those newer than it. */
  readonly before?: string;
}

type Needs = Pick<Ports, "store" | "clock">;

/**
 * A page of a user's inbox (R-NOT-1), newest first. What tells of a message that is gone is left out. A filter reads at
 * most 2,000 entries a call; `cursor` goes on from there.
 * @throws AppError invalid_parameter for a cursor that is no id of an entry.
 */
export async function list(ports: Needs, db: string, query: InboxQuery): Promise<Page<EntryView>> {
  const { limit, after, before, unread = false } = query;
  for (const cursor of [after, before])
    if (cursor !== undefined && !is("inbox", cursor))
      throw new AppError("invalid_parameter", "`after` and `before` take the id of an entry of the inbox.");
  const forward = before === undefined;
  const { pk } = keys.inbox(db, normalize(query.user), "");
  return fill({ limit, forward, start: after ?? before }, async (at) => {
    const bound = at === undefined ? {} : { [forward ? "below" : "above"]: at };
    const range = { ...bound, descending: forward, limit: limit + 1 };
    const { items, cursor } = await ports.store.query({ pk, ...range, consistent: true });
    const now = ports.clock.now();
    const entries = items.filter((item) => !isOver(item, now)).map(fromItem);
    const wanted = entries.filter(({ read_at }) => !unread || read_at === null);
    return { read: items.map(({ sk }) => sk), found: await shown(ports, db, wanted), more: cursor !== undefined };
  });
}

/**
 * The user has read it. Repeated, it answers the same.
 * @throws AppError not_found, also for an entry of another database.
 */
export async function read(ports: Needs, db: string, id: string): Promise<EntryView> {
  const owner = is("inbox", id) ? await ports.store.get(keys.inboxId(db, id), { consistent: true }) : undefined;
  if (!owner) throw unknown();
  const key = keys.inbox(db, String(owner["user"]), id);
  await mark(ports, key);
  const item = await ports.store.get(key, { consistent: true });
  if (!item || isOver(item, ports.clock.now())) throw unknown();
  const [entry] = await shown(ports, db, [fromItem(item)]);
  if (entry) return entry;
  throw unknown();
}

/** The first time counts. */
async function mark({ store, clock }: Needs, key: { pk: string; sk: string }): Promise<void> {
  try {
    await store.write({
      update: key,
      set: { read_at: new Date(clock.now()).toISOString() },
      if: "attribute_exists(pk) AND attribute_not_exists(read_at)",
    });
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
}

const unknown = (): AppError =>
  new AppError("not_found", "There is no such entry in an inbox of this database: look at the list.");

/** Entries with what they tell of; those are left out of which that is gone. */
async function shown({ store, clock }: Needs, db: string, entries: readonly InboxRecord[]): Promise<EntryView[]> {
  if (entries.length === 0) return [];
  const threads = [...new Set(entries.map(({ thread }) => thread))].map((id) => keys.thread(db, id));
  const messages = entries.map(({ thread, message }) => keys.message(db, thread, message));
  const items = await store.batchGet([...threads, ...messages]);
  const now = clock.now();
  const live = items.filter((item) => !isOver(item, now) && !("deleted_at" in item));
  const found = new Map(live.map((item) => [`${item.pk}/${item.sk}`, item]));
  const of = ({ pk, sk }: { pk: string; sk: string }): Item | undefined => found.get(`${pk}/${sk}`);
  return entries.flatMap((entry) => {
    const [thread, message] = [of(keys.thread(db, entry.thread)), of(keys.message(db, entry.thread, entry.message))];
    return thread && message ? [view(entry, Thread.fromItem(thread), message as unknown as MessageRecord)] : [];
  });
}

function view(entry: InboxRecord, thread: ThreadRecord, message: MessageRecord): EntryView {
  const { thread: _thread, message: _message, ...own } = entry;
  const { model, record_id, name } = thread;
  const { id, author, subject, subtype, excerpt } = message;
  return { ...own, thread: { model, record_id, name }, message: { id, author, subject, subtype, excerpt } };
}
