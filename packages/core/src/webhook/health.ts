import { AppError } from "../error.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, isRefused, type Put, type Update } from "../ports/store.ts";
import type { Attempt } from "./delivery.ts";
import type { DisabledReason, EndpointRecord } from "./endpoint.ts";
import * as Outbox from "./outbox.ts";
import type { Posted } from "./post.ts";
import { restFor } from "./schedule.ts";
import { wanted } from "./wanted.ts";
import { write } from "./write.ts";

/** What an endpoint's item has beside its record while it is silent: in no answer. */
interface Silence {
  /** Until then it is left alone, ms. */
  readonly rest_until?: number;
  /** How often in a row it was silent. */
  readonly silences?: number;
}

/** The attributes of an endpoint's silence: they go when it is over, or the endpoint begins anew. */
export const silence = ["rest_until", "silences"] as const satisfies readonly (keyof Silence)[];

/** An endpoint as it is delivered to. */
export type Endpoint = EndpointRecord & Silence;

type Needs = Pick<Ports, "store" | "clock" | "random" | "actor" | "log">;

/** An endpoint that has failed for so long is disabled with the next delivery that is given up, in ms. */
const longest = 3 * 86_400_000;
/** What was last heard of an endpoint is written so often while it says the same, in ms. */
const between = 60_000;
/** How long the first attempt after a rest has an endpoint for itself, in ms: its time-out and a little. */
const probing = 20_000;

/** Until when an endpoint is left alone, ms; 0 = it is not. One enabled again, or given another URL, is not. */
export const restOf = ({ failing_since, rest_until = 0 }: Endpoint): number =>
  failing_since === null ? 0 : rest_until;

/** How long an endpoint is left alone that was silent just now, ms since 1970. `now` in ms. */
export const nextRest = ({ silences = 0 }: Endpoint, now: number): number => now + restFor(silences + 1);

/** Whether an endpoint had been silent when it was looked at. */
export const wasSilent = ({ silences = 0 }: Endpoint): boolean => silences > 0;

/**
 * Asks leave to try an endpoint. One whose rest is over gives it once, to whoever is first: all others wait for what
 * comes of that attempt.
 * @returns the endpoint as it then is; or until when it is left alone, ms
 */
export async function admit(ports: Pick<Ports, "store" | "clock">, endpoint: Endpoint): Promise<Endpoint | number> {
  const now = ports.clock.now();
  const rest = restOf(endpoint);
  if (rest === 0) return endpoint;
  if (rest > now) return rest;
  const rest_until = now + probing;
  try {
    await ports.store.write({
      update: keys.webhook(endpoint.database, endpoint.id),
      set: { rest_until },
      if: "#rest_until = :seen",
      values: { seen: rest },
    });
    return { ...endpoint, rest_until };
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    return rest_until;
  }
}

/** Notes what an attempt says of the endpoint itself. That it could not be noted is no failure of the delivery. */
export async function note(ports: Needs, endpoint: Endpoint, posted: Posted): Promise<void> {
  const update = posted.error === null ? worked(endpoint, posted) : failed(endpoint, posted, ports.clock.now());
  if (!update) return;
  try {
    await ports.store.write(update);
  } catch (error) {
    if (error instanceof ConditionFailed) return;
    ports.log.warn("the state of a webhook was not noted", { operation: "webhook", code: endpoint.id, error });
  }
}

function worked(endpoint: Endpoint, attempt: Attempt): Update | undefined {
  if (endpoint.failing_since === null && isNoted(endpoint, attempt)) return undefined;
  return {
    update: keys.webhook(endpoint.database, endpoint.id),
    set: { failing_since: null, last_delivery: last(attempt) },
    remove: silence,
    if: "#endpoint = :url",
    values: { url: endpoint.endpoint },
  };
}

/**
 * Attempts that were under way when it fell silent, or with another URL, say nothing more of it. Any answer ends its
 * silence.
 */
