import { compare } from "../audit/diff.ts";
import { AppError } from "../error.ts";
import * as Id from "../id.ts";
import type { Idempotency } from "../idempotency/claim.ts";
import { type Claims, once } from "../idempotency/once.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { isRefused } from "../ports/store.ts";
import { cleanEvents, type EndpointInput, type Shown } from "./create.ts";
import type { EndpointRecord, Owner } from "./endpoint.ts";
import * as Endpoint from "./endpoint.ts";
import * as Health from "./health.ts";
import * as Secret from "./secret.ts";
import { cleanUrl } from "./url.ts";
import { chosen, type EndpointView, view } from "./view.ts";
import { notFound, orNotFound, write } from "./write.ts";

/** How long deliveries to an endpoint that is gone are kept at most, in seconds: theirs and a day. */
const formerSeconds = 31 * 86_400;

type Needs = Pick<Ports, "store" | "clock" | "random" | "actor" | "vault" | "http">;

/** What changes of an endpoint; what is not named stays. */
export interface EndpointPatch extends Partial<EndpointInput> {
  readonly status?: EndpointRecord["status"];
}

/** The endpoints of a database, or of the operator, newest first. */
export async function list(ports: Pick<Ports, "store">, owner: Owner): Promise<EndpointView[]> {
  return (await Endpoint.list(ports, owner)).toReversed().map(view);
}

/** One of them. @throws AppError not_found */
export async function get(ports: Pick<Ports, "store">, owner: Owner, id: string): Promise<EndpointView> {
  return view(await find(ports, owner, id));
}

/** The record of an endpoint. @throws AppError not_found */
export async function find(ports: Pick<Ports, "store">, owner: Owner, id: string): Promise<EndpointRecord> {
  const record = Id.is("webhook", id) ? await Endpoint.find(ports, owner, id) : undefined;
  if (!record) throw notFound();
  return record;
}

/**
 * Changes an endpoint. One that is enabled again, or has another URL, begins without its failures.
 * @throws AppError not_found, invalid_parameter
 */
export async function patch(ports: Needs, owner: Owner, id: string, input: EndpointPatch): Promise<EndpointView> {
  const before = await find(ports, owner, id);
  const after = await patched(ports, before, input);
  const changed = compare({ ...chosen(before) }, { ...chosen(after) });
  if (!changed) return view(before);
  const begun = isAnew(before, after) ? { failing_since: null } : {};
  const update = {
    update: keys.webhook(owner, id),
    set: { ...changed.after, ...begun },
    ...(isAnew(before, after) && { remove: Health.silence }),
    if: "attribute_exists(pk)",
  };
  await orNotFound(write(ports, owner, [update], [{ noun: "webhook", id, action: "update", ...changed }]));
  return view(after);
}

async function patched(ports: Needs, before: EndpointRecord, input: EndpointPatch): Promise<EndpointRecord> {
  const { status = before.status } = input;
  const endpoint = input.endpoint === undefined ? before.endpoint : await cleanUrl(ports, input.endpoint);
  const after = {
    ...before,
    endpoint,
    events: input.events === undefined ? before.events : cleanEvents(input.events),
    status,
    disabled_reason: status === "enabled" ? null : (before.disabled_reason ?? "requested"),
  };
  return isAnew(before, after) ? { ...after, failing_since: null } : after;
}

/** Whether what was heard of it says nothing more: it is enabled again, or another URL. */
const isAnew = (before: EndpointRecord, after: EndpointRecord): boolean =>
  (after.status === "enabled" && before.status === "disabled") || after.endpoint !== before.endpoint;

/**
 * Deletes an endpoint: it is told nothing more, and deliveries under way end. Those there were end by themselves; a
 * note of it stays for as long, by which they are found when their database is deleted.
 * @throws AppError not_found
 */
export async function remove(ports: Needs, owner: Owner, id: string): Promise<void> {
  const before = { ...chosen(await find(ports, owner, id)) };
  const expires_at = Math.floor(ports.clock.now() / 1000) + formerSeconds;
  const writes = [
    { delete: keys.webhook(owner, id), if: "attribute_exists(pk)" },
    { put: { ...keys.formerWebhook(owner, id), expires_at } },
    { update: keys.webhookCount(owner), add: { endpoints: -1 } },
  ];
  await orNotFound(write(ports, owner, writes, [{ noun: "webhook", id, action: "delete", before, after: null }]));
}

/**
 * Gives an endpoint a new secret. What was in force before signs beside it for 24 hours, so that a receiver can take
 * its time; then by itself no more.
 * @throws AppError not_found; conflict when it is being rotated by somebody else.
 */
export const rotate = (ports: Needs, owner: Owner, id: string, key?: Idempotency): Promise<Shown> =>
  once(ports, owner, key, (claims) => rotateOne(ports, owner, id, claims), { sealed: true });

async function rotateOne(ports: Needs, owner: Owner, id: string, claims: Claims<Shown>): Promise<Shown> {
  const record = await find(ports, owner, id);
  const bound = { database: owner, record: record.id };
  const signing_secret = Secret.make(ports.random);
  const before = await Secret.open(ports, bound, record.sealed);
  const sealed = await Secret.seal(ports, bound, Secret.rotate(before, signing_secret, ports.clock.now()));
  const update = { update: keys.webhook(owner, id), set: { sealed }, if: "#sealed = :seen" };
  const shown = { ...view(record), signing_secret };
  try {
    const writes = [{ ...update, values: { seen: record.sealed } }, ...(await claims(shown))];
    await write(ports, owner, writes, [{ noun: "secret", id, action: "update" }]);
  } catch (error) {
    if (!isRefused(error)) throw error;
    throw new AppError("conflict", "The webhook is being changed by others: try again.", { cause: error });
  }
  return shown;
}
