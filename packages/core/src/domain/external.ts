import type { Loaded } from "../configuration/load.ts";
import { parseFilter } from "../routing/filter.ts";
import type { CheckRecord } from "./check.ts";

/** A mail provider that is known by the host of its servers and by what customers include in their SPF record. */
interface MailProvider {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly spf: string | null;
}

const providers: readonly MailProvider[] = [
  { name: "Google Workspace", hosts: ["gmail.com", "google.com"], spf: "_spf.google.com" },
  { name: "Microsoft 365", hosts: ["office365.com", "outlook.com"], spf: "spf.protection.outlook.com" },
  { name: "Mailgun", hosts: ["mailgun.org"], spf: "mailgun.org" },
  { name: "SendGrid", hosts: ["sendgrid.net"], spf: "sendgrid.net" },
  { name: "Brevo", hosts: ["brevo.com", "sendinblue.com"], spf: "spf.brevo.com" },
  { name: "Mailjet", hosts: ["mailjet.com"], spf: "spf.mailjet.com" },
  { name: "Amazon SES", hosts: ["amazonaws.com"], spf: "amazonses.com" },
  { name: "Postmark", hosts: ["postmarkapp.com"], spf: "spf.mtasv.net" },
  { name: "OVHcloud", hosts: ["ovh.net", "ovh.ca"], spf: "mx.ovh.com" },
  { name: "Zoho Mail", hosts: ["zoho.com", "zoho.eu"], spf: "zoho.com" },
  { name: "IONOS", hosts: ["ionos.com", "ionos.de"], spf: "_spf-us.ionos.com" },
  { name: "Fastmail", hosts: ["fastmail.com"], spf: "spf.messagingengine.com" },
  { name: "Proton Mail", hosts: ["protonmail.ch"], spf: "_spf.protonmail.ch" },
  { name: "Infomaniak", hosts: ["infomaniak.com"], spf: "spf.infomaniak.ch" },
  { name: "Gandi", hosts: ["gandi.net"], spf: "_mailcust.gandi.net" },
];

/** How mail of a domain goes out over servers of the database's own (R-DOM-10). */
export interface External {
  /** Ids of the active servers that may send for the domain. */
  readonly servers: readonly string[];
  /** The provider behind them, where it is a known one; by host, else by what the SPF record includes. */
  readonly provider: string | null;
  /** What the SPF record of the domain should include for it. */
  readonly spf_include: string | null;
}

/** What is known of the external servers of a domain (R-DOM-10); null = none sends for it. */
export function external(
  { servers }: Pick<Loaded, "servers">,
  name: string,
  seen: CheckRecord["seen"] | undefined,
): External | null {
  const own = servers.filter(({ kind, active, owner, from_filter }) => {
    const filter = parseFilter(from_filter);
    const fits = !filter || filter.domains.has(name) || [...filter.addresses].some((each) => each.endsWith(`@${name}`));
    return kind === "smtp" && active && owner === null && fits;
  });
  if (own.length === 0) return null;
  const hosts = own.flatMap(({ host }) => (host === null ? [] : [host.toLowerCase()]));
  const provider = byHost(hosts) ?? bySpf(seen?.spf?.includes ?? []);
  return { servers: own.map(({ id }) => id), provider: provider?.name ?? null, spf_include: provider?.spf ?? null };
}

const byHost = (hosts: readonly string[]): MailProvider | undefined =>
  providers.find((provider) => provider.hosts.some((known) => hosts.some((host) => isAt(host, known))));

const isAt = (host: string, known: string): boolean => host === known || host.endsWith(`.${known}`);

const bySpf = (includes: readonly string[]): MailProvider | undefined =>
  providers.find(({ spf }) => spf !== null && includes.includes(spf));
