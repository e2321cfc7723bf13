import * as Later from "../dispatch/later.ts";
import * as Outcome from "../dispatch/outcome.ts";
import { enqueue, queueOf } from "../email/enqueue.ts";
import { fromItem, type Head, waiting } from "../email/head.ts";
import { recipientsOf } from "../email/list.ts";
import type { Ports } from "../ports/main.ts";
import type { Item } from "../ports/store.ts";
import type { Look } from "./look.ts";
import { moveOn } from "./move.ts";

/**
 * An email that is due: one that waits is enqueued (it was never, or its wait is over); one whose hand-over has no
 * outcome is settled when its time has come.
 */
export async function takeUp(ports: Ports, { pk, sk, due_sk }: Item, look: Look): Promise<void> {
  const item = await ports.store.get({ pk, sk }, { consistent: true });
  // The index is eventually consistent: the item itself says whether it is due.
  if (!item || item["due_sk"] !== due_sk) return;
  const head = fromItem(item);
  const settles = head.state === "sending" ? await settleAt(ports, head, look) : undefined;
  const early = settles !== undefined && settles > ports.clock.now();
  const at = early ? { at: settles } : {};
  const moved = await moveOn(ports, { pk, sk }, { id: head.id, seen: String(due_sk), times: head.due_n ?? 0, ...at });
  if (!moved || early) return;
  if (head.state === "sending") await settle(ports, head);
  else if (waiting.includes(head.state) && (await isWanted(head, look))) {
    await enqueue(ports, fromItem(moved));
    look.enqueued(queueOf(head));
  }
}

/** Mail that is looked at every hour is enqueued every so often, whatever the queue has: none waits for ever (G1). */
const unconditional = 4;

/**
 * Whether an email that is due is enqueued: transactional mail is at every look, for its queue may be long with the mail
 * of others. Mass mail that is `queued` was put on its queue by whoever queued it, and what was looked at before by the
 * tick: while that queue is long it most likely waits there, and a second message would only make it longer. What has
 * waited by itself (for its next try) is on no queue.
 */
async function isWanted(head: Head, look: Look): Promise<boolean> {
  const { state, kind, due_n: times = 0 } = head;
  if (kind !== "mass" || (state !== "queued" && times === 0)) return true;
  return times % unconditional === unconditional - 1 || look.isShort(queueOf(head));
}

/** Until when a lost answer waits: longer over SES while no events come in. Servers of SMTP have none. */
async function settleAt(ports: Ports, head: Head, look: Look): Promise<number> {
  const at = Outcome.settleAt(ports, head);
  const hasEvents = head.over === "platform" && ports.operator.platform === "ses";
  if (!hasEvents || at > ports.clock.now() || (await look.eventsComeIn())) return at;
  return Outcome.settleAt(ports, head, false);
}

/**
 * No event has settled a lost answer within the wait (G3). Absence of an event is no proof, so a mail that is sent
 * again says that it may be a second copy; mass mail is rather lost than doubled.
 */
async function settle(ports: Ports, head: Head): Promise<void> {
  const recipients = head.recipients > 1 ? (await recipientsOf(ports.store, head)).filter(({ state }) => !state) : [];
  // Whoever claimed it may be dead: what is known is that it may be out
  const inHand = { head: { ...head, maybe_sent: true }, recipients };
  const over = Date.parse(head.give_up_at) <= ports.clock.now();
  if (head.kind === "mass" || over)
    return Outcome.fail(ports, inHand, "unknown", head.reply ?? "no answer to the hand-over, and no event");
  const again = await Later.requeue(ports, inHand);
  if (again) await enqueue(ports, again);
}
