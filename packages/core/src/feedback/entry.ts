import { clip } from "../dispatch/hand.ts";
import * as Event from "../email/event.ts";
import type { Head } from "../email/head.ts";
import * as Told from "../email/told.ts";
import type { Key, Put } from "../ports/store.ts";
import type { EventType } from "../webhook/outbox.ts";
import type { Change } from "./change.ts";
import { isMachine } from "./machine.ts";
import type { Mail } from "./mail.ts";
import type { News } from "./reduce.ts";

type Kind = Change["kind"];

const types: Readonly<Partial<Record<Kind, Event.Event["type"]>>> = {
  delivery_delayed: "delivery_delayed",
  bounced: "bounced",
  soft_bounced: "bounced",
  complained: "complained",
  failed: "rejected",
  reported: "reported",
  auto_replied: "auto_replied",
  opened: "opened",
  clicked: "clicked",
};

const notes: Readonly<Partial<Record<Kind, string>>> = {
  auto_replied: "An automatic answer came back, as of somebody out of the office: no bounce.",
  reported: "A report of the remote server; the state is what it was.",
};

/** What else is to be known of what stands in the timeline alone. */
const apart: Readonly<Partial<Record<NonNullable<News["alone"]>, string>>> = {
  earlier: "Told of an earlier attempt: the states are those of the last.",
  nobody: "Told of an address that is none of the recipients': nobody's state is another for it.",
};

/** Characters that are kept of what others have written. */
const longest = { link: 500, user_agent: 200, remote_mta: 255 } as const;

/** What makes a change one, of all that is told of an email. */
export const nameOf = ({ dedupe, address }: Pick<Change, "dedupe" | "address">): string => `${dedupe} ${address ?? ""}`;

/** Its place in the timeline, the same however often it is told. */
export const placeOf = (head: Head, change: Change): Key => Event.toldKey(head, nameOf(change));

/** An email, and what is known of its recipients once all was told. */
type Known = Pick<Mail, "head" | "people">;

/** The timeline's entry for a piece of news; none for a delivery, which the item of its recipient tells. `now` in ms. */
export function entry({ head, people }: Known, { change, about, alone }: News, now: number): Put[] {
  const type = types[change.kind];
  if (!type) return [];
  const { at, reply, status, remote_mta, link, user_agent } = change;
  const bounce = bounceOf(change);
  const ambiguous = change.kind === "complained" && about.length > 1;
  const unsure = ambiguous ? "One of these has complained; it is not known who." : undefined;
  const known = unsure ?? (alone && apart[alone]) ?? notes[change.kind];
  const said = remote_mta && `Said by ${remote_mta.slice(0, longest.remote_mta).toWellFormed()}.`;
  const note = known && said ? `${known} ${said}` : (known ?? said);
  const event: Event.Event = {
    type,
    at,
    ...(reply !== undefined && { reply: clip(reply) }),
    ...(status !== undefined && { status }),
    ...(bounce && { bounce }),
    ...(link !== undefined && { link: link.slice(0, longest.link) }),
    ...(user_agent !== undefined && { user_agent: user_agent.slice(0, longest.user_agent) }),
    ...(isMachine(people, change) && { machine: true as const }),
    ...(note !== undefined && { note }),
    ...(head.recipients > 1 && about.length > 0 && { recipients: about }),
  };
  // No state stands for it: the entry itself proves that it is news, as long after it was told as others after they were
  const from = alone ? new Date(now).toISOString() : at;
  const put = { ...placeOf(head, change), ...event, expires_at: Event.endOf(head, from, head.expires_at) };
  return [alone ? { put, if: "attribute_not_exists(pk)" } : { put }];
}

const bounceOf = ({ type, sub_type }: Change): Event.Event["bounce"] =>
  type === undefined ? undefined : { type, ...(sub_type !== undefined && { sub_type }) };

const told: Readonly<Partial<Record<Kind, Told.Telling["type"]>>> = {
  delivered: "email.delivered",
  delivery_delayed: "email.delivery_delayed",
  bounced: "email.bounced",
  soft_bounced: "email.bounced",
  complained: "email.complained",
  failed: "email.failed",
  opened: "email.opened",
  clicked: "email.clicked",
};

/** What the webhooks are told of it, where some endpoint wants that. `now` in ms. */
export function telling({ head, people }: Known, news: News, wanted: ReadonlySet<EventType>, now: number): Put[] {
  const { change, about, alone } = news;
  const type = told[change.kind];
  if (!type || !wanted.has(type) || alone === "nobody") return [];
  return [Told.put(head, { type, once: nameOf(change), about, at: change.at, data: dataOf(people, change) }, now)];
}

/** The fields of the Resend API that are special to a type. */
function dataOf(people: Known["people"], change: Change): Record<string, unknown> {
  const { kind, reply = "", status, type = "Undetermined", sub_type: subType = "General", at } = change;
  const machine = isMachine(people, change) ? { machine: true } : {};
  if (kind === "bounced" || kind === "soft_bounced") return { bounce: { type, subType, message: clip(reply), status } };
  if (kind === "failed") return { failed: { reason: clip(reply) } };
  if (kind === "opened") return machine;
  const { link, user_agent: userAgent, ip: ipAddress } = change;
  if (kind === "clicked") return { click: { link, userAgent, ipAddress, timestamp: at }, ...machine };
  return {};
}
