import { DnsUnavailable } from "../ports/dns.ts";
import { type Finding, ill } from "./hop.ts";

/** A hop did not answer in its time. */
export class Slow extends Error {
  override readonly name = "Slow";
  constructor(ms: number) {
    super(`no answer in ${ms / 1000} seconds`);
  }
}

/** Names of AWS's errors by which nobody is let in at all. */
const unknownCaller =
  /^(?:CredentialsProviderError|CredentialsError|UnrecognizedClientException|InvalidClientTokenId|ExpiredToken(?:Exception)?|InvalidSignatureException|SignatureDoesNotMatch|IncompleteSignature(?:Exception)?|MissingAuthenticationToken(?:Exception)?|RequestExpired|AuthFailure|OptInRequired)$/;
const forbidden = /^(?:AccessDenied(?:Exception)?|AuthorizationError(?:Exception)?|NotAuthorized|KMSAccessDenied.*)$/;
const throttled = /^(?:TooManyRequestsException|Throttling(?:Exception)?|RequestThrottled|StoreBusy)$/;

const redeploy = "Deploy again: what each function may do is in infra/permission.ts.";

/** Whether AWS knows who asks, though it said no. */
export const isKnownCaller = (error: unknown): boolean =>
  forbidden.test(nameOf(error)) || throttled.test(nameOf(error));

/**
 * What an error that a look ended in comes to. Its own message is not shown, as it may name an address: only its name, and
 * the action that was not allowed.
 */
export function trouble(error: unknown): Finding {
  const name = nameOf(error);
  if (unknownCaller.test(name))
    return ill(
      `AWS does not know who asks (${name})`,
      "Check the credentials that this runs with; in a function they are its role's.",
    );
  if (forbidden.test(name)) return ill(`not allowed${actionOf(error)}`, redeploy);
  if (throttled.test(name)) return ill(`too many requests (${name})`, "Ask again in a minute.");
  if (error instanceof Slow) return ill(error.message, "Ask again; where it stays so, see AWS's status page.");
  if (error instanceof DnsUnavailable)
    return ill(
      "the DNS gave no answer",
      "Check the resolvers in POSTHOUSE_DNS_SERVERS, and the domain's name servers.",
    );
  return ill(
    `no answer (${name}${codeOf(error)})`,
    "Ask again; where it stays so, deploy again and see the logs of Api.",
  );
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : "unknown");

function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === "string" && /^[A-Z_]{3,40}$/.test(code) ? `, ${code}` : "";
}

function actionOf(error: unknown): string {
  const [, action] = /perform: ([a-z0-9]+:[A-Za-z]+)/.exec(error instanceof Error ? error.message : "") ?? [];
  return action === undefined ? "" : `: ${action}`;
}

/**
 * What comes first, the work's end or the end of its time.
 * @param ms real time: a hop that hangs is not to hide the others.
 * @throws Slow
 */
export function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  AbortSignal.timeout(ms).addEventListener("abort", () => reject(new Slow(ms)), { once: true });
  return Promise.race([work, promise]);
}
