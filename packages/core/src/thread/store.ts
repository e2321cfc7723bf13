import { normalize } from "../address/address.ts";
import { isBusy } from "../configuration/commit.ts";
import { load } from "../configuration/load.ts";
import type { Version } from "../database/version.ts";
import { assertMayUse } from "../email/outline.ts";
import { AppError } from "../error.ts";
import type { Id } from "../id.ts";
import { assertBound } from "../key/bound.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { type Check, type Item, isRefused, type Put, TransactionCanceled, type Write } from "../ports/store.ts";
import { retry } from "../retry.ts";
import * as User from "../user/user.ts";
import type { AudienceRecord } from "./audience.ts";
import * as Audience from "./audience.ts";
import * as Content from "./content.ts";
import * as Excerpt from "./excerpt.ts";
import * as Follower from "./follower.ts";
import { fromOf, route } from "./from.ts";
import * as MessageId from "./message-id.ts";
import * as Packed from "./packed.ts";
import * as People from "./people.ts";
import type { Posting } from "./post.ts";
import { keptDays, type MessageRecord, note, type ThreadRecord } from "./record.ts";
import * as ReplyRef from "./reply-ref.ts";
import { choose, subscribed, type Whom } from "./whom.ts";

/** A posting with the id that its message gets. */
export type Named = Posting & { readonly id: Id<"message"> };

/** A message as it was stored just now. */
export interface Stored {
  readonly item: Item;
  /** Undefined where there is nobody to tell. */
  readonly audience: AudienceRecord | undefined;
}

/**
 * Stores a message with all that leads to it and whom it is told to, in one transaction with what is beside it.
 * @returns undefined where there is a message of that id already
 * @throws TransactionCanceled, AppError as `post` does
 */
export async function store(
  ports: Ports,
  version: Version,
  thread: ThreadRecord,
  posting: Named,
): Promise<Stored | undefined> {
  const { whom, creator } = await whomOf(ports, version.id, thread, posting);
  if (!posting.holds && whom.email.length > 0) await assertRoutable(ports, version, thread, posting);
  const now = ports.clock.now();
  const content = await Content.pack(version.id, posting.id, posting, posting.attachments);
  const message = recordOf(ports, version, thread, posting, now);
  const audience = audienceOf(message, version.id, posting, whom, creator);
  const people = audience && (await People.pack(audience, whom));
  await Content.write(ports, content);
  if (people) await Packed.write(ports, people);
  const item = { ...keys.message(version.id, thread.id, message.id), ...message, ...Content.attributes(content) };
  const takenUp = now + ports.operator.waits.recovery * 1000;
  const told = audience && people ? [Audience.put(audience, takenUp), People.put(audience, people)] : [];
  const writes = [
    { put: item, if: "attribute_not_exists(pk)" },
    isThere(version.id, thread),
    ...leading(ports, version, message, now),
    ...told,
    ...(posting.beside ?? []),
  ];
  return (await commit(ports, writes)) ? { item, audience } : undefined;
}

/** @returns whether it was made just now */
async function commit(ports: Ports, writes: readonly (Write | Check)[]): Promise<boolean> {
  try {
    await retry(ports, isBusy, () => ports.store.transact(writes));
    return true;
  } catch (error) {
    if (isRefused(error)) return false;
    if (error instanceof TransactionCanceled && error.reasons[1]?.code === "ConditionalCheckFailed")
      throw new AppError("not_found", "The thread was deleted: PUT it anew, or post once more.", { cause: error });
    throw error;
  }
}

const isThere = (db: string, { id }: ThreadRecord): Check => ({
  check: keys.thread(db, id),
  if: "attribute_exists(pk) AND attribute_not_exists(deleted_at)",
});

/** What answers to it are found by (R-IN-1): its own id, and its author's Message-Id. */
function leading(ports: Ports, version: Version, message: MessageRecord, now: number): Put[] {
  const { id, thread, message_id, subtype, expires_at } = message;
  const ref = ReplyRef.put(version.id, id, { thread, message: id, internal: subtype === note }, now);
  if (message_id === MessageId.own(ports, version, id)) return [ref];
  return [ref, { put: { ...keys.messageId(version.id, message_id, id), expires_at } }];
}

/** Whom it is told to, and whether its author is a user (R-NOT-1, R-NOT-2). */
async function whomOf(
  ports: Pick<Ports, "store">,
  db: string,
  thread: ThreadRecord,
  { author, subtype, has, silent }: Named,
): Promise<{ whom: Whom; creator: boolean }> {
  const by = normalize(author.address);
  const followers = await Follower.list(ports, db, thread.id);
  const may = subscribed(followers, { subtype, author: by, has, silent });
  if (may.length === 0) return { whom: { inbox: [], email: [] }, creator: false };
  const users = await User.among(ports, db, [by, ...may.map(({ address }) => address)]);
  const isUser = users.has(by) || followers.some(({ address, user }) => address === by && user);
  return { whom: choose(may, users, subtype), creator: isUser };
}

/**
 * What cannot go out at all is said to who posts it, before anything is stored.
 * @throws AppError from_not_allowed, database_paused, and what else routing refuses
 */
async function assertRoutable(ports: Ports, version: Version, thread: ThreadRecord, posting: Named): Promise<void> {
  const { prepared } = await load(ports, version);
  const from = fromOf(posting.author);
  const decision = route(prepared, thread, from === undefined ? {} : { from });
  assertBound(decision.from_address, posting.from_domains);
  assertMayUse(version, decision);
}

function recordOf(ports: Ports, version: Version, thread: ThreadRecord, posting: Named, now: number): MessageRecord {
  const { id, author, vouched, subject, subtype, received, attachments, message_id } = posting;
  return {
    ...{ id, thread: thread.id, author, author_verified: vouched, subject, subtype, received },
    message_id:
      message_id !== undefined && MessageId.isPlain(message_id) ? message_id : MessageId.own(ports, version, id),
    files: Content.listed(attachments),
    excerpt: Excerpt.of(posting),
    created_at: new Date(now).toISOString(),
    expires_at: Math.floor(now / 1000) + keptDays * 86_400,
  };
}

function audienceOf(
  { id, thread, created_at, expires_at }: MessageRecord,
  database: Id<"database">,
  { holds, from_domains, received }: Named,
  { inbox, email }: Whom,
  creator: boolean,
): AudienceRecord | undefined {
  if (inbox.length + email.length === 0) return undefined;
  return {
    ...{ database, thread, message: id, created_at, expires_at, holds: holds === true },
    ...{ inbox_total: inbox.length, inbox_done: 0, email_total: email.length, email_done: 0 },
    ...{ batches: [], inbox: 0, emails: 0, held: 0, not_sent: [], not_sent_count: 0, reasons: {} },
    // From is easily forged: what came in by mail does not go out by somebody's own server (R-PERS-2)
    creator: creator && received === null,
    ...(from_domains && { from_domains }),
  };
}
