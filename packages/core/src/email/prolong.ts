import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Store } from "../ports/store.ts";
import * as Body from "./body.ts";
import type { Head } from "./head.ts";

const daySeconds = 86_400;

/** How much longer than its body the rest of an email is kept at least, in seconds: nobody is to find half of it. */
export const afterBody = 2 * daySeconds;

/** What the head has to be told, in the write that makes the email wait longer. */
export interface Prolonged {
  readonly set: Partial<Head>;
  readonly remove: readonly string[];
}

/**
 * Makes an email outlive a moment: one that waits longer than was thought when it was accepted (held at the daily
 * limit, scheduled anew, tried again on request) must have its body, its recipients and its timeline until then. They
 * are written with a later end before the head is, so a crash in between only keeps them longer. Nothing is written
 * where all of it lives long enough.
 * @param body as it was read. @param end epoch seconds: the latest possible sending.
 * @param headEnd epoch seconds: until when the rest of it is kept at least, its own retention after that.
 */
export async function prolong(
  ports: Pick<Ports, "store" | "blobs" | "clock">,
  head: Head,
  body: Body.Stored,
  end: number,
  headEnd = end + afterBody,
): Promise<Prolonged> {
  const moved = body.expires_at < end ? await rewrite(ports, head, body, end) : { set: {}, remove: [] };
  const expires_at = Math.max(end + afterBody, headEnd);
  if (head.expires_at >= expires_at) return moved;
  await prolongItems(ports.store, head, body, expires_at);
  return { ...moved, set: { ...moved.set, expires_at } };
}

/** A body that was in the object of a batch gets a place of its own. */
async function rewrite(
  ports: Pick<Ports, "store" | "blobs" | "clock">,
  { database, id }: Head,
  { expires_at: _end, ...body }: Body.Stored,
  end: number,
): Promise<Prolonged> {
  const packed = await Body.pack(database, id, body, ports.clock.now(), end);
  await Body.write(ports, database, id, packed);
  if (packed.blob === undefined) return { set: {}, remove: ["blob", "blob_range"] };
  return { set: { blob: packed.blob }, remove: ["blob_range"] };
}

/** Recipients, timeline, and the caller's own Message-Id. */
async function prolongItems(store: Store, head: Head, body: Body.Body, expires_at: number): Promise<void> {
  const { database, id } = head;
  const { pk } = keys.emailHead(database, id);
  const found = [{ ...keys.messageId(database, body.message_id, id), expires_at: 0 } as Record<string, unknown>];
  let cursor: string | undefined;
  do {
    const page = await store.query({ pk, consistent: true, ...(cursor !== undefined && { cursor }) });
    found.push(...page.items.filter(({ sk }) => sk !== "HEAD" && !endsByItself(head, sk)));
    cursor = page.cursor;
  } while (cursor !== undefined);
  for (const item of found) if (Number(item["expires_at"]) < expires_at) await keep(store, item, expires_at);
}

/** A timeline that is kept for less long than the rest has an end of its own. */
const endsByItself = ({ events_days }: Head, sk: string): boolean =>
  events_days !== undefined && sk.startsWith(keys.eventPrefix);

async function keep(store: Store, { pk, sk }: Record<string, unknown>, expires_at: number): Promise<void> {
  const update = { pk: String(pk), sk: String(sk) };
  const write = {
    update,
    set: { expires_at },
    if: "attribute_exists(pk) AND #expires_at < :end",
    values: { end: expires_at },
  };
  try {
    await store.write(write);
  } catch (error) {
    // Gone, never there, or it lives longer already
    if (!(error instanceof ConditionFailed)) throw error;
  }
}
