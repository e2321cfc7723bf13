import { decodeWords } from "postal-mime";
import * as Address from "./address.ts";
import type { Ses } from "./context.ts";
import type { Draft } from "./draft.ts";
import type { Field } from "./header.ts";
import * as Header from "./header.ts";
import * as Identity from "./identity.ts";
import * as MessageId from "./message-id.ts";
import type { Fate } from "./simulator.ts";

/** An event of event publishing: the type its destination asked for, and its JSON. */
export interface Event {
  type: EventType;
  body: string;
}

/** The types of a destination. */
export type EventType =
  | "SEND"
  | "DELIVERY"
  | "BOUNCE"
  | "COMPLAINT"
  | "REJECT"
  | "RENDERING_FAILURE"
  | "DELIVERY_DELAY"
  | "OPEN"
  | "CLICK"
  | "SUBSCRIPTION";

/** An accepted mail as its events tell it. `at` in epoch milliseconds. */
export interface Accepted {
  id: string;
  at: number;
  draft: Draft;
  /** Name of the identity that let it out. */
  identity: string;
  /** Recipients by what becomes of their copy. */
  fates: Map<Fate, string[]>;
}

const PROCESSING = 5;
const HOST = "smtp-out.amazonses.com";
const AGENT = "Amazon SES Mailbox Simulator";

/** What the types that follow a mail later are called in their events, and the name of their detail. */
const names = {
  REJECT: ["Reject", "reject"],
  RENDERING_FAILURE: ["Rendering Failure", "failure"],
  DELIVERY_DELAY: ["DeliveryDelay", "deliveryDelay"],
  OPEN: ["Open", "open"],
  CLICK: ["Click", "click"],
  SUBSCRIPTION: ["Subscription", "subscription"],
} as const;

/** A type that nothing in the embedded SES brings about by itself: `control.tell` does. */
export type Later = keyof typeof names;

/** An event of a mail that was accepted before. @param mail as its other events have it. */
export function later(mail: object, type: Later, detail: object): Event {
  const [eventType, name] = names[type];
  return { type, body: JSON.stringify({ eventType, mail, [name]: detail }) };
}

/** All events of a mail in the order SES has them: one Send, a Delivery for each receiving domain, then the feedback. */
export function create(ses: Ses, accepted: Accepted): Event[] {
  const mail = describe(ses, accepted);
  const at = new Date(accepted.at + PROCESSING).toISOString();
  const feedback = (detail: object) => ({ timestamp: at, feedbackId: MessageId.create(accepted.at), ...detail });
  const of = (...fates: Fate[]) => fates.flatMap((fate) => accepted.fates.get(fate) ?? []);
  const event = (type: string, detail: object): Event => ({
    type: type.toUpperCase() as Event["type"],
    body: JSON.stringify({ eventType: type, mail, [type.toLowerCase()]: detail }),
  });
  return [
    event("Send", {}),
    ...domains(of("delivery", "ooto", "complaint")).map((list) => event("Delivery", delivery(at, list))),
    ...some(of("bounce"), (list) => event("Bounce", feedback(hardBounce(list)))),
    ...some(of("suppressed"), (list) => event("Bounce", feedback(suppressed(list)))),
    ...some(of("ooto"), (list) => event("Bounce", feedback(autoReply(list)))),
    ...some(of("complaint"), (list) => event("Complaint", feedback(complaint(at, list)))),
  ];
}

function some(list: string[], make: (list: string[]) => Event): Event[] {
  return list.length > 0 ? [make(list)] : [];
}

function domains(list: string[]): string[][] {
  const by = Map.groupBy(list, (address) => address.slice(address.lastIndexOf("@") + 1).toLowerCase());
  return [...by.values()];
}

function delivery(timestamp: string, recipients: string[]): object {
  const smtpResponse = "250 2.6.0 Message received";
  return { timestamp, processingTimeMillis: PROCESSING, recipients, smtpResponse, reportingMTA: HOST };
}

function hardBounce(list: string[]): object {
  const why = { action: "failed", status: "5.1.1", diagnosticCode: "smtp; 550 5.1.1 user unknown" };
  return {
    bounceType: "Permanent",
    bounceSubType: "General",
    bouncedRecipients: list.map((emailAddress) => ({ emailAddress, ...why })),
    remoteMtaIp: "127.0.0.1",
    reportingMTA: `dns; ${HOST}`,
  };
}

function suppressed(list: string[]): object {
  const diagnosticCode = "Amazon SES did not send the message: the address is on the suppression list.";
  return {
    bounceType: "Permanent",
    bounceSubType: "OnAccountSuppressionList",
    bouncedRecipients: list.map((emailAddress) => ({
      emailAddress,
      action: "failed",
      status: "5.1.1",
      diagnosticCode,
    })),
    reportingMTA: "dns; amazonses.com",
  };
}

function autoReply(list: string[]): object {
  return {
    bounceType: "Transient",
    bounceSubType: "General",
    bouncedRecipients: list.map((emailAddress) => ({ emailAddress })),
  };
}

function complaint(arrivalDate: string, list: string[]): object {
  return {
    complaintSubType: null,
    complainedRecipients: list.map((emailAddress) => ({ emailAddress })),
    userAgent: AGENT,
    complaintFeedbackType: "abuse",
    arrivalDate,
  };
}

/** A mail as its events tell it. */
export function describe(ses: Ses, { id, at, draft, identity }: Accepted): object {
  const visible = draft.fields.filter(({ name }) => name.toLowerCase() !== "bcc");
  const headers = truncate(visible, ses.limits.eventHeaderBytes);
  return {
    timestamp: new Date(at).toISOString(),
    source: draft.source,
    sourceArn: Identity.arn(ses, identity),
    sendingAccountId: ses.accountId,
    messageId: id,
    destination: draft.recipients,
    headersTruncated: headers.length < visible.length,
    headers,
    commonHeaders: common(draft, id),
    tags: tags(draft),
  };
}

function truncate(fields: Field[], bytes: number): { name: string; value: string }[] {
  let left = bytes;
  return fields
    .map(({ name, value }) => ({ name, value }))
    .filter(({ name, value }) => {
      left -= name.length + value.length;
      return left >= 0;
    });
}

function common({ fields, envelopeFrom }: Draft, id: string): object {
  const list = (name: string) => {
    const value = Header.value(fields, name);
    return value === undefined ? undefined : Address.display(value);
  };
  return {
    returnPath: envelopeFrom,
    from: list("from"),
    date: Header.value(fields, "date"),
    to: list("to"),
    cc: list("cc"),
    replyTo: list("reply-to"),
    messageId: Header.value(fields, "message-id") ?? id,
    subject: decodeWords(Header.value(fields, "subject") ?? ""),
  };
}

function tags({ tags, configurationSet, from }: Draft): Record<string, string[]> {
  const own = Object.entries(tags).map(([name, value]) => [name, [value]] as const);
  return {
    "ses:operation": ["SendEmail"],
    "ses:configuration-set": [configurationSet ?? ""],
    "ses:source-ip": ["127.0.0.1"],
    "ses:from-domain": [from.slice(from.lastIndexOf("@") + 1)],
    "ses:caller-identity": ["posthouse"],
    ...Object.fromEntries(own),
  };
}
