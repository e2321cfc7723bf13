import { decodeWords } from "postal-mime";
import * as Account from "./account.ts";
import * as ConfigurationSet from "./configuration-set.ts";
import type { Ses } from "./context.ts";
import * as Draft from "./draft.ts";
import { badRequest, SesError } from "./error.ts";
import * as Event from "./event.ts";
import * as Header from "./header.ts";
import * as Identity from "./identity.ts";
import * as MessageId from "./message-id.ts";
import * as Simulator from "./simulator.ts";
import * as Suppression from "./suppression.ts";
import * as Tenant from "./tenant.ts";

/** A mail every rule of the account lets pass. */
export interface Approved {
  draft: Draft.Draft;
  identity: Identity.Identity;
  set: ConfigurationSet.ConfigurationSet | undefined;
  tenant: Tenant.Tenant | undefined;
}

/**
 * Judges a request as SES does: message, identities, configuration set, tenant, account. Throws the exception AWS
 * answers with; nothing is charged yet.
 */
export function approve(ses: Ses, request: Draft.Request): Approved {
  const draft = Draft.read(request, ses.limits);
  assertVerified(ses, draft);
  const identity = Identity.cover(ses, draft.from);
  if (!identity) throw unverified(ses, [draft.from]);
  assertMailFrom(identity);
  const name = draft.configurationSet ?? identity.configurationSet;
  const set = name === undefined ? undefined : ConfigurationSet.get(ses, name);
  if (set && !set.sendingEnabled) {
    throw new SesError("SendingPausedException", `Email sending is disabled for configuration set <${set.name}>.`);
  }
  const tenant = draft.tenant === undefined ? undefined : assertTenant(ses, draft, draft.tenant, name);
  Account.assertSending(ses);
  return { draft: { ...draft, configurationSet: name }, identity, set, tenant };
}

/**
 * Charges quota and rate and writes mail and pending events, in one transaction. Done when they are on disk, with the
 * message id; a refused charge writes nothing.
 */
export async function accept(ses: Ses, approved: Approved): Promise<string> {
  const id = await ses.commit(() => write(ses, approved));
  ses.wake();
  return id;
}

function write(ses: Ses, { draft, identity, set, tenant }: Approved): string {
  const counted = draft.recipients.filter((address) => !Simulator.includes(address)).length;
  Account.charge(ses, counted);
  const at = ses.now();
  const id = MessageId.create(at);
  const suppressed = Suppression.createCheck(ses, set, tenant);
  const fates = Map.groupBy(draft.recipients, (to) => (suppressed(to) ? "suppressed" : Simulator.fate(to)));
  ses.mailbox.add(summarize(draft, id, at), at, counted, rewrite(ses, draft, id, at));
  if (!set) return id;
  remember(ses, { id, at, draft, identity: identity.name, fates }, set);
  for (const event of Event.create(ses, { id, at, draft, identity: identity.name, fates })) {
    for (const topic of ConfigurationSet.topics(set, event.type)) {
      ses.outbox.add(topic, event.body, at + ses.switches.delayEvents);
    }
  }
  return id;
}

/** Mails that can be told of later, the last so many. */
const remembered = 1_000;

function remember(ses: Ses, accepted: Event.Accepted, set: ConfigurationSet.ConfigurationSet): void {
  ses.accepted.set(accepted.id, { mail: Event.describe(ses, accepted), set: set.name });
  const [oldest] = ses.accepted.keys();
  if (ses.accepted.size > remembered && oldest !== undefined) ses.accepted.delete(oldest);
}

function assertVerified(ses: Ses, { senders, recipients }: Draft.Draft): void {
  const checked = ses.switches.sandbox ? [...senders, ...recipients.filter((to) => !Simulator.includes(to))] : senders;
  const failed = checked.filter((address) => !Identity.cover(ses, address));
  if (failed.length > 0) throw unverified(ses, failed);
}

function unverified({ region }: Ses, addresses: string[]): SesError {
  const where = `The following identities failed the check in region ${region.toUpperCase()}`;
  return new SesError("MessageRejected", `Email address is not verified. ${where}: ${addresses.join(", ")}`);
}

function assertMailFrom({ mailFrom }: Identity.Identity): void {
  if (mailFrom?.behavior === "REJECT_MESSAGE" && mailFrom.status !== "SUCCESS") {
    const message = `The message can't be sent because the custom MAIL FROM domain <${mailFrom.domain}> isn't verified.`;
    throw new SesError("MailFromDomainNotVerifiedException", message);
  }
}

function assertTenant(ses: Ses, { from }: Draft.Draft, tenant: string, set: string | undefined): Tenant.Tenant {
  const verified = Identity.candidates(from).filter((name) => ses.identities.get(name)?.status === "SUCCESS");
  return Tenant.assertSending(ses, tenant, verified, set);
}

function summarize(draft: Draft.Draft, id: string, at: number) {
  const decoded = (name: string) => decodeWords(Header.value(draft.fields, name) ?? "");
  return {
    id,
    at: new Date(at).toISOString(),
    envelope_from: draft.envelopeFrom,
    recipients: draft.recipients,
    from: decoded("from") || draft.source,
    subject: decoded("subject"),
    tenant: draft.tenant ?? null,
    tags: draft.tags,
  };
}

/** The message as it leaves: SES's own Message-ID, a Date, neither Bcc nor X-SES headers nor a return path. */
function rewrite({ region }: Ses, { fields, body, source }: Draft.Draft, id: string, at: number): Buffer {
  const kept = fields.filter(({ name }) => !/^(?:bcc|message-id|return-path|x-ses-.*)$/i.test(name));
  const add = (name: string, value: string) => kept.push({ name, value, text: `${name}: ${value}` });
  if (Header.value(kept, "from") === undefined) add("From", source);
  if (Header.value(kept, "date") === undefined) add("Date", new Date(at).toUTCString().replace("GMT", "+0000"));
  add("Message-ID", MessageId.header(id, region));
  return Header.join(kept, body);
}

/** The raw bytes of `Content`; `BadRequestException` for the kinds of content this endpoint does not take. */
export function content(parts: { Raw?: { Data: string } | undefined; Simple?: unknown; Template?: unknown }): Buffer {
  if (!parts.Raw || parts.Simple !== undefined || parts.Template !== undefined) {
    throw badRequest("The embedded SES takes Content.Raw only: send Simple and Template content as a MIME message.");
  }
  return Buffer.from(parts.Raw.Data, "base64");
}
