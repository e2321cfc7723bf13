import { isBusy } from "../configuration/commit.ts";
import type { Ports } from "../ports/main.ts";
import { type Put, TransactionCanceled } from "../ports/store.ts";
import { retry } from "../retry.ts";
import * as Outbox from "../webhook/outbox.ts";
import { wanted } from "../webhook/wanted.ts";
import type { Mail } from "./mail.ts";
import * as Once from "./once.ts";
import type { Receipt } from "./receipt.ts";
import * as Record from "./record.ts";

type Needs = Pick<Ports, "store" | "blobs" | "clock" | "random">;

/** A mail for one database, of whose recipients some are new to it. */
export interface Copy {
  readonly database: string;
  readonly receipt: Receipt;
  readonly mail: Mail;
  /** All of the database's. */
  readonly recipients: readonly string[];
}

/** Recipients of one item: with it they fit in a transaction. */
const most = 90;

/**
 * Keeps a mail whole for a database: its own copy of the object first, then item and proofs against duplicates in one
 * transaction. A crash in between leaves an object that the next delivery writes again.
 */
export async function keep(
  ports: Needs,
  copy: Copy,
  as: Pick<Record.ReceivedRecord, "status" | "route">,
): Promise<void> {
  for (let part = 0; part * most < copy.recipients.length; part++) {
    const recipients = copy.recipients.slice(part * most, (part + 1) * most);
    await commit(ports, { ...copy, recipients }, async (fresh) => {
      const record = Record.make(copy.database, copy.receipt, copy.mail, { ...as, recipients: fresh, part });
      await ports.blobs.put(record.blob, copy.mail.raw);
      return [Record.put(record), ...(await told(ports, record))];
    });
  }
}

/** `email.received` (R-IN-6), where somebody wants that: what the list of received mail shows, without the mail. */
async function told(ports: Needs, record: Record.ReceivedRecord): Promise<Put[]> {
  const { database, id, received_at: at, status, from, recipients: to, subject, message_id } = record;
  if (!(await wanted(ports, database)).has("email.received")) return [];
  const data = { received_id: id, created_at: at, status, from, to, subject, message_id };
  return [Outbox.put(database, { id: `${id}.received`, type: "email.received", at, data }, ports.clock.now())];
}

/** Notes that a mail was taken in whose meaning is written elsewhere, and that is not kept. */
export async function note(ports: Needs, copy: Copy): Promise<void> {
  for (let at = 0; at < copy.recipients.length; at += most)
    await commit(ports, { ...copy, recipients: copy.recipients.slice(at, at + most) }, async () => []);
}

/** Writes for the recipients that are new, and once: whoever else delivers the same mail at the moment is faster or not. */
async function commit(
  ports: Needs,
  { database, mail, recipients }: Copy,
  decide: (fresh: readonly string[]) => Promise<Put[]>,
): Promise<void> {
  const outrun = (error: unknown) => error instanceof TransactionCanceled && !isBusy(error);
  await retry(ports, outrun, async () => {
    const fresh = await Once.fresh(ports, database, mail.identity, recipients);
    if (fresh.length === 0) return;
    const writes = [...(await decide(fresh)), ...Once.writes(database, mail.identity, fresh, ports.clock.now())];
    await retry(ports, isBusy, () => ports.store.transact(writes));
  });
}
