import * as Address from "../address/address.ts";
import * as Header from "../inbound/header.ts";
import type { Mail } from "../inbound/mail.ts";
import type { Receipt } from "../inbound/receipt.ts";
import { authorOf, isAligned, isVouchedFor } from "../inbound/vouched.ts";
import type { Authentication } from "../ports/mail-auth.ts";

/** Who is answered: both addresses normalised, of the same organisation. */
export interface Sender {
  /** The author. */
  readonly from: string;
  /** The reverse-path, which the answer goes to (RFC 3834 §4). */
  readonly path: string;
}

/** What is known of a mail. */
export interface Known {
  readonly receipt: Pick<Receipt, "source" | "received_at" | "envelope_from" | "verdicts">;
  readonly mail: Pick<Mail, "raw" | "automatic" | "loops">;
  /** Null = nobody could be asked. */
  readonly authentication: Authentication | null;
  /** The database's own domains, and the installation's. */
  readonly own: ReadonlySet<string>;
  /** ms */
  readonly now: number;
}

/** SES answers a mail for a day; what is nearly that old may be too old when it is asked. */
const latest = 23 * 3_600_000;

/**
 * Who may be answered automatically (R-IN-7, RFC 3834): a person who has written by himself, and whose domain vouches
 * for that. An answer to anybody else is backscatter, or the beginning of a loop.
 * @returns `not`: why nobody, in words.
 */
export function senderOf(known: Known): Sender | { readonly not: string } {
  const { receipt, own } = known;
  const not = byReceipt(known) ?? byHeader(known.mail);
  if (not !== null) return { not };
  const from = authorOf(known.mail.raw);
  if (from === null) return { not: "it does not have one author" };
  const path = Address.normalize(receipt.envelope_from ?? "");
  if (!Address.isAddress(path)) return { not: "no answer can be sent to its reverse-path" };
  const domains = [from, path].map(Address.domainOf);
  if ([from, path].some(isRobot)) return { not: "its sender's address is a machine's" };
  if (domains.some((domain) => own.has(domain))) return { not: "its sender is on a domain of the database itself" };
  if (!isAligned(Address.domainOf(from), Address.domainOf(path)))
    return { not: "its reverse-path is not of its author's domain" };
  if (known.authentication === null || !isVouchedFor(Address.domainOf(from), known.authentication))
    return { not: "nothing proves that its sender has sent it (DMARC, or SPF or DKIM of the same domain)" };
  return { from, path };
}

function byReceipt({ receipt, now }: Known): string | null {
  const { source, received_at, envelope_from, verdicts } = receipt;
  if (source !== undefined) return "it did not come in by SMTP";
  if (envelope_from === null) return "its reverse-path is empty";
  if (now - Date.parse(received_at) > latest) return "it is a day old";
  if (!isClean(verdicts)) return "it was not found to be free of spam and viruses";
  return null;
}

/** Where nobody scans for it at all nothing is against a mail. */
const isClean = ({ spam, virus }: Receipt["verdicts"]): boolean =>
  [spam, virus].every((verdict) => verdict === "pass" || verdict === "disabled" || verdict === null);

const suppressing = /(?:^|[\s,])(?:all|dr|autoreply)(?:$|[\s,])/i;

/** What a mail says of itself, read in one pass. */
function byHeader({ raw, automatic, loops }: Known["mail"]): string | null {
  if (loops.length > 0) return "it is one of this installation's own";
  if (automatic) return "no person has written it";
  for (const { name, value } of Header.each(Header.split(raw).header)) {
    if (name.startsWith("list-") || name === "mailing-list") return "it came over a mailing list";
    if (name === "precedence" && /^\s*(?:bulk|list|junk)\b/i.test(value)) return "it is bulk mail";
    if (name === "x-auto-response-suppress" && suppressing.test(value)) return "its sender wants no automatic answer";
  }
  return null;
}

/** Names of programs and lists (RFC 2142, RFC 3834 §2), with what they put before or behind; forwarders' rewritten ones. */
const robots = [
  /^(?:mailer-daemon|postmaster|daemon|listserv|listproc|majordomo|mailman|root|nobody|abuse)$/,
  /^(?:no|not|dont|do[-._]?not|never)[-._]?(?:reply|respond|answer)/,
  /^(?:owner|bounces?|errors?|srs[01])(?:[-+=._]|$)/,
  /-(?:request|owner|bounces?|errors?)$/,
  /[-._]no-?reply$/,
];

function isRobot(address: string): boolean {
  const local = address.slice(0, address.lastIndexOf("@"));
  const [plain = local] = local.split("+");
  return robots.some((pattern) => pattern.test(local) || pattern.test(plain));
}
