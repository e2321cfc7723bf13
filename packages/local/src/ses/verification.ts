import { type Dns, DnsUnavailable } from "@posthouse/core/ports/dns";
import type { Ses } from "./context.ts";
import * as Identity from "./identity.ts";

/**
 * Looks up what a domain that is still being checked has to publish: the CNAMEs of Easy DKIM, and the MX of its custom
 * MAIL FROM domain, which has to be the only one. AWS looks from time to time, this does whenever somebody asks.
 */
export async function check(ses: Ses, name: string): Promise<void> {
  const identity = Identity.get(ses, name);
  if (!ses.dns || Identity.isAddress(name)) return;
  const { dns } = ses;
  if (identity.status === "PENDING" && (await succeeds(() => hasKeys(dns, identity)))) {
    Identity.update(ses, name, { status: "SUCCESS" });
  }
  const { mailFrom } = identity;
  if (mailFrom?.status === "PENDING" && (await succeeds(() => hasExchange(dns, mailFrom.domain, ses.region)))) {
    Identity.update(ses, name, { mailFrom: { ...mailFrom, status: "SUCCESS" } });
  }
}

async function hasKeys(dns: Dns, { name, dkim }: Identity.Identity): Promise<boolean> {
  const published = await Promise.all(dkim.tokens.map((token) => dns.cname(`${token}._domainkey.${name}`)));
  return published.every((targets, n) => targets.includes(`${dkim.tokens[n]}.dkim.amazonses.com`));
}

async function hasExchange(dns: Dns, domain: string, region: string): Promise<boolean> {
  const found = await dns.mx(domain);
  return found.length === 1 && found[0]?.exchange === `feedback-smtp.${region}.amazonses.com`;
}

async function succeeds(look: () => Promise<boolean>): Promise<boolean> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof DnsUnavailable) return false;
    throw error;
  }
}
