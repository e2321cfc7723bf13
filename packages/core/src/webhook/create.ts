import { AppError } from "../error.ts";
import * as Id from "../id.ts";
import type { Idempotency } from "../idempotency/claim.ts";
import { type Claims, once } from "../idempotency/once.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { isRefused, type Update } from "../ports/store.ts";
import type { EndpointRecord, Owner } from "./endpoint.ts";
import { type EventType, eventTypes } from "./outbox.ts";
import * as Secret from "./secret.ts";
import { cleanUrl } from "./url.ts";
import { chosen, type EndpointView, view } from "./view.ts";
import { write } from "./write.ts";

/** Endpoints of a database, or of the operator, at most: each event is sent to all of them. */
export const maximum = 20;

type Needs = Pick<Ports, "store" | "clock" | "random" | "actor" | "vault" | "http">;

/** An endpoint to be made. */
export interface EndpointInput {
  /** The URL. */
  readonly endpoint: string;
  /** What it is to be told: one event at least. */
  readonly events: readonly EventType[];
}

/** An endpoint just made, or whose secret was rotated: the secret, `whsec_…`, is in this answer only. */
export type Shown = EndpointView & { readonly signing_secret: string };

/**
 * Makes an endpoint. Its secret is in this answer and nowhere else, but sealed for a day under an idempotency key.
 * @throws AppError invalid_parameter; conflict when there are 20.
 */
export const create = (ports: Needs, owner: Owner, input: EndpointInput, key?: Idempotency): Promise<Shown> =>
  once(ports, owner, key, (claims) => createOne(ports, owner, input, claims), { sealed: true });

async function createOne(ports: Needs, owner: Owner, input: EndpointInput, claims: Claims<Shown>): Promise<Shown> {
  const endpoint = await cleanUrl(ports, input.endpoint);
  const id = Id.make("webhook", ports);
  const signing_secret = Secret.make(ports.random);
  const secrets = { current: signing_secret, former: [] };
  const record: EndpointRecord = {
    id,
    database: owner,
    endpoint,
    events: cleanEvents(input.events),
    status: "enabled",
    disabled_reason: null,
    failing_since: null,
    last_delivery: null,
    created_at: new Date(ports.clock.now()).toISOString(),
    sealed: await Secret.seal(ports, { database: owner, record: id }, secrets),
  };
  const created = { ...view(record), signing_secret };
  const writes = [count(owner), { put: { ...keys.webhook(owner, id), ...record } }, ...(await claims(created))];
  try {
    await write(ports, owner, writes, [
      { noun: "webhook", id, action: "create", before: null, after: { ...chosen(record) } },
    ]);
  } catch (error) {
    if (!isRefused(error)) throw error;
    throw new AppError("conflict", `There are at most ${maximum} webhooks: delete one first.`, { cause: error });
  }
  return created;
}

/** Events in the order of the closed list, each once. @throws AppError invalid_parameter for none. */
export function cleanEvents(given: readonly EventType[]): EventType[] {
  const events = eventTypes.filter((type) => given.includes(type));
  if (events.length > 0) return events;
  throw new AppError("invalid_parameter", "events is to name one event at least.", { details: { field: "events" } });
}

const count = (owner: Owner): Update => ({
  update: keys.webhookCount(owner),
  add: { endpoints: 1 },
  if: "attribute_not_exists(#endpoints) OR #endpoints < :maximum",
  values: { maximum },
});
