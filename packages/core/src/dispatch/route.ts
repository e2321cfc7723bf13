import { domainOf, normalize } from "../address/address.ts";
import type { Loaded } from "../configuration/load.ts";
import type { Body } from "../email/body.ts";
import * as Event from "../email/event.ts";
import { forcedMark, isForced } from "../email/forced.ts";
import type { Head, Sender } from "../email/head.ts";
import { AppError } from "../error.ts";
import type { Id } from "../id.ts";
import { assertBound } from "../key/bound.ts";
import type { Ports } from "../ports/main.ts";
import { decide } from "../routing/decide.ts";
import type { Decision } from "../routing/schema.ts";
import type { ServerRecord } from "../server/record.ts";
import * as Replacement from "../server/replacement.ts";
import { charge } from "./charge.ts";
import { back, headUpdate, type InHand, remaining, write } from "./hand.ts";

/**
 * Whether the route fixed at acceptance still stands (R-DOM-8): its server is there, active and this mail's to use
 * (R-PERS-2), and over the platform the From's domain is one it may send for (R-SEL-9).
 */
export function stands(
  { servers, domains, settings }: Loaded,
  head: Head,
  body: Pick<Body, "from_address" | "asked">,
): boolean {
  const server = servers.find(({ id }) => id === head.server);
  if (head.server !== null && !server?.active) return false;
  if (head.over === "platform") {
    const domain = domainOf(normalize(body.from_address));
    return domains.some(({ name, is_default, verified }) => name === domain && (is_default || verified));
  }
  const personal = settings.personal_servers && isOwners(body, server?.owner ?? null);
  return settings.custom_email_servers && (server?.owner === null || personal);
}

/** Whether a mail was made by the owner of a personal server, and is from that address (R-PERS-2). */
const isOwners = (
  { from_address, asked }: Pick<Body, "from_address" | "asked">,
  owner: ServerRecord["owner"],
): boolean => owner !== null && asked.creator === normalize(owner) && normalize(from_address) === normalize(owner);

/**
 * Routes an email again by the same rules, since its route no longer stands (R-DOM-8), with an entry in the timeline.
 * The charge moves with it (R-LIM-3): to the platform it is reserved first, away from it it is given back.
 * @returns the head as it then is, its state `queued`; undefined when somebody else was faster.
 * @throws AppError daily_quota_exceeded when the platform's limit has no room; what `decide` refuses.
 */
export async function reroute(
  ports: Ports,
  loaded: Loaded,
  inHand: InHand,
  { asked }: Pick<Body, "asked">,
): Promise<Head | undefined> {
  const { head } = inHand;
  const { decision, forced } = await decideAgain(ports, loaded, asked);
  assertBound(decision.from_address, asked.from_domains);
  const changed: Partial<Head> = {
    state: "queued",
    server: decision.server ? (decision.server.id as Id<"server">) : null,
    over: decision.over,
    rule: decision.rule,
    rerouted: senderOf(decision, asked),
    ...(forced !== undefined && forcedMark(head.database, forced, head.id)),
  };
  const event: Event.Event = {
    type: "rerouted",
    at: new Date(ports.clock.now()).toISOString(),
    note: `The server or domain it was accepted for is no longer there: now over ${decision.server?.name ?? "the platform"} as ${decision.from_address}.`,
  };
  const unmark = isForced(head.mark_pk) ? ["mark_pk", "mark_sk"] : [];
  const entry = Event.put(head, event, head.expires_at);
  const update = (set: Partial<Head>) =>
    headUpdate(head, { ...changed, ...set }, ["failure_type", "admitted", ...unmark]);
  const after = (set: Partial<Head>): Head => ({ ...head, ...changed, ...set, rev: head.rev + 1 });
  if (decision.over === "platform" && (head.charged_n ?? 0) === 0) {
    const charged = await charge(ports, loaded.version, inHand, (set) => [update(set), entry]);
    return charged && after(charged);
  }
  const given = decision.over === "smtp" ? back(head, remaining(inHand)) : { set: {}, writes: [] };
  return (await write(ports, [update(given.set), entry, ...given.writes])) ? after(given.set) : undefined;
}

/**
 * The route by the same rules. The server it was forced to is no longer forced, but for what took its place (R-SRV-6);
 * where that may not send it, the rules choose.
 */
async function decideAgain(
  { store }: Ports,
  loaded: Loaded,
  { server, ...mail }: Body["asked"],
): Promise<{ decision: Decision; forced?: string }> {
  const forced = server === undefined ? undefined : await Replacement.find(store, loaded, server);
  if (forced === undefined) return { decision: decide(loaded.prepared, mail) };
  try {
    return { decision: decide(loaded.prepared, { ...mail, server: forced }), forced };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { decision: decide(loaded.prepared, mail) };
  }
}

/** What takes the place of the body's sender; a Reply-To of the caller's own stays where it is. */
function senderOf(decision: Decision, { reply_to: own, thread }: Body["asked"]): Partial<Sender> {
  const { from, from_address, envelope_from, envelope_token, reply_to, reply_token } = decision;
  const answers = { reply_to, ...(thread && { reply_token }) };
  return { from, from_address, envelope_from, envelope_token, ...(own === undefined && answers) };
}
