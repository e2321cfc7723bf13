import { choose } from "../report/status.ts";
import type { Change } from "./change.ts";
import type { SesBody, SesDetail, SesRecipient } from "./ses-schema.ts";

/** What an event of SES says of the recipients of its mail. */
export function changes(type: string, event: SesBody): Change[] {
  switch (type) {
    case "Send":
      return everyone(event, "sent", "Send");
    case "Delivery":
      return delivered(event, detail(event, "delivery"));
    case "Bounce":
      return bounced(event, detail(event, "bounce"));
    case "Complaint":
      return complained(event, detail(event, "complaint"));
    case "Reject":
      return everyone(
        event,
        "failed",
        "Reject",
        `SES would not send it: ${detail(event, "reject").reason ?? "no reason"}`,
      );
    case "Rendering Failure":
      return everyone(
        event,
        "failed",
        "Failure",
        detail(event, "failure").errorMessage ?? "SES could not make the message",
      );
    case "DeliveryDelay":
      return delayed(event, detail(event, "deliveryDelay"));
    case "Open":
      return [followed(event, "opened", detail(event, "open"))];
    case "Click":
      return [followed(event, "clicked", detail(event, "click"))];
    // Nothing is told of subscriptions: ours are our own (R-KIND-3)
    default:
      return [];
  }
}

/** @throws TypeError where an event lacks what its type is for. */
function detail<Name extends keyof SesBody>(event: SesBody, name: Name): SesDetail<Name> {
  const found = event[name];
  if (found === undefined || found === null) throw new TypeError(`an event of SES without its \`${name}\``);
  return found;
}

const iso = (timestamp: string): string => new Date(timestamp).toISOString();

/** The same for the same event, however often SES publishes it. */
const dedupeOf = (type: string, { mail }: SesBody, own: string): string => `${type} ${mail.messageId} ${own}`;

function everyone(event: SesBody, kind: "sent" | "failed", type: string, reply?: string): Change[] {
  const at = iso(event.mail.timestamp);
  const dedupe = dedupeOf(type, event, "");
  const { destination } = event.mail;
  // Where it is cut off it can only be of the one there is
  return (destination.length > 0 ? destination : [null]).map((address) => ({
    address,
    kind,
    at,
    dedupe,
    ...(reply !== undefined && { reply }),
  }));
}

function delivered(event: SesBody, { timestamp, recipients, smtpResponse }: SesDetail<"delivery">): Change[] {
  const at = iso(timestamp);
  return recipients.map((address) => ({
    address,
    kind: "delivered",
    at,
    dedupe: dedupeOf("Delivery", event, at),
    ...(smtpResponse && { reply: smtpResponse }),
  }));
}

function bounced(event: SesBody, bounce: SesDetail<"bounce">): Change[] {
  const { bounceType: type, bounceSubType, bouncedRecipients, timestamp, feedbackId } = bounce;
  const at = iso(timestamp);
  return bouncedRecipients.map((one) => ({
    address: one.emailAddress,
    kind: kindOf(type, bounceSubType, one),
    at,
    dedupe: dedupeOf("Bounce", event, `${type} ${feedbackId ?? at}`),
    type,
    ...(bounceSubType && { sub_type: bounceSubType }),
    ...(type === "Permanent" && { permanent: true }),
    ...words(one),
  }));
}

/**
 * A bounce that may pass is soft, and so is one of which SES does not know. Answers of somebody out of the office come as
 * such too, but no server has said a word then.
 */
function kindOf(type: string, subType: string | null | undefined, one: SesRecipient): Change["kind"] {
  if (type === "Permanent") return "bounced";
  const isSilent = !one.status && !one.diagnosticCode;
  return type === "Transient" && (subType ?? "General") === "General" && isSilent ? "auto_replied" : "soft_bounced";
}

/** What the remote server said: its words, and its status (RFC 3463), which may stand in them alone. */
function words({ status, diagnosticCode }: SesRecipient): Pick<Change, "reply" | "status"> {
  const found = choose(status ?? undefined, diagnosticCode ?? "");
  const reply = diagnosticCode?.replace(/^smtp;\s*/i, "") ?? status;
  return { ...(reply && { reply }), ...(found !== null && { status: found }) };
}

/** Reports that are no complaint: that it is none, and that a signature failed (R-FAIL-4). */
const harmless = new Set(["not-spam", "auth-failure"]);

function complained(event: SesBody, complaint: SesDetail<"complaint">): Change[] {
  const { complainedRecipients, complaintFeedbackType, complaintSubType, timestamp, feedbackId } = complaint;
  if (harmless.has(complaintFeedbackType ?? "")) return [];
  const at = iso(timestamp);
  return [
    {
      address: null,
      among: complainedRecipients.map(({ emailAddress }) => emailAddress),
      kind: "complained",
      at,
      dedupe: dedupeOf("Complaint", event, feedbackId ?? at),
      type: complaintFeedbackType ?? "other",
      ...(complaintSubType && { sub_type: complaintSubType }),
    },
  ];
}

function delayed(event: SesBody, { timestamp, delayType, delayedRecipients }: SesDetail<"deliveryDelay">): Change[] {
  const at = iso(timestamp);
  return delayedRecipients.map((one) => ({
    address: one.emailAddress,
    kind: "delivery_delayed",
    at,
    dedupe: dedupeOf("DeliveryDelay", event, at),
    ...(delayType && { type: delayType }),
    ...words(one),
  }));
}

/** Who of several recipients opened it SES does not say. */
function followed(
  event: SesBody,
  kind: "opened" | "clicked",
  { timestamp, ipAddress, userAgent, ...rest }: SesDetail<"open"> & { link?: string },
): Change {
  const at = iso(timestamp);
  const { link } = rest;
  return {
    address: null,
    kind,
    at,
    dedupe: dedupeOf(kind, event, `${at} ${link ?? ""} ${userAgent ?? ""}`),
    ...(link !== undefined && { link }),
    ...(userAgent && { user_agent: userAgent }),
    ...(ipAddress && { ip: ipAddress }),
  };
}
