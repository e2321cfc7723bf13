import type { Id } from "../id.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Item } from "../ports/store.ts";
import type { EventType } from "./outbox.ts";
import * as Secret from "./secret.ts";

/** Whose an endpoint is: a database's, or the operator's for all databases. */
export type Owner = Id<"database"> | "operator";

/** Why an endpoint is told nothing: somebody wanted it so, it answered 410 Gone, or it failed for days on end. */
export type DisabledReason = "requested" | "gone" | "failing";

/** The last attempt there was. */
export interface LastDelivery {
  /** ISO 8601. */
  readonly at: string;
  readonly ok: boolean;
  /** HTTP; null = there was no answer. */
  readonly status: number | null;
}

/** A URL that events are told to, as stored. */
export interface EndpointRecord {
  readonly id: Id<"webhook">;
  readonly database: Owner;
  /** The URL, as it was given. */
  readonly endpoint: string;
  /** What it is told, in the order of the closed list. */
  readonly events: readonly EventType[];
  readonly status: "enabled" | "disabled";
  /** Null while it is enabled. */
  readonly disabled_reason: DisabledReason | null;
  /** Since when every attempt has failed, ISO 8601; null = the last one did not. */
  readonly failing_since: string | null;
  readonly last_delivery: LastDelivery | null;
  readonly created_at: string;
  /** Its secrets, sealed for this endpoint alone: see {@link secretsOf}. In no answer, audit entry or log line. */
  readonly sealed: string;
}

/**
 * The endpoints of a database, or of the operator, oldest first; disabled ones too. One query.
 * @param consistent strongly: a secret just rotated must sign. Without it the query costs half.
 */
export async function list(
  { store }: Pick<Ports, "store">,
  owner: Owner,
  { consistent = true } = {},
): Promise<EndpointRecord[]> {
  const { pk } = keys.webhook(owner, "");
  const items: Item[] = [];
  let cursor: string | undefined;
  do {
    const from = cursor === undefined ? {} : { cursor };
    const page = await store.query({ pk, prefix: keys.webhookPrefix, consistent, ...from });
    items.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return items.map(fromItem);
}

/** One endpoint, read strongly; undefined when the owner has no such one. */
export async function find(
  { store }: Pick<Ports, "store">,
  owner: Owner,
  id: string,
): Promise<EndpointRecord | undefined> {
  const item = await store.get(keys.webhook(owner, id), { consistent: true });
  return item && fromItem(item);
}

/** The secrets to sign with now, the newest first: a former one too for 24 h after a rotation. Each is `whsec_…`. */
export async function secretsOf(
  { vault, clock }: Pick<Ports, "vault" | "clock">,
  { database, id, sealed }: EndpointRecord,
): Promise<string[]> {
  return Secret.inForce(await Secret.open({ vault }, { database, record: id }, sealed), clock.now());
}

const fromItem = ({ pk: _pk, sk: _sk, ...record }: Item): EndpointRecord => record as unknown as EndpointRecord;
