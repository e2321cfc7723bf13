import type { Loaded } from "../configuration/load.ts";
import { create as addressesOf } from "../routing/addresses.ts";
import type { DomainRecord } from "./record.ts";

/** An alias domain as its database sees it: what is stored, and what follows from it. */
export interface DomainView extends Omit<DomainRecord, "resend" | "verified" | "mx_at_us"> {
  /** `verified` for the default domain (R-ADDR-5); no other has been checked. */
  readonly status: "verified" | "not_started";
  /** DNS records to publish: none for the default domain, whose DNS is the operator's (R-ADDR-5). */
  readonly records: readonly never[];
  readonly inbound: { readonly mx_at_us: boolean };
  /** Ids of the companies it applies to (R-DOM-8). */
  readonly companies: readonly string[];
  readonly bounce_address: string;
  readonly catchall_address: string;
  readonly notification_address: string;
  /** Fields of the Resend API, kept as given. */
  readonly resend: Readonly<Record<string, unknown>>;
}

/** Makes the view of a domain. A company without a domain is the default domain's. */
export function view({ companies }: Pick<Loaded, "companies">, domain: DomainRecord): DomainView {
  const { verified, mx_at_us, ...record } = domain;
  const { bounce, catchall, notification } = addressesOf(domain);
  const own = companies.filter(({ domain_id }) => (domain_id === null ? domain.is_default : domain_id === domain.id));
  return {
    ...record,
    status: verified ? "verified" : "not_started",
    records: [],
    inbound: { mx_at_us },
    companies: own.map(({ id }) => id),
    bounce_address: bounce,
    catchall_address: catchall,
    notification_address: notification,
  };
}
