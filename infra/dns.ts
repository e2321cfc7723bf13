import { region } from "./account";
import { api } from "./api";
import { front } from "./front";
import { identity, mailFrom } from "./mail";
import { settings } from "./stage";

const { rootDomain, apiDomain, dns, receives, hostedZone, dmarcReports } = settings;

interface DnsRecord {
  readonly name: string;
  readonly type: "CNAME" | "MX" | "TXT";
  readonly value: string;
}

const dmarc = ["v=DMARC1", "p=reject", ...(dmarcReports === undefined ? [] : [`rua=mailto:${dmarcReports}`])];

/** What is to be published. Nothing below a default domain: a wildcard MX stops at any name that exists. */
const fixed: readonly DnsRecord[] = [
  { name: mailFrom, type: "MX", value: `10 feedback-smtp.${region}.amazonses.com` },
  { name: mailFrom, type: "TXT", value: "v=spf1 include:amazonses.com -all" },
  { name: `_dmarc.${rootDomain}`, type: "TXT", value: dmarc.join("; ") },
  ...(receives
    ? [rootDomain, `*.${rootDomain}`].map((name) => ({
        name,
        type: "MX" as const,
        value: `10 inbound-smtp.${region}.amazonaws.com`,
      }))
    : []),
];

const dkim = identity.dkimSigningAttributes.apply(({ tokens }) =>
  [0, 1, 2].map((n): DnsRecord => {
    // A preview has none yet
    const token = tokens?.[n] ?? `token-${n}`;
    return { name: `${token}._domainkey.${rootDomain}`, type: "CNAME", value: `${token}.dkim.amazonses.com` };
  }),
);

if (dns === "route53") {
  const zone = aws.route53.getZoneOutput({ name: hostedZone });
  const publish = (name: string, record: $util.Input<DnsRecord>) => {
    const of = $util.output(record);
    new aws.route53.Record(name, {
      zoneId: zone.zoneId,
      name: of.name,
      type: of.type,
      ttl: 300,
      records: [of.value],
    });
  };
  fixed.forEach((record, n) => publish(`Record${n}`, record));
  for (const n of [0, 1, 2])
    publish(
      `Dkim${n}`,
      dkim.apply((all) => all[n] as DnsRecord),
    );
}

/** Where the API's domain leads to: what stands before the API, or the API Gateway itself. */
const gateway = () =>
  (front?.nodes.distribution.domainName ?? api.nodes.domainName.domainNameConfiguration.targetDomainName).apply(
    (value): DnsRecord => ({ name: apiDomain, type: "CNAME", value }),
  );

/** The records, to be made by hand where DNS is not Route 53. */
export const records =
  dns === "manual"
    ? $util.all([dkim, gateway()]).apply(([own, called]): DnsRecord[] => [...fixed, ...own, called])
    : undefined;
