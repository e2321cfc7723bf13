import type { Version } from "../database/version.ts";
import type { Attachment } from "../email/body.ts";
import { AppError } from "../error.ts";
import { type Id, make } from "../id.ts";
import type { Ports } from "../ports/main.ts";
import type { Item, Write } from "../ports/store.ts";
import type { AudienceRecord } from "./audience.ts";
import * as Audience from "./audience.ts";
import * as Message from "./message.ts";
import type { Author, MessageRecord, ThreadRecord } from "./record.ts";
import { store } from "./store.ts";
import { tell } from "./tell.ts";
import type { Told } from "./told.ts";

/** A message to be put on a thread and told to its followers (R-NOT-2). */
export interface Posting {
  /** Given where the same posting may come twice (the mail it came in by): it is stored once. */
  readonly id?: Id<"message">;
  readonly author: Author;
  /** Whether that is known: who posts it says so, or the author's domain vouches for the mail it came in by. */
  readonly vouched: boolean;
  readonly subject: string | null;
  readonly html: string | null;
  readonly text: string | null;
  readonly subtype: string;
  readonly attachments: readonly Attachment[];
  /** The author's own Message-Id, with angle brackets; absent = ours. */
  readonly message_id?: string;
  /** Of the mail it answers, oldest first, with angle brackets. */
  readonly references: readonly string[];
  /** Normalised addresses that have it already: To and Cc of the mail it came in by. */
  readonly has: readonly string[];
  /** The mail it came in by. */
  readonly received: Id<"received"> | null;
  /** Auto-Submitted mail is stored and told to nobody (R-IN-5). */
  readonly silent: boolean;
  /** What waits when the daily limit is full: mail made from inbound mail always does (R-LIM-4). Absent = as `on_limit` says. */
  readonly holds?: true;
  /** The domains that the poster's key is bound to. */
  readonly from_domains?: readonly string[];
  /** Writes that are to be in the transaction of the message, at most 94. */
  readonly beside?: readonly Write[];
}

/** A message as it was posted. */
export interface Posted {
  readonly message: MessageRecord;
  readonly told: Told;
}

/** How long a call goes on telling followers, in ms: a poster waits, an inbound mail has others behind it. */
const patience = { posted: 20_000, inbound: 5_000 } as const;

/**
 * Puts a message on a thread, and tells its followers: stored once, in one transaction with `beside`; then each
 * follower gets one email or inbox entry, however often this is cut short and taken up again.
 * @throws TransactionCanceled where a write of `beside` fails its condition: their reasons are the last; AppError
 *   not_found where the thread is gone, and of a posting by API what is wrong with the mail it would be told by. Once it
 *   is stored nothing throws: the tick tells the rest.
 */
export async function post(ports: Ports, version: Version, thread: ThreadRecord, posting: Posting): Promise<Posted> {
  const id = posting.id ?? make("message", ports);
  const stored = await store(ports, version, thread, { ...posting, id });
  const item = stored?.item ?? (await Message.find(ports, version.id, thread.id, id));
  if (!item) throw new AppError("not_found", "The message was deleted while it was posted.");
  return goOn(ports, version, thread, item, {
    known: stored?.audience,
    within: posting.holds ? patience.inbound : patience.posted,
  });
}

/** What is known before a message's followers are told. */
interface Before {
  /** How far that was. */
  readonly known?: AudienceRecord | undefined;
  /** ms */
  readonly within?: number;
}

/** Tells the followers of a message that is stored, as far as the time allows. */
export async function goOn(
  ports: Ports,
  version: Version,
  thread: ThreadRecord,
  item: Item,
  { known, within = patience.posted }: Before = {},
): Promise<Posted> {
  const message = Message.fromItem(item);
  const { id: database } = version;
  try {
    const record = await tell(ports, version, thread, item, ports.clock.now() + within);
    return { message, told: Audience.toldOf(record) };
  } catch (error) {
    ports.log.warn("not all followers are told, the tick goes on", { database, code: message.id, error });
    const key = { database, thread: thread.id, message: message.id };
    return { message, told: Audience.toldOf((await found(ports, key)) ?? known) };
  }
}

/** How far it is, if that can be read at all. */
async function found(ports: Ports, key: Parameters<typeof Audience.find>[1]): Promise<AudienceRecord | undefined> {
  try {
    return await Audience.find(ports, key);
  } catch (error) {
    ports.log.warn("how far telling is cannot be read", { database: key.database, code: key.message, error });
    return undefined;
  }
}
