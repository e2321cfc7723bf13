import * as Token from "../address/token.ts";
import { open } from "../database/secret.ts";
import { read } from "../database/version.ts";
import { recipientPartition } from "../email/draft.ts";
import { fromItem, type Head } from "../email/head.ts";
import * as MessageId from "../email/message-id.ts";
import { verify } from "../email/token.ts";
import { is } from "../id.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import * as Address from "./address.ts";
import type { Report } from "./report.ts";

/**
 * An application may send each recipient a copy of their own, all under one Message-Id. Of those the newest are looked at;
 * of more, those of the mails to a recipient that the report names, for so many recipients.
 */
const most = { copies: 100, named: 10, mails: 500 } as const;

type Needs = Pick<Ports, "store" | "vault">;

/**
 * The emails of a database that a report may speak of, surest first: by the signed token of its bounce address
 * (R-REW-3), then by each Message-Id. All that one proof leads to come at once, newest first.
 * @param recipient of the envelope that the report came in.
 */
export async function* find(
  ports: Needs,
  database: string,
  report: Report,
  recipient: string,
): AsyncGenerator<readonly Head[]> {
  const tokens = [recipient, report.mail_from ?? ""].map(Token.of).filter((token) => token !== "");
  if (tokens.length > 0) {
    const { token_key } = await open(ports, database);
    for (const token of tokens) {
      const id = verify(token, token_key);
      if (id !== undefined) yield heads(ports, database, [id]);
    }
  }
  for (const id of report.message_ids) yield* byMessageId(ports, database, id, report);
}

/** Those of the emails that there are. */
async function heads({ store }: Pick<Ports, "store">, database: string, ids: readonly string[]): Promise<Head[]> {
  const keyed = ids.map((id) => keys.emailHead(database, id));
  const items = await store.batchGet(keyed, { consistent: true });
  const byKey = new Map(items.map((item) => [item.pk, fromItem(item)]));
  return keyed.flatMap(({ pk }) => byKey.get(pk) ?? []);
}

async function* byMessageId(
  ports: Needs,
  database: string,
  id: string,
  report: Report,
): AsyncGenerator<readonly Head[]> {
  const own = MessageId.own(id);
  if (own !== undefined && is("email", own)) yield heads(ports, database, [own]);
  for (const known of MessageId.knownAs(id)) {
    const { pk, sk: prefix } = keys.messageId(database, known, "");
    const newest = { pk, prefix, limit: most.copies, descending: true, consistent: true };
    const { items, cursor } = await ports.store.query(newest);
    const ids = items.map(({ sk }) => sk.slice(prefix.length));
    if (ids.length > 0) yield heads(ports, database, ids);
    if (cursor !== undefined) yield* amongMany(ports, database, known, report);
  }
}

/** Of the mails to each recipient that is named those of this Message-Id: what it costs does not grow with the copies. */
async function* amongMany(
  ports: Needs,
  database: string,
  known: string,
  { recipients }: Report,
): AsyncGenerator<readonly Head[]> {
  const version = await read(ports.store, database);
  const named = new Set(recipients.flatMap(({ address }) => (address === null ? [] : Address.meanings(address))));
  for (const address of [...named].slice(0, most.named)) {
    let cursor: string | undefined;
    for (let seen = 0; seen < most.mails; ) {
      const pk = recipientPartition(version, address);
      const page = await ports.store.query({
        index: "recipient",
        pk,
        descending: true,
        limit: most.copies,
        ...(cursor !== undefined && { cursor }),
      });
      const ids = page.items.map((item) => String(item["recipient_sk"]));
      const ours = await ports.store.batchGet(ids.map((id) => keys.messageId(database, known, id)));
      const kept = new Set(ours.map(({ sk }) => sk));
      const found = ids.filter((id) => kept.has(keys.messageId(database, known, id).sk));
      if (found.length > 0) yield heads(ports, database, found);
      seen += ids.length;
      cursor = page.cursor;
      if (cursor === undefined || ids.length === 0) break;
    }
  }
}
