import { reachOf } from "../operator/public-url.ts";
import { HttpUnavailable } from "../ports/http.ts";
import type { Ports } from "../ports/main.ts";
import { type Finding, ill, well } from "./hop.ts";
import type { Look } from "./look.ts";

/** How long the API may take to say that it is there, in ms. */
const patience = 5_000;

/** Whether the API is where links say it is: its name resolves, its certificate is good, it answers. */
export async function api({ ports }: Look): Promise<Finding> {
  const { public_url } = ports.operator;
  if (public_url === null)
    return ill(
      "no public URL: mail has no links to it",
      "Set POSTHOUSE_PUBLIC_URL to where the API is, as https://mail.example.com.",
    );
  const { hostname } = new URL(public_url);
  if (reachOf(public_url) === "everybody" && (await ports.dns.addresses(hostname)).length === 0)
    return ill(
      `${hostname} has no address`,
      "Publish the record of the API's domain that the deployment printed (docs/deploy.md).",
    );
  return answers(ports, public_url, hostname);
}

async function answers({ http }: Pick<Ports, "http">, url: string, host: string): Promise<Finding> {
  try {
    const { status } = await http.request({ method: "GET", url: `${url}/v1/health`, timeout: patience, enough: 1_024 });
    if (status === 200) return well(`${host} answers`);
    return ill(`${host} answers ${status}`, "Deploy again, and see the logs of Api and of its HTTP API.");
  } catch (error) {
    if (!(error instanceof HttpUnavailable)) throw error;
    if (/CERT|TLS|SSL|SIGNED|SIGNATURE|ALTNAME/.test(error.message))
      return ill(
        `the certificate of ${host} is no good`,
        "Check the certificate of the API's domain in ACM: its names, its end.",
      );
    return ill(`${host} does not answer`, "Check the record of the API's domain, and that it is deployed.");
  }
}
