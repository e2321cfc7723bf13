import * as Address from "../address/address.ts";
import type { AliasDomain } from "./schema.ts";

/** The addresses a mail takes from an alias domain (R-ADDR-1, R-ADDR-4). */
export interface Addresses {
  domain: AliasDomain;
  /** N: the notification address. */
  notification: string;
  bounce: string;
  catchall: string;
}

/** The addresses of one alias domain by what carries the mail (R-DOM-11). */
export interface Placement {
  /** Over `smtp` servers: always those of the domain itself. */
  smtp: Addresses;
  /** Over the platform, From kept. */
  platform: Addresses;
  /** Over the platform, From replaced by N: N is always one that the platform may send. */
  notification: Addresses;
}

/** The addresses of an alias domain; a full address as `default_from` is N itself (R-UNIQ-1, R-UNIQ-2). */
export function create(domain: AliasDomain): Addresses {
  const from = domain.default_from;
  return {
    domain,
    notification: from.includes("@") ? from : `${from}@${domain.name}`,
    bounce: `${domain.bounce_alias}@${domain.name}`,
    catchall: `${domain.catchall_alias}@${domain.name}`,
  };
}

/**
 * Works out R-DOM-11 for one alias domain. Over the platform it counts only once verified, before that all three
 * addresses are those of the default domain; so too where N is a unique address the platform may not use and N is
 * what goes out. N is never refused: should the default domain's own N be such an address, it is
 * `notifications@` the default domain.
 * @param usable the domains the platform may send for
 */
export function place(domain: AliasDomain, fallback: AliasDomain, usable: ReadonlySet<string>): Placement {
  const smtp = create(domain);
  const platform = usable.has(domain.name) ? smtp : create(fallback);
  const candidates = [platform, create(fallback)];
  const notification = candidates.find(({ notification }) =>
    usable.has(Address.domainOf(Address.normalize(notification))),
  );
  const last = { ...create(fallback), notification: `notifications@${fallback.name}` };
  return { smtp, platform, notification: notification ?? last };
}
