import { createHash } from "node:crypto";
import { due } from "../email/due.ts";
import * as Id from "../id.ts";
import * as keys from "../keys.ts";
import type { Item, Put } from "../ports/store.ts";
import type { DeliveryStatus } from "./delivery-status.ts";
import type { EndpointRecord, Owner } from "./endpoint.ts";
import type { EventType, Waiting } from "./outbox.ts";
import * as Schedule from "./schedule.ts";

/** One try to tell an endpoint of an event. */
export interface Attempt {
  /** ISO 8601 UTC. */
  readonly at: string;
  /** HTTP; null = there was no answer. */
  readonly status: number | null;
  /** The first 500 characters of the answer; null where there is none, or it is no text. */
  readonly answer: string | null;
  readonly ms: number;
  /** What was wrong, and what to do; null = it was taken. */
  readonly error: string | null;
}

/** An event on its way to one endpoint, as stored. */
export interface DeliveryRecord {
  readonly id: Id.Id<"delivery">;
  /** `webhook-id`: the same for all endpoints, attempts and replays of the event. */
  readonly event: string;
  readonly type: EventType;
  /** Whose event it is. */
  readonly database: string;
  readonly owner: Owner;
  readonly endpoint: Id.Id<"webhook">;
  /** Of the event, ISO 8601 UTC. */
  readonly created_at: string;
  /** What is posted, as it is signed. */
  readonly body: string;
  readonly status: DeliveryStatus;
  /** Attempts since it began, or was last replayed; one under way is counted, so that one that kills its process is. */
  readonly tries: number;
  /** The last of them, oldest first. */
  readonly attempts: readonly Attempt[];
  /** Null where there is no next. */
  readonly next_attempt_at: string | null;
  /** ISO 8601 UTC: afterwards it is not tried again. */
  readonly give_up_at: string;
  /** Somebody is at it until then, ms; where that is over, the process has died with it. */
  readonly lease_until?: number;
  /** When it is deleted, epoch seconds. */
  readonly expires_at: number;
}

/** What names a delivery, as in the message of its queue. */
export type Ref = Pick<DeliveryRecord, "database" | "owner" | "endpoint" | "id">;

/** How long a delivery is kept, in seconds: its list and its replay. */
const kept = 30 * 86_400;
/** How long somebody who has a delivery in hand has it, in ms: until it is its turn, and the endpoint's time-out. */
const lease = 60_000;

/** The id an event is known by outside: stable, and of no other database's. */
export const eventId = (db: string, id: string): string =>
  `evt_${createHash("sha256").update(`${db}\n${id}`).digest("base64url").slice(0, 26)}`;

/** A delivery of an event to an endpoint; however often it is made it has one id, which sorts by the event's time. */
export function of(event: Waiting, { id, database: owner }: EndpointRecord, body: string, now: number): DeliveryRecord {
  const name = eventId(event.database, event.id);
  const hash = createHash("sha256").update(`${name}\n${id}`).digest();
  return {
    id: idAt(Date.parse(event.created_at), hash),
    event: name,
    type: event.type,
    database: event.database,
    owner,
    endpoint: id,
    created_at: event.created_at,
    body,
    status: "pending",
    tries: 0,
    attempts: [],
    next_attempt_at: new Date(now).toISOString(),
    give_up_at: new Date(now + Schedule.patience).toISOString(),
    expires_at: Math.floor(now / 1000) + kept,
  };
}

/** The id of a delivery of an event of that time, in ms; without a hash below all of them. None is from before 1970. */
export const idAt = (at: number, hash: Uint8Array = new Uint8Array(10)): DeliveryRecord["id"] =>
  Id.make("delivery", { clock: { now: () => Math.max(0, at) }, random: { bytes: (count) => hash.subarray(0, count) } });

/** Where a delivery is. */
export const keyOf = ({ owner, endpoint, id }: Pick<Ref, "owner" | "endpoint" | "id">) =>
  keys.delivery(owner, endpoint, id);

/** The attributes by which a delivery is in somebody's hands; it is due again when that is over. `now` in ms. */
export const held = (id: string, now: number) => ({ lease_until: now + lease, ...dueAt(id, now + lease) });

/** The condition under which a delivery is as it was found, and in nobody's hands. `now` in ms. */
export const untouched = ({ next_attempt_at }: DeliveryRecord, now: number) => ({
  if: "#status = :pending AND #next_attempt_at = :seen AND (attribute_not_exists(#lease_until) OR #lease_until <= :now)",
  values: { pending: "pending", seen: next_attempt_at, now },
});

type Time = Pick<DeliveryRecord, "tries" | "give_up_at">;

/** Whether nothing is left but to give it up. Nothing is that was never tried. `now` in ms. */
export const isOver = ({ tries, give_up_at }: Time, now: number): boolean =>
  tries >= Schedule.attempts || (tries > 0 && now >= Date.parse(give_up_at));

/** Whether its time is over and it was never tried: then it is, though its endpoint rests. `now` in ms. */
export const isLastChance = ({ tries, give_up_at }: Time, now: number): boolean =>
  tries === 0 && now >= Date.parse(give_up_at);

/** The due index attributes, as if it had never been moved on. `at` in ms. */
export const dueAt = (id: string, at: number) => ({ ...due(id, at), due_n: 0 });

/** The mark of a failed delivery: by it all of an endpoint's are found. */
export const failedMark = ({ owner, endpoint, id }: Pick<Ref, "owner" | "endpoint" | "id">) => ({
  mark_pk: failedPartition(owner, endpoint),
  mark_sk: id,
});

export const failedPartition = (owner: Owner, endpoint: string): string => `HOOKFAILED#${owner}#${endpoint}`;

/** The write that puts a new delivery where there is none. `more` = its due entry. */
export const put = (record: DeliveryRecord, more: Readonly<Record<string, unknown>>): Put => ({
  put: { ...keyOf(record), ...record, ...more },
  if: "attribute_not_exists(pk)",
});

/** The delivery in an item. */
export const fromItem = (item: Item): DeliveryRecord => item as unknown as DeliveryRecord;
