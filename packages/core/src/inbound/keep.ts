import { isBusy } from "../configuration/commit.ts";
import type { Ports } from "../ports/main.ts";
import { type Put, TransactionCanceled } from "../ports/store.ts";
import { retry } from "../retry.ts";
import type { Copy } from "./copy.ts";
import { count } from "./count.ts";
import { ruleOf } from "./object.ts";
import * as Once from "./once.ts";
import * as Record from "./record.ts";
import * as Told from "./told.ts";

/** What is to be kept of a mail. */
export type Kept = Pick<Record.Decided, "status" | "route" | "in_reply_to_email"> & {
  /** Tells apart what one mail becomes. */
  readonly key: string;
  readonly recipients: readonly Once.Recipient[];
};

/**
 * Somebody else has taken the mail in meanwhile, or what it was to go to has changed: it is to be decided anew. What a
 * store refuses for another reason it refuses again.
 */
export const isOutrun = (error: unknown): boolean =>
  error instanceof TransactionCanceled && error.reasons.some(({ code }) => code === "ConditionalCheckFailed");

/**
 * Keeps a mail that is no message of a thread whole for a database: its own copy of the object first, then item, event
 * and proofs against duplicates in one transaction. A crash in between leaves an object that the next delivery writes
 * again.
 * @returns what was written, one for every 80 recipients
 */
export async function keep(ports: Ports, copy: Copy, kept: Kept): Promise<Record.ReceivedRecord[]> {
  const { version, receipt, mail } = copy;
  const written: Record.ReceivedRecord[] = [];
  const authentication = await copy.authentication();
  for (let part = 0; part * Once.together < kept.recipients.length; part++) {
    const recipients = kept.recipients.slice(part * Once.together, (part + 1) * Once.together);
    const id = Record.idOf(version.id, receipt, `${kept.key}#${part}${ruleOf(receipt)}`);
    const record = (fresh: readonly Once.Recipient[]) =>
      Record.make(version.id, id, receipt, mail, { ...kept, recipients: addressesOf(fresh), authentication });
    const fresh = await commit(ports, copy, recipients, id, async (fresh) => {
      const one = record(fresh);
      await ports.blobs.put(one.blob, mail.raw);
      return [Record.put(one), ...(await Told.email(ports, one))];
    });
    if (fresh.length > 0) written.push(record(fresh));
  }
  if (written.length > 0) await count(ports, version);
  return written;
}

/** As people are shown them. */
export const addressesOf = (recipients: readonly Once.Recipient[]): string[] =>
  recipients.map(({ recipient }) => recipient);

/**
 * Notes that a mail was taken in whose meaning is written elsewhere.
 * @param received the id of what it became; null = it is not kept.
 */
export async function note(
  ports: Ports,
  copy: Copy,
  recipients: readonly Once.Recipient[],
  received: string | null,
): Promise<void> {
  for (let at = 0; at < recipients.length; at += Once.together)
    await commit(ports, copy, recipients.slice(at, at + Once.together), received, async () => []);
}

/**
 * Writes for the recipients that are new, and once: whoever else delivers the same mail at the moment is faster or not.
 * @returns those recipients
 */
async function commit(
  ports: Ports,
  { version: { id }, mail }: Copy,
  recipients: readonly Once.Recipient[],
  received: string | null,
  decide: (fresh: readonly Once.Recipient[]) => Promise<Put[]>,
): Promise<readonly Once.Recipient[]> {
  return retry(ports, isOutrun, async () => {
    const fresh = await Once.fresh(ports, id, mail.identity, recipients);
    if (fresh.length === 0) return fresh;
    const proofs = Once.writes(id, mail.identity, fresh, ports.clock.now(), received);
    const writes = [...(await decide(fresh)), ...proofs];
    await retry(ports, isBusy, () => ports.store.transact(writes));
    return fresh;
  });
}
