import * as Mailbox from "../address/mailbox.ts";
import * as Field from "./field.ts";
import { join, type RawField, split, valueOf } from "./raw.ts";

/** What the rules make of a caller's own message. */
export interface Change {
  /** A mailbox in plain Unicode, as are those of `reply_to`. */
  readonly from: string;
  /** Where the message has none of its own (R-REW-4). */
  readonly reply_to: readonly string[];
  /** With its angle brackets (R-REW-5). */
  readonly message_id: string;
  /** Where the message has none. */
  readonly date: Date;
  readonly kind: "transactional" | "mass";
  /** Added: what marks mass mail as such (R-KIND-3). */
  readonly headers: readonly { readonly name: string; readonly value: string }[];
}

/** Fields that never go out (R-REW-6): they are ours, the transport's, or of a message that this one no longer is. */
const dropped = new Set(["bcc", "sender", "return-path", "received", "authentication-results", "domainkey-signature"]);
const droppedPrefixes = ["resent-", "dkim-", "arc-", "x-ses-", "x-posthouse-"];
const droppedOfMass = /^(?:list-.*|precedence|x-auto-response-suppress)$/;

/**
 * A caller's own message as it goes out: its body to the octet, its fields in their order and to the octet, but for From
 * where it is overridden (R-REW-1), Reply-To where there is none (R-REW-4), Message-ID and References (R-REW-5), and what
 * never goes out (R-REW-6). The same message gives the same bytes (G3).
 * @param raw as it was accepted, its octets as characters, its header ASCII.
 */
export function rewrite(raw: string, change: Change): Uint8Array {
  const { fields, body } = split(Buffer.from(raw, "latin1"));
  const kept = fields.filter(({ name, text }) => goesOut(name, change.kind) && !isBlank(name, text));
  const has = (name: string) => kept.some((field) => field.name === name);
  const { from, reply_to, message_id, date, headers } = change;
  const added = [
    ...(has("from") ? [] : [Field.mailboxes("From", [from])]),
    ...(has("reply-to") || reply_to.length === 0 ? [] : [Field.mailboxes("Reply-To", reply_to)]),
    ...(has("message-id") ? [] : [Field.ids("Message-ID", [message_id])]),
    ...(has("references") ? [] : [Field.ids("References", [message_id])]),
    ...(has("date") ? [] : [`Date: ${date.toUTCString().replace("GMT", "+0000")}`]),
    ...(has("mime-version") || !fields.some(({ name }) => name.startsWith("content-")) ? [] : ["MIME-Version: 1.0"]),
    ...headers.map(({ name, value }) => Field.custom(name, value)),
  ];
  return join([...kept.map((field) => changed(field, change)), ...added], body);
}

function goesOut(name: string, kind: Change["kind"]): boolean {
  if (dropped.has(name) || droppedPrefixes.some((prefix) => name.startsWith(prefix))) return false;
  return kind !== "mass" || !droppedOfMass.test(name);
}

/** A field of ours without a value counts as none: there is to be one. */
const isBlank = (name: string, text: string): boolean =>
  /^(?:from|reply-to|message-id|references|date|mime-version)$/.test(name) && valueOf({ name, text }) === "";

function changed(field: RawField, { from, message_id }: Change): string {
  const value = valueOf(field);
  if (field.name === "from") return isSame(value, from) ? field.text : Field.mailboxes("From", [from]);
  if (field.name === "message-id") return value === message_id ? field.text : Field.ids("Message-ID", [message_id]);
  if (field.name !== "references") return field.text;
  const before = Field.messageIds([value]).filter((id) => id !== message_id);
  return Field.ids("References", [...before, message_id]);
}

/** Whether a From is, in address and name, the one that is to go out. */
function isSame(value: string, from: string): boolean {
  const [theirs, ours] = [Mailbox.parse(value, "from"), Mailbox.read(from, "from")];
  return theirs.address === ours.address && theirs.name === ours.name;
}
