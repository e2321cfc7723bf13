import type { AliasRecord } from "../alias/record.ts";
import type { Loaded } from "../configuration/load.ts";
import { create as addressesOf } from "../routing/addresses.ts";
import type { CheckRecord, DomainStatus } from "./check.ts";
import type { DnsRecord } from "./dns-record.ts";
import { reasons } from "./event.ts";
import { type External, external } from "./external.ts";
import type { FormerAddress, FormerRecord } from "./former.ts";
import type { MailedRecord } from "./mailed.ts";
import type { DomainRecord } from "./record.ts";
import { records } from "./records.ts";

/** A mailbox that the domain's own mail server should have, and forward here (R-DOM-12). */
export interface MailboxView {
  readonly address: string;
  readonly purpose: "bounce" | "catchall" | "alias";
  /** When mail last came through it. */
  readonly last_mail_at: string | null;
}

/** An alias domain as its database sees it: what is stored, and what follows from it. */
export interface DomainView extends Omit<DomainRecord, "resend" | "verified" | "mx_at_us"> {
  /** `verified` for the default domain, always (R-ADDR-5). */
  readonly status: DomainStatus;
  /** Why it is not verified, where its records do not say so. */
  readonly status_reason: string | null;
  /** When its records were last looked up. */
  readonly checked_at: string | null;
  /** DNS records to publish: none for the default domain, whose DNS is the operator's (R-ADDR-5). */
  readonly records: readonly DnsRecord[];
  /** The servers of the database's own that send for it; null = none does (R-DOM-10). */
  readonly external: External | null;
  readonly inbound: { readonly mx_at_us: boolean; readonly last_mail_at: string | null };
  /** To be made at the domain's own mail server while its MX is not ours (R-DOM-12). */
  readonly mailboxes: readonly MailboxView[];
  /** Old addresses that mail still comes in by, and that this domain stands in for (R-DOM-7). */
  readonly former_addresses: readonly FormerAddress[];
  /** Ids of the companies it applies to (R-DOM-8). */
  readonly companies: readonly string[];
  readonly bounce_address: string;
  readonly catchall_address: string;
  readonly notification_address: string;
  /** Fields of the Resend API, kept as given. */
  readonly resend: Readonly<Record<string, unknown>>;
}

/** What a view is made of beside the domain itself. */
export interface Around extends Pick<Loaded, "domains" | "companies" | "servers"> {
  readonly checks: readonly CheckRecord[];
  readonly former: readonly FormerRecord[];
  readonly mailed: readonly MailedRecord[];
  /** Routing aliases of the domains whose MX is not ours; those of others need not be there. */
  readonly aliases: readonly AliasRecord[];
}

/** Makes the view of a domain. A company without a domain is the default domain's. */
export function view(around: Around, domain: DomainRecord): DomainView {
  const { companies, servers, checks } = around;
  const { verified: _, mx_at_us, ...record } = domain;
  const { bounce, catchall, notification } = addressesOf(domain);
  const own = companies.filter(({ domain_id }) => (domain_id === null ? domain.is_default : domain_id === domain.id));
  const check = checks.find(({ id }) => id === domain.id);
  const mailed = around.mailed.find(({ id }) => id === domain.id);
  const servedBy = domain.is_default ? null : external({ servers }, domain.name, check?.seen);
  return {
    ...record,
    status: domain.is_default ? "verified" : (check?.status ?? "not_started"),
    status_reason: check?.refusal ? reasons[check.refusal] : null,
    checked_at: check?.checked_at ?? null,
    records: check ? records(check, servedBy) : [],
    external: servedBy,
    inbound: { mx_at_us, last_mail_at: mailed?.last_at ?? null },
    mailboxes: mx_at_us
      ? []
      : [
          { address: bounce, purpose: "bounce", last_mail_at: mailed?.bounce_at ?? null },
          { address: catchall, purpose: "catchall", last_mail_at: mailed?.catchall_at ?? null },
          ...around.aliases.filter(({ domain_id }) => domain_id === domain.id).map(mailbox),
        ],
    former_addresses: formerOf(around, domain),
    companies: own.map(({ id }) => id),
    bounce_address: bounce,
    catchall_address: catchall,
    notification_address: notification,
  };
}

const mailbox = ({ address, last_mail_at }: AliasRecord): MailboxView => ({
  address,
  purpose: "alias",
  last_mail_at: last_mail_at ?? null,
});

/** Where the domain that stood in is deleted too, the default domain does. */
function formerOf({ domains, former }: Around, { id, is_default }: DomainRecord): FormerAddress[] {
  const known = new Set<string>(domains.map((domain) => domain.id));
  return former
    .filter(({ domain_id }) => domain_id === id || (is_default && !known.has(domain_id)))
    .map(({ address, until }) => ({ address, until }));
}
