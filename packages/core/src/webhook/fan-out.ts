import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Item, StoreBusy } from "../ports/store.ts";
import { retry } from "../retry.ts";
import type { Context } from "./context.ts";
import { type DeliveryRecord, dueAt, held, of, put } from "./delivery.ts";
import type { Owner } from "./endpoint.ts";
import * as Health from "./health.ts";
import type { Waiting } from "./outbox.ts";
import { type InHand, restUntil } from "./outcome.ts";

/** A delivery in hand, and where it goes. */
export interface Claimed {
  readonly delivery: InHand;
  readonly endpoint: Health.Endpoint;
}

/**
 * Makes a delivery of an event for each endpoint that wants it, the database's and the operator's, and takes the event
 * out of the outbox once all are there. Done again, or by two at once, it makes none twice.
 * @returns what is to be delivered now: what was made here, but for endpoints that are left alone.
 */
export async function fanOut(ports: Ports, context: Context, db: string, id: string): Promise<Claimed[]> {
  const item = await ports.store.get(keys.outbox(db, id), { consistent: true });
  if (!item) return [];
  const event = fromItem(item, db);
  const [own, operators] = await Promise.all([context.enabled(db as Owner), context.enabled("operator")]);
  const chosen = [...own, ...operators].filter(({ events }) => events.includes(event.type));
  const name = chosen.some(isOperators) ? await context.nameOf(db) : undefined;
  const claimed = await Promise.all(
    // Of a database that is gone nobody is told
    chosen
      .filter((endpoint) => !isOperators(endpoint) || name !== undefined)
      .map((each) => make(ports, event, each, name)),
  );
  const { pk, sk } = item;
  await again(ports, () => ports.store.write({ delete: { pk, sk } }));
  return claimed.flatMap((each) => each ?? []);
}

const isOperators = ({ database }: Health.Endpoint): boolean => database === "operator";

/** @returns undefined where it is there already, or is to wait. */
async function make(
  ports: Ports,
  event: Waiting,
  endpoint: Health.Endpoint,
  name: string | undefined,
): Promise<Claimed | undefined> {
  const now = ports.clock.now();
  const record = of(event, endpoint, bodyOf(event, isOperators(endpoint) ? name : undefined), now);
  const rest = Health.restOf(endpoint);
  if (rest > now) {
    const at = restUntil(ports, record, rest);
    const resting = { ...record, next_attempt_at: new Date(at).toISOString() };
    await putNew(ports, resting, dueAt(record.id, at));
    return undefined;
  }
  const claim = { ...held(record.id, now), tries: 1 };
  return (await putNew(ports, record, claim)) ? { delivery: { ...record, ...claim }, endpoint } : undefined;
}

/** What is posted: the operator is told whose event it is. */
const bodyOf = ({ type, created_at, data }: Waiting, database: string | undefined): string =>
  JSON.stringify({ type, created_at, ...(database !== undefined && { database }), data });

/** @returns false where it was there. */
async function putNew(ports: Ports, record: DeliveryRecord, more: Record<string, unknown>) {
  try {
    await again(ports, () => ports.store.write(put(record, more)));
    return true;
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    return false;
  }
}

const again = <T>(ports: Ports, write: () => Promise<T>): Promise<T> =>
  retry(ports, (error) => error instanceof StoreBusy, write);

const fromItem = (item: Item, database: string): Waiting => ({ ...(item as unknown as Waiting), database });
