import { AppError } from "../error.ts";
import * as Id from "../id.ts";
import { fill, type Page } from "../page.ts";
import type { Ports } from "../ports/main.ts";
import type { Item, Query } from "../ports/store.ts";
import { type DeliveryRecord, failedPartition, fromItem, keyOf } from "./delivery.ts";
import type { Owner } from "./endpoint.ts";
import type { EventType } from "./outbox.ts";

/** A delivery as it is answered. */
export type DeliveryView = Pick<
  DeliveryRecord,
  "id" | "event" | "type" | "status" | "created_at" | "attempts" | "next_attempt_at"
>;

/** The same with what is posted. */
export type DeliveryDetail = DeliveryView & { readonly payload: unknown };

/** Which deliveries, those of the newest events first. */
export interface DeliveryQuery {
  readonly limit: number;
  /** A delivery's id: those after it in this order. */
  readonly after?: string;
  /** A delivery's id: those before it. */
  readonly before?: string;
  readonly status?: DeliveryRecord["status"];
  readonly type?: EventType;
}

type Needs = Pick<Ports, "store" | "clock">;

const pageSize = 100;

/**
 * A page of the deliveries to an endpoint. Filters look at 2,000 of them a call at most; `cursor` goes on from there.
 * @throws AppError invalid_parameter for a cursor that is no delivery's id.
 */
export async function list(
  { store, clock }: Needs,
  owner: Owner,
  endpoint: string,
  query: DeliveryQuery,
): Promise<Page<DeliveryView>> {
  const { limit, after, before, status, type } = query;
  for (const id of [after, before]) if (id !== undefined) assertId(id, "`after` and `before` take");
  const forward = before === undefined;
  return fill({ limit, forward, start: forward ? after : before }, async (cursor) => {
    const bound: Partial<Query> = cursor === undefined ? {} : { [forward ? "below" : "above"]: cursor };
    const { ids, items, more } = await pageOf(store, owner, endpoint, status, { ...bound, descending: forward });
    const alive = items.filter((item) => Number(item["expires_at"]) * 1000 > clock.now()).map(fromItem);
    const passing = alive.filter(
      (one) => (status === undefined || one.status === status) && (type === undefined || one.type === type),
    );
    return { read: ids, found: passing.map(view), more };
  });
}

/** Failed ones are found by their mark, all others where they lie. */
async function pageOf(
  store: Ports["store"],
  owner: Owner,
  endpoint: string,
  status: DeliveryQuery["status"],
  bound: Partial<Query>,
): Promise<{ ids: string[]; items: Item[]; more: boolean }> {
  if (status !== "failed") {
    const { pk } = keyOf({ owner, endpoint: endpoint as Id.Id<"webhook">, id: "dlv_" });
    const { items, cursor } = await store.query({ pk, ...bound, limit: pageSize, consistent: true });
    return { ids: items.map(({ sk }) => sk), items, more: cursor !== undefined };
  }
  const { ids, more } = await failed(store, owner, endpoint, { ...bound, limit: pageSize });
  const keys = ids.map((id) => keyOf({ owner, endpoint: endpoint as Id.Id<"webhook">, id }));
  const items = await store.batchGet(keys);
  return { ids, items: ids.flatMap((id) => items.find(({ sk }) => sk === id) ?? []), more };
}

/** The ids of failed deliveries. */
export async function failed(
  store: Ports["store"],
  owner: Owner,
  endpoint: string,
  bound: Partial<Query>,
): Promise<{ ids: Id.Id<"delivery">[]; more: boolean }> {
  const { items, cursor } = await store.query({ index: "mark", pk: failedPartition(owner, endpoint), ...bound });
  return { ids: items.map(({ sk }) => sk as Id.Id<"delivery">), more: cursor !== undefined };
}

/** One of them, with what is posted. @throws AppError not_found */
export async function get(ports: Needs, owner: Owner, endpoint: string, id: string): Promise<DeliveryDetail> {
  const found = await find(ports, owner, endpoint, id);
  return { ...view(found), payload: JSON.parse(found.body) as unknown };
}

/** A delivery of the endpoint, read strongly. @throws AppError not_found */
export async function find(
  { store, clock }: Needs,
  owner: Owner,
  endpoint: string,
  id: string,
): Promise<DeliveryRecord> {
  const key = { owner, endpoint: endpoint as Id.Id<"webhook">, id: id as Id.Id<"delivery"> };
  const item = Id.is("delivery", id) ? await store.get(keyOf(key), { consistent: true }) : undefined;
  // TTL deletes late
  if (!item || Number(item["expires_at"]) * 1000 <= clock.now())
    throw new AppError("not_found", "There is no such delivery of this webhook: they are kept for 30 days.");
  return fromItem(item);
}

/** What is answered of a record. */
export const view = ({
  id,
  event,
  type,
  status,
  created_at,
  attempts,
  next_attempt_at,
}: DeliveryRecord): DeliveryView => ({ id, event, type, status, created_at, attempts, next_attempt_at });

function assertId(id: string, what: string): void {
  if (!Id.is("delivery", id)) throw new AppError("invalid_parameter", `${what} the id of a delivery.`);
}
