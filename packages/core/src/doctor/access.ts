import { thresholds } from "../reputation/rate.ts";
import type { Facts } from "./examine.ts";

/** What the databases of an installation come to. */
export interface Volume {
  readonly databases: number;
  /** The sum of their daily limits, in recipients. */
  readonly limit: number;
  /** Recipients counted today. */
  readonly used: number;
}

/** AWS looks at the site of the business that sends: no fact of the installation says which that is. */
const website = "https://REPLACE-BY-YOUR-WEBSITE.example";

/** The request for production access at SES. */
export interface AccessRequest {
  /** What AWS is told: mail types, volumes, how bounces, complaints and opt-outs are handled. */
  readonly text: string;
  /** The command of the AWS CLI that hands it in, once its website is put in. */
  readonly command: string;
}

/**
 * The request that an installation leave the sandbox of SES, with its facts filled in. All that it says is what is built;
 * who the customers are is the operator's to add.
 */
export function accessRequest(facts: Facts, volume: Volume): AccessRequest {
  const text = describe(facts, volume);
  const command = [
    "aws sesv2 put-account-details",
    `--region ${facts.region}`,
    "--production-access-enabled",
    "--mail-type TRANSACTIONAL",
    `--website-url ${quoted(website)}`,
    "--contact-language EN",
    `--use-case-description ${quoted(text)}`,
  ].join(" \\\n  ");
  return { text, command };
}

const percent = (what: keyof typeof thresholds, verdict: "warning" | "paused"): string =>
  `${thresholds[what][verdict] / 100} %`;

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

function describe(facts: Facts, { databases, limit, used }: Volume): string {
  const { root_domain, region, quota, used: sent, rate } = facts;
  const now =
    quota === null ? "" : ` The sandbox allows ${quota} in 24 hours${rate === null ? "" : ` and ${rate} a second`}.`;
  return `We host business applications; each customer has a database of its own and sends its mail over our service (Posthouse).

Mail types: transactional mail of those applications (quotations, orders, invoices, notifications, password resets, replies to customers), and newsletters that a customer sends to its own contacts. They are marked as such and queued apart.

Volume: ${databases} ${databases === 1 ? "database" : "databases"} with daily limits of ${limit} recipients in all, enforced before a mail is accepted; ${used} recipients today, ${sent ?? 0} over Amazon SES in the last 24 hours.${now} Region ${region}.

Identities: ${root_domain} is verified with Easy DKIM, a custom MAIL FROM domain and DMARC. Each database sends from a sub-domain of it or from a domain that it has proved to own, as an SES tenant of its own with its own configuration set.

Recipients: people whom the sending business deals with; lists are neither bought nor rented.

Bounces and complaints: every event of SES is taken in over SNS and SQS. An address that does not exist is suppressed at its first bounce, one that keeps bouncing gets no newsletters after five bounces, and whoever complains is suppressed at once; suppressed addresses are left out before sending. A database with ${percent("bounced", "paused")} of bounces or ${percent("complained", "paused")} of complaints in seven days is paused, and its tenant switched off; it is warned at ${percent("bounced", "warning")} and ${percent("complained", "warning")}.

Unsubscribe: newsletters carry List-Unsubscribe and List-Unsubscribe-Post (RFC 8058, one click); opt-outs are kept for each database and left out from then on.`;
}
