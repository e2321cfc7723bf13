import type { Ports } from "../ports/main.ts";
import type { Item } from "../ports/store.ts";
import { fromItem, isLastChance, isOver } from "../webhook/delivery.ts";
import * as Health from "../webhook/health.ts";
import * as Message from "../webhook/message.ts";
import * as Outcome from "../webhook/outcome.ts";
import type { Look } from "./look.ts";
import { moveOn } from "./move.ts";

/** What is looked at every hour is enqueued every so often, however long the queue is. */
const unconditional = 4;
/** Deliveries of one endpoint that a tick enqueues though it rests, for they were never tried and their time is over. */
const lastChances = 4;

/** An event whose message was lost: puts it on its queue. */
export async function takeUpEvent(ports: Ports, found: Item, look: Look): Promise<void> {
  const item = await stillDue(ports, found);
  if (!item) return;
  const database = String(item["database"]);
  await enqueue(ports, look, item, `${database}${item.sk}`, Message.ofEvent(database, item.sk));
}

/**
 * A delivery whose wait is over, or that somebody had in hand who has died: puts it on its queue. While its endpoint
 * rests it is moved on and no more; once the rest is over one of all tries it.
 */
export async function takeUpDelivery(ports: Ports, found: Item, look: Look): Promise<void> {
  const item = await stillDue(ports, found);
  if (!item) return;
  const delivery = fromItem(item);
  const hook = await look.hook(delivery);
  const { endpoint } = hook;
  const now = ports.clock.now();
  if (endpoint?.status !== "enabled" || !Health.wasSilent(endpoint)) return enqueueDelivery(ports, look, item);
  if (isOver(delivery, now)) return Outcome.expire(ports, endpoint, delivery);
  const rest = Health.restOf(endpoint);
  const most = isLastChance(delivery, now) ? lastChances : rest > now ? 0 : 1;
  if (hook.tried++ < most) return enqueueDelivery(ports, look, item);
  return Outcome.moveOn(ports, delivery, Outcome.restUntil(ports, delivery, rest));
}

const enqueueDelivery = (ports: Ports, look: Look, item: Item): Promise<void> =>
  enqueue(ports, look, item, fromItem(item).id, Message.ofDelivery(fromItem(item)));

/** The index is eventually consistent: the item itself says whether it is due. */
async function stillDue(ports: Ports, { pk, sk, due_sk }: Item): Promise<Item | undefined> {
  const item = await ports.store.get({ pk, sk }, { consistent: true });
  return item?.["due_sk"] === due_sk ? item : undefined;
}

/** While the queue is long it most likely waits there, and a second message would only make it longer. */
async function enqueue(
  ports: Ports,
  look: Look,
  { pk, sk, due_sk, due_n = 0 }: Item,
  id: string,
  message: ReturnType<typeof Message.ofEvent>,
): Promise<void> {
  const times = Number(due_n);
  if (!(await moveOn(ports, { pk, sk }, { id, seen: String(due_sk), times }))) return;
  if (times % unconditional !== unconditional - 1 && !(await look.isShort("webhook"))) return;
  await ports.queue.send("webhook", [message]);
  look.enqueued("webhook");
}