function failed(endpoint: Endpoint, posted: Posted, now: number): Update | undefined {
  const first = endpoint.failing_since === null;
  const ends = !posted.silent && wasSilent(endpoint);
  if (!first && !posted.silent && !ends && isNoted(endpoint, posted)) return undefined;
  const rest = { rest_until: nextRest(endpoint, now), silences: (endpoint.silences ?? 0) + 1 };
  const at = Date.parse(posted.at);
  const seen = endpoint.rest_until ?? 0;
  const conditions = [
    "#endpoint = :url",
    ...(first ? ["#failing_since = :none"] : []),
    ...(posted.silent ? ["(attribute_not_exists(#rest_until) OR #rest_until <= :at OR #rest_until = :rest)"] : []),
    ...(ends ? ["#rest_until = :rest"] : []),
  ];
  return {
    update: keys.webhook(endpoint.database, endpoint.id),
    set: {
      last_delivery: last(posted),
      ...(first && { failing_since: posted.at }),
      ...(posted.silent && rest),
    },
    ...(ends && { remove: silence }),
    if: conditions.join(" AND "),
    values: {
      url: endpoint.endpoint,
      ...(first && { none: null }),
      ...(posted.silent && { at }),
      ...((posted.silent || ends) && { rest: seen }),
    },
  };
}

const last = ({ at, status, error }: Attempt) => ({ at, ok: error === null, status });

const isNoted = ({ last_delivery }: Endpoint, { at, status, error }: Attempt): boolean =>
  last_delivery !== null &&
  last_delivery.ok === (error === null) &&
  last_delivery.status === status &&
  Date.parse(at) - Date.parse(last_delivery.at) < between;

/** A delivery was given up: the endpoint is disabled if nothing has been taken for 3 days. */
export async function givenUp(ports: Needs, endpoint: Endpoint): Promise<void> {
  const item = await ports.store.get(keys.webhook(endpoint.database, endpoint.id), { consistent: true });
  const { failing_since, status } = (item ?? endpoint) as Endpoint & Record<string, unknown>;
  if (status !== "enabled" || failing_since === null) return;
  if (ports.clock.now() - Date.parse(failing_since) >= longest) await disable(ports, endpoint, "failing");
}

/** Disables an endpoint that is enabled, with the reason: in the list of webhooks, and in the audit trail. */
export async function disable(ports: Needs, endpoint: Endpoint, disabled_reason: DisabledReason): Promise<void> {
  const { database, id } = endpoint;
  const after = { status: "disabled", disabled_reason } as const;
  const update: Update = {
    update: keys.webhook(database, id),
    set: after,
    // One that has another URL since has not been heard of
    if: "#status = :enabled AND #endpoint = :url",
    values: { enabled: "enabled", url: endpoint.endpoint },
  };
  const change = { noun: "webhook", id, action: "update", after } as const;
  const told = await tellDisabled(ports, endpoint, disabled_reason);
  try {
    await write(
      ports,
      database,
      [update, ...told],
      [{ ...change, before: { status: "enabled", disabled_reason: null } }],
    );
  } catch (error) {
    // Disabled already, or deleted with its database
    if (!isRefused(error) && !(error instanceof AppError && error.name === "not_found")) throw error;
  }
}

/**
 * `webhook.disabled`, to the other endpoints of its database and to the operator's, where one wants that. Without its
 * URL, which may have a secret in it. Of the operator's own endpoints the audit trail tells.
 */
async function tellDisabled(ports: Needs, { database, id }: Endpoint, disabled_reason: DisabledReason): Promise<Put[]> {
  if (database === "operator" || !(await wanted(ports, database)).has("webhook.disabled")) return [];
  const now = ports.clock.now();
  const data = { webhook_id: id, disabled_reason };
  return [Outbox.put(database, { id: `webhook.disabled.${id}.${now}`, type: "webhook.disabled", data }, now)];
}
