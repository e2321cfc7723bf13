import { domainOf, normalize } from "../address/address.ts";
import type { Loaded } from "../configuration/load.ts";
import type { Body } from "../email/body.ts";
import * as Event from "../email/event.ts";
import type { Head, Sender } from "../email/head.ts";
import type { Id } from "../id.ts";
import * as keys from "../keys.ts";
import { giveBack } from "../limit/counter.ts";
import { reserve } from "../limit/reserve.ts";
import type { Ports } from "../ports/main.ts";
import type { Update, Write } from "../ports/store.ts";
import { decide } from "../routing/decide.ts";
import type { Decision } from "../routing/schema.ts";
import { untilWritten } from "./write.ts";

/** An email with the sender it has now. */
export interface Routed {
  readonly head: Head;
  readonly body: Body;
}

/**
 * Whether the route fixed at acceptance still stands (R-DOM-8): its server is there and active, and over the
 * platform the From's domain is one it may send for (R-SEL-9).
 */
export function stands({ servers, domains, settings }: Loaded, head: Head, body: Sender): boolean {
  const server = servers.find(({ id }) => id === head.server);
  if (head.server !== null && !server?.active) return false;
  if (head.over === "platform") {
    const domain = domainOf(normalize(body.from_address));
    return domains.some(({ name, is_default, verified }) => name === domain && (is_default || verified));
  }
  return settings.custom_email_servers && (server?.owner === null || settings.personal_servers);
}

/**
 * Routes an email again by the same rules, since its route no longer stands (R-DOM-8), with an entry in the timeline.
 * The charge moves with it (R-LIM-3): to the platform it is reserved first, away from it it is given back.
 * @throws AppError daily_quota_exceeded when the platform's limit has no room; what `decide` refuses.
 */
export async function reroute(
  ports: Ports,
  loaded: Loaded,
  { head, body }: Routed,
  recipients: number,
): Promise<Routed> {
  const { server: _forced, ...asked } = body.asked;
  const decision = decide(loaded.prepared, asked);
  const sender = senderOf(decision);
  const server = decision.server ? (decision.server.id as Id<"server">) : null;
  const changed = { server, over: decision.over, rule: decision.rule, rerouted: sender };
  const event: Event.Event = {
    type: "rerouted",
    at: new Date(ports.clock.now()).toISOString(),
    note: `The server or domain it was accepted for is no longer there: now over ${decision.server?.name ?? "the platform"} as ${decision.from_address}.`,
  };
  const update = (set: object, remove: readonly string[]): Update => ({
    update: keys.emailHead(head.database, head.id),
    set: { ...changed, ...set },
    remove,
    if: "#state IN (:queued, :deferred) AND #try = :try",
    values: { queued: "queued", deferred: "deferred", try: head.try },
  });
  const entry = Event.put(head, event, head.expires_at);
  const charge = await move(ports, loaded, head, decision.over, recipients, (set, remove) => [
    update(set, remove),
    entry,
  ]);
  const { charged_day: _day, charged_n: _n, ...rest } = head;
  return { head: { ...rest, ...changed, ...charge }, body: { ...body, ...sender } };
}

/** What the daily limit was charged with, as the head keeps it. */
type Charge = Pick<Head, "charged_day" | "charged_n">;

/** Writes the new route together with what it means for the daily limit (R-LIM-3). */
async function move(
  ports: Ports,
  { version }: Loaded,
  { database, charged_day, charged_n }: Head,
  over: Head["over"],
  recipients: number,
  actions: (set: Charge, remove: readonly string[]) => Write[],
): Promise<Charge> {
  if (over === "platform" && charged_n === undefined) {
    let charge: Charge = {};
    await reserve(ports, version, {
      count: recipients,
      actions: (day) => {
        charge = { charged_day: day, charged_n: recipients };
        return actions(charge, []);
      },
      refused: () => undefined,
    });
    return charge;
  }
  if (over === "platform" || charged_day === undefined || charged_n === undefined) {
    await untilWritten(ports, () => ports.store.transact(actions({}, [])));
    return { ...(charged_day !== undefined && { charged_day }), ...(charged_n !== undefined && { charged_n }) };
  }
  const back = giveBack(database, charged_day, charged_n);
  await untilWritten(ports, () => ports.store.transact([...actions({}, ["charged_day", "charged_n"]), back]));
  return {};
}

function senderOf({ from, from_address, envelope_from, envelope_token, reply_to }: Decision): Sender {
  return { from, from_address, envelope_from, envelope_token, reply_to };
}
