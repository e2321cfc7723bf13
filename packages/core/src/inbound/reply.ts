import * as Secret from "../database/secret.ts";
import { isOver } from "../email/lifetime.ts";
import * as MessageId from "../email/message-id.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { type Answerable, isAnswerable, isTokened, verify } from "../thread/token.ts";
import { type Answered, among } from "./answered.ts";

/** What of a mail may lead to what it answers. */
export interface Traces {
  /** All addresses it came in by, plus tags included, those that forwarding has kept too. */
  readonly recipients: readonly string[];
  /** Message-Ids with angle brackets, as they stand there. */
  readonly references: readonly string[];
  readonly in_reply_to: readonly string[];
}

/** What a mail answers (R-IN-1), and how that is known. */
export interface Reply extends Answered {
  readonly via: "references" | "in_reply_to" | "token";
}

/** Ids of a field and recipients that are looked at, of emails under one Message-Id, and Message-Ids asked for at a time. */
const most = { ids: 32, tokens: 100, copies: 25, atOnce: 8 } as const;

type Needs = Pick<Ports, "store" | "vault" | "clock">;

/**
 * What a mail for a database answers (R-IN-1): the newest known of the last 32 ids of References, else of In-Reply-To,
 * else what the reply token of a recipient names. Known are our own ids, those that the provider gave to our mail, those
 * that applications gave to theirs, and those of mail that became a message. Nothing of another database is known here,
 * nor what has been answered for longer than it is kept, nor a thread that was deleted.
 * @returns undefined = it answers nothing of this database.
 */
export async function find(ports: Needs, database: string, traces: Traces): Promise<Reply | undefined> {
  for (const via of ["references", "in_reply_to"] as const) {
    const found = await newest(ports, database, traces[via]);
    if (found) return { via, ...found };
  }
  const found = await byToken(ports, database, traces.recipients);
  return found && { via: "token", ...found };
}

/** Our own ids are one read; others are asked for only where they stand behind the last of ours, for each is one. */
async function newest(ports: Needs, db: string, messageIds: readonly string[]): Promise<Answered | undefined> {
  const ids = [...new Set(messageIds.slice(-most.ids).toReversed())];
  const ours = ids.map(MessageId.own);
  const known = await among(ports, db, ours.filter(isGiven));
  const last = ours.findIndex((id) => id !== undefined && known.has(id));
  const newer = last < 0 ? ids : ids.slice(0, last);
  for (let from = 0; from < newer.length; from += most.atOnce) {
    const asked = newer.slice(from, from + most.atOnce);
    const found = (await Promise.all(asked.map((id) => byMessageId(ports, db, id)))).find(isGiven);
    if (found) return found;
  }
  const own = ours[last];
  return own && known.get(own);
}

/** The newest of the emails and messages that are known under a Message-Id which is not ours. */
async function byMessageId(ports: Needs, db: string, messageId: string): Promise<Answered | undefined> {
  for (const name of MessageId.knownAs(messageId)) {
    const { pk, sk: prefix } = keys.messageId(db, name, "");
    const page = await ports.store.query({ pk, prefix, limit: most.copies, descending: true, consistent: true });
    const items = page.items.filter((item) => !isOver(item, ports.clock.now()));
    const found = await first(
      ports,
      db,
      items.map(({ sk }) => sk.slice(prefix.length)),
    );
    if (found) return found;
  }
  return undefined;
}

/** The database's key is read only where an address has what may be a token. */
async function byToken(ports: Needs, db: string, recipients: readonly string[]): Promise<Answered | undefined> {
  const tokened = recipients.filter(isTokened).slice(0, most.tokens);
  const secrets = tokened.length === 0 ? undefined : await Secret.find(ports, db);
  if (!secrets) return undefined;
  return first(
    ports,
    db,
    tokened.flatMap((address) => verify(address, secrets.token_key) ?? []),
  );
}

/** The first of these that is known. */
async function first(ports: Needs, db: string, ids: readonly string[]): Promise<Answered | undefined> {
  const asked: readonly Answerable[] = ids.filter(isAnswerable);
  const known = await among(ports, db, asked);
  return asked.map((id) => known.get(id)).find(isGiven);
}

const isGiven = <T>(value: T | undefined): value is T => value !== undefined;
