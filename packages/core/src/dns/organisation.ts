import { getDomain, getPublicSuffix } from "tldts";

/** The organisational domain (RFC 7489 §3.2): one label below the public suffix; the domain itself where there is none. */
export const organisational = (domain: string): string => getDomain(domain, { allowPrivateDomains: true }) ?? domain;

/** Whether others register names below it, such as `co.uk`: nobody's mail domain. */
export const isPublicSuffix = (domain: string): boolean =>
  getPublicSuffix(domain, { allowPrivateDomains: false }) === domain;
