import type { CheckRecord } from "./check.ts";

/** What has to be published for a domain, by name and value. */

type Named = Pick<CheckRecord, "name">;

/** Where the TXT that proves a domain to be a database's own is looked for (G5). */
export const ownershipName = ({ name }: Named): string => `_posthouse.${name}`;
/** How each of our TXT records begins; what follows is the token of one database. */
export const ownershipPrefix = "posthouse-verification=";
/** The TXT that proves it. */
export const ownershipValue = ({ token }: Pick<CheckRecord, "token">): string => `${ownershipPrefix}${token}`;

/** The three CNAMEs of SES's Easy DKIM; none before there is an identity. */
export const dkim = ({ name, identity }: Pick<CheckRecord, "name" | "identity">): { name: string; value: string }[] =>
  (identity?.tokens ?? []).map((token) => ({
    name: `${token}._domainkey.${name}`,
    value: `${token}.dkim.amazonses.com`,
  }));

/** The SPF record of the MAIL FROM domain, on which alone SPF is evaluated over SES. */
export const mailFromSpf = "v=spf1 include:amazonses.com ~all";

/** A DMARC policy that only watches: a beginning. */
export const dmarcValue = "v=DMARC1; p=none;";
/** Where the policy of a domain is looked for. */
export const dmarcName = (domain: string): string => `_dmarc.${domain}`;
