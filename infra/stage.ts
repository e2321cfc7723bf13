/** Stages that customers' mail depends on: what they hold is kept, whatever is deployed or removed. */
export const isPermanent = ["production", "staging"].includes($app.stage);

const text = (name: string): string | undefined => {
  const given = process.env[name]?.trim();
  return given === "" ? undefined : given;
};

function required(name: string, example: string): string {
  const given = text(name);
  if (given !== undefined) return given;
  throw new Error(`${name} is not set: write ${name}=${example} into .env.${$app.stage} (see docs/deploy.md).`);
}

function number(name: string, otherwise: number): number {
  const given = text(name);
  const value = Number(given ?? otherwise);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new Error(`${name} is "${given}": give a number over 0.`);
}

const budget = () => ({
  dollars: number("POSTHOUSE_DAILY_COST", 1),
  email: required("POSTHOUSE_ALARM_EMAIL", "operator@example.com"),
});

const rootDomain = required("POSTHOUSE_ROOT_DOMAIN", "mail.example.com").toLowerCase();

const dns = text("POSTHOUSE_DNS") === "manual" ? ("manual" as const) : ("route53" as const);

const webAcl = text("POSTHOUSE_WEB_ACL");

/** What the operator says of a stage, in `.env.<stage>`: see docs/deploy.md. */
export const settings = {
  /** A database's default domain is `<name>.<root domain>`. */
  rootDomain,
  /** Where the API is. `api` is no name that a database may have. */
  apiDomain: text("POSTHOUSE_API_DOMAIN") ?? `api.${rootDomain}`,
  /** Whether the records are made in the hosted zone of Route 53, or printed to be made elsewhere. */
  dns,
  /** The hosted zone, where it is not that of the root domain itself. */
  hostedZone: text("POSTHOUSE_HOSTED_ZONE") ?? rootDomain,
  /** ARN of the certificate of the API's domain, where DNS is not Route 53: only there it can prove itself. */
  certificate:
    dns === "manual"
      ? required("POSTHOUSE_API_CERTIFICATE", "arn:aws:acm:us-east-1:123456789012:certificate/…")
      : undefined,
  /** ARN of a web ACL of WAF for CloudFront, where a distribution is to stand before the API and ask it; absent = none does. */
  webAcl,
  /** ARN of the distribution's certificate, where DNS is not Route 53: it is of us-east-1, whatever the Region. */
  frontCertificate:
    dns === "manual" && webAcl !== undefined
      ? required("POSTHOUSE_FRONT_CERTIFICATE", "arn:aws:acm:us-east-1:123456789012:certificate/…")
      : undefined,
  /** Where mailbox providers send their DMARC reports; absent = nowhere. */
  dmarcReports: text("POSTHOUSE_DMARC_REPORTS"),
  /** Who is told by alarms; absent = nobody, but for who subscribes to their topic by hand. */
  alarmEmail: text("POSTHOUSE_ALARM_EMAIL"),
  /** Whether this stage receives mail: SES has one active rule set an account and Region. */
  receives: text("POSTHOUSE_RECEIVES") !== "false",
  /** Requests a second that the API takes; twice as many at once. */
  apiRate: number("POSTHOUSE_API_RATE", 200),
  /** US dollars a day, and who is told of a day that costs more; absent = nobody. */
  budget: text("POSTHOUSE_DAILY_COST") === undefined ? undefined : budget(),
} as const;

/** What functions read of it: only what is set. */
export const environment: Record<string, string> = Object.fromEntries(
  Object.entries({
    POSTHOUSE_ROOT_DOMAIN: rootDomain,
    POSTHOUSE_PUBLIC_URL: `https://${settings.apiDomain}`,
    POSTHOUSE_RESET_UTC: text("POSTHOUSE_RESET_UTC"),
    POSTHOUSE_RECEIVES: text("POSTHOUSE_RECEIVES"),
    POSTHOUSE_DNS_SERVERS: text("POSTHOUSE_DNS_SERVERS"),
    POSTHOUSE_PRIVATE_SMTP_HOSTS: text("POSTHOUSE_PRIVATE_SMTP_HOSTS"),
    POSTHOUSE_TICK_SECONDS: text("POSTHOUSE_TICK_SECONDS"),
    POSTHOUSE_RECOVERY_SECONDS: text("POSTHOUSE_RECOVERY_SECONDS"),
    POSTHOUSE_UNKNOWN_SECONDS: text("POSTHOUSE_UNKNOWN_SECONDS"),
    POSTHOUSE_LEASE_SECONDS: text("POSTHOUSE_LEASE_SECONDS"),
    POWERTOOLS_LOG_LEVEL: text("POWERTOOLS_LOG_LEVEL"),
  }).filter((entry): entry is [string, string] => entry[1] !== undefined),
);
