import { back, headUpdate, type InHand, type Needs, write } from "../dispatch/hand.ts";
import { cancel } from "../email/cancel.ts";
import * as Event from "../email/event.ts";
import { find } from "../email/find.ts";
import { type Recipient, waiting } from "../email/head.ts";
import { AppError } from "../error.ts";
import * as keys from "../keys.ts";
import * as Line from "../line/line.ts";
import type { Update } from "../ports/store.ts";
import type { Needle } from "./needle.ts";

/** How often an email is read again that somebody else has just changed. */
const tries = 10;

/** Whether the address still gets the email: it never did, or had it, or does not now; or that is being decided. */
export type Left = "left" | "canceled" | "busy";

/**
 * Takes an address out of an email that waits: its share of the daily limit is given back, the others get theirs. One
 * that is being handed over is left as it is, until it is known what became of it.
 */
export async function leave(ports: Needs, db: string, id: string, needle: Needle): Promise<Left> {
  for (let n = 0; n < tries; n++) {
    const inHand = await find(ports.store, db, id);
    const { head, recipients } = inHand;
    if (head.state === "sending") return "busy";
    const mine = recipients.filter(({ address }) => needle.names(address));
    const others = head.recipients > 1 && mine.length < recipients.length;
    if (!waiting.includes(head.state) || (head.recipients > 1 && mine.length === 0)) return "left";
    if (others ? await takeOut(ports, inHand, mine) : await cancelAll(ports, db, id)) return "canceled";
  }
  return "busy";
}

/** @returns whether it is canceled; not where it has just been taken in hand by others. */
async function cancelAll(ports: Needs, db: string, id: string): Promise<boolean> {
  try {
    await cancel(ports, db, id);
    return true;
  } catch (error) {
    if (error instanceof AppError && (error.name === "not_cancelable" || error.name === "conflict")) return false;
    throw error;
  }
}

async function takeOut(ports: Needs, { head, recipients }: InHand, mine: readonly Recipient[]): Promise<boolean> {
  const { database, id, line, expires_at } = head;
  const given = back(head, mine.length);
  const at = new Date(ports.clock.now()).toISOString();
  const event: Event.Event = { type: "canceled", at, note: "A recipient was erased on request." };
  return write(ports, [
    headUpdate(head, given.set, []),
    ...mine.map(({ n }): Update => ({ update: keys.emailRecipient(database, id, n), set: { state: "canceled" } })),
    Event.put(head, event, expires_at),
    ...(line === undefined ? [] : [Line.join(head, line, recipients.length - mine.length)]),
    ...given.writes,
  ]);
}
