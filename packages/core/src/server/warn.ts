import * as Address from "../address/address.ts";
import { customDomains } from "../domain/order.ts";
import type { DomainRecord } from "../domain/record.ts";
import { covers, parseFilter } from "../routing/filter.ts";
import type { Warning } from "../routing/schema.ts";
import type { ServerRecord } from "./record.ts";

/** Hosts that let a login send as itself or its domain only. */
const loginBound = [
  "gmail.com",
  "googlemail.com",
  "office365.com",
  "outlook.com",
  "yahoo.com",
  "mail.me.com",
  "zoho.com",
];

/** Hosts that let an account send for the domains verified there, whatever the login. */
const domainBound = ["amazonaws.com", "sendgrid.net", "mailgun.org", "brevo.com", "mailjet.com", "postmarkapp.com"];

/** What its owner should know of a server that is stored all the same (R-SRV-3, R-SRV-9). */
export function warnings(server: ServerRecord, domains: readonly DomainRecord[]): Warning[] {
  return [...cleartext(server), ...unfiltered(server), ...unfit(server, domains)];
}

/**
 * The FROM filter that would fit a server without one (R-SRV-9): the login where the host lets it send as itself only,
 * else the first alias domain in order, else the login's domain. Null when nothing is known.
 */
export function suggestFilter({ host, username }: ServerRecord, domains: readonly DomainRecord[]): string | null {
  const login = username !== null && Address.isAddress(username) ? Address.normalize(username) : null;
  if (login !== null && isOn(host, loginBound)) return login;
  return customDomains(domains)[0]?.name ?? (login === null ? null : Address.domainOf(login));
}

function cleartext({ authentication, encryption }: ServerRecord): Warning[] {
  if (authentication === "none" || authentication === null || encryption !== "none") return [];
  return [
    {
      name: "cleartext_login",
      message: "The login goes over the network unencrypted: set encryption to starttls_strict or tls_strict.",
    },
  ];
}

function unfiltered({ from_filter, owner }: ServerRecord): Warning[] {
  if (from_filter !== null || owner !== null) return [];
  const message =
    "The server has no FROM filter, so the From of every mail it takes is replaced by the notification address. Set from_filter to the domains or addresses your provider lets it send for.";
  return [{ name: "unfiltered_server", message }];
}

function unfit({ host, username, from_filter }: ServerRecord, domains: readonly DomainRecord[]): Warning[] {
  const filter = parseFilter(from_filter);
  if (filter === null) return [];
  const login = username !== null && Address.isAddress(username) ? Address.normalize(username) : null;
  if (login !== null && isOn(host, loginBound) && !covers(filter, login))
    return [
      {
        name: "from_not_covered",
        message: `${host} lets a login send as itself: from_filter does not cover ${login}.`,
      },
    ];
  const named = [...filter.domains, ...[...filter.addresses].map(Address.domainOf)];
  const stranger = named.find((name) => !domains.some((domain) => domain.name === name));
  if (stranger === undefined || !isOn(host, domainBound)) return [];
  const message = `${host} lets an account send for the domains verified there: ${stranger} in from_filter is none of this database's alias domains.`;
  return [{ name: "from_not_covered", message }];
}

const isOn = (host: string | null, names: readonly string[]): boolean =>
  names.some((name) => host === name || (host?.endsWith(`.${name}`) ?? false));
