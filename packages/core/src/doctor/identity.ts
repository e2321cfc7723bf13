import { type Finding, ill, pending, well } from "./hop.ts";
import type { Look } from "./look.ts";

const records = "publish the records that the deployment printed (`npx sst deploy`, docs/deploy.md)";

/** Whether SES has verified the root domain and signs for it. */
export async function identity({ ports, root }: Look): Promise<Finding> {
  const { root_domain } = ports.operator;
  const found = await root();
  if (!found) return ill(`SES does not know ${root_domain}`, "Deploy again: infra/mail.ts makes the identity.");
  const { verified, dkim, signing } = found;
  if (verified && dkim === "SUCCESS" && signing) return well(`${root_domain} is verified and signed by DKIM`);
  if (!signing) return ill(`${root_domain} is not signed by DKIM`, "Turn DKIM signing on for the identity in SES.");
  if (dkim === "PENDING" || dkim === "NOT_STARTED")
    return ill(
      `${root_domain} is not verified yet (DKIM ${dkim})`,
      `For Easy DKIM, ${records}; SES then looks again by itself.`,
    );
  return ill(
    `${root_domain} is not verified (DKIM ${dkim})`,
    `SES has not found its three CNAMEs: ${records}, then have SES look again (Easy DKIM, "restart").`,
  );
}

/** Whether the custom MAIL FROM domain is in use: SPF is aligned by it. */
export async function mailFrom({ root }: Look): Promise<Finding> {
  const { mail_from } = (await root()) ?? { mail_from: null };
  if (!mail_from) return ill("no MAIL FROM domain", "Deploy again: infra/mail.ts sets it.");
  const { domain, status } = mail_from;
  if (status === "SUCCESS") return well(`${domain} is in use`);
  const fix = `Of ${domain} exactly one MX and the SPF record must be there: ${records}.`;
  if (status === "PENDING") return pending(`${domain} is not verified yet`, fix);
  return ill(`${domain} is not verified (${status})`, fix);
}
