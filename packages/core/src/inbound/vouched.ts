import * as Address from "../address/address.ts";
import { organisational } from "../dns/organisation.ts";
import type { Authentication } from "../ports/mail-auth.ts";
import * as Header from "./header.ts";
import type { Mail } from "./mail.ts";
import { mailboxes } from "./people.ts";
import type { Receipt } from "./receipt.ts";

/** A mail with what was found out about it; null = nobody could be asked. */
export interface Known {
  readonly receipt: Pick<Receipt, "source">;
  readonly mail: Pick<Mail, "raw">;
  readonly authentication: Authentication | null;
}

/** Whether a mail is its author's: the application hands it in and says so, or the author's domain vouches for it. */
export function isProved({ receipt, mail, authentication }: Known): boolean {
  if (receipt.source === "api") return true;
  const author = authorOf(mail.raw);
  return author !== null && authentication !== null && isVouchedFor(Address.domainOf(author), authentication);
}

/** The one address of the one From there is, normalised; null = there is none, or several. */
export function authorOf(raw: Uint8Array): string | null {
  const [field, ...more] = Header.fields(Header.split(raw).header, new Set(["from"]));
  const [author, ...others] = field ? mailboxes(field.value) : [];
  return author === undefined || more.length > 0 || others.length > 0 ? null : Address.normalize(author.address);
}

/** As DMARC means it by default (RFC 7489 §3.1). */
export const isAligned = (one: string, other: string): boolean => organisational(one) === organisational(other);

/** DMARC itself, or what it is made of where the domain has none. A failure of it is the domain's own word. */
export function isVouchedFor(domain: string, { spf, dkim, dmarc }: Authentication): boolean {
  if (dmarc.result === "pass") return dmarc.domain === null || isAligned(domain, dmarc.domain);
  if (dmarc.result !== "none" && dmarc.result !== "temperror") return false;
  return [spf, ...dkim].some(({ result, domain: by }) => result === "pass" && by !== null && isAligned(domain, by));
}
