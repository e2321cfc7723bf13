import { type Loaded, load } from "../configuration/load.ts";
import type { Version } from "../database/version.ts";
import { relayEndpoint } from "../dispatch/carrier.ts";
import { type Rate, throttle } from "../limit/throttle.ts";
import { type ProbeStep, type SmtpEndpoint, SmtpUnavailable } from "../ports/mailer.ts";
import type { Ports } from "../ports/main.ts";
import { draft } from "./draft.ts";
import { endpointOf, reach } from "./endpoint.ts";
import type { ServerInput } from "./input.ts";
import { type PlatformStep, testPlatform } from "./platform.ts";
import type { ServerRecord } from "./record.ts";
import * as Secret from "./secret.ts";
import { blank, find } from "./server.ts";
import * as Token from "./token.ts";
import { fromTried } from "./tried.ts";

/** Tests of a database, of all its servers together: enough to set one up, too few to search networks or guess passwords. */
const rate: Rate = { most: 10, per_seconds: 60 };

/** What a connection test came to (R-SRV-5). */
export interface Probe {
  readonly ok: boolean;
  /** The From that was tried. */
  readonly from: string;
  readonly steps: readonly (ProbeStep | PlatformStep)[];
  /** What a success does not say. */
  readonly note: string;
}

const note =
  "Nothing was sent. A success does not prove delivery: the server may still refuse the message itself, and what it took may be filtered or lost on its way.";

/**
 * Tests a stored server with its stored secrets (R-SRV-5).
 * @throws AppError not_found; rate_limit_exceeded after 10 tests of the database within a minute.
 */
export async function stored(ports: Ports, version: Version, id: string): Promise<Probe> {
  const loaded = await load(ports, version);
  const server = find(loaded, id);
  return test(ports, loaded, server, () => endpointOf(ports, version.id, server));
}

/**
 * Tests a server that is not stored, by the rules it would be stored by; a secret that is not given is taken from
 * nowhere (R-SRV-5). A refresh token that its endpoint replaces meanwhile is lost.
 * @throws AppError as `Server.create` does, and as {@link stored}.
 */
export async function unsaved(
  ports: Ports,
  version: Version,
  input: ServerInput & { readonly kind?: ServerRecord["kind"] | undefined },
): Promise<Probe> {
  const loaded = await load(ports, version);
  // inactive, since a test takes no place that another server has (R-PERS-1)
  const named = { ...input, name: input.name ?? "test", active: false };
  const server = draft(loaded, ports.operator.root_domain, blank(ports, input.kind ?? "smtp"), named);
  const { changed = {} } = Secret.secrets(server, named);
  return test(ports, loaded, server, async () => {
    const endpoint = reach(server, changed);
    if (endpoint.authentication !== "oauth2") return endpoint;
    return { ...endpoint, access_token: (await Token.request(ports, changed)).text };
  });
}

async function test(
  ports: Ports,
  loaded: Loaded,
  server: ServerRecord,
  endpoint: () => Promise<SmtpEndpoint>,
): Promise<Probe> {
  const from = fromTried(loaded, server);
  await throttle(ports, loaded.version.id, "server-test", rate, "connection tests");
  const steps = await stepsOf(ports, loaded, server, from, endpoint);
  return { ok: steps.length > 0 && steps.every(({ ok }) => ok), from, steps, note };
}

/** The platform is tested at SES, or as the relay it is. */
function stepsOf(
  ports: Ports,
  { version }: Loaded,
  { kind }: ServerRecord,
  from: string,
  endpoint: () => Promise<SmtpEndpoint>,
): Promise<(ProbeStep | PlatformStep)[]> {
  const { platform, platform_smtp_url } = ports.operator;
  if (kind === "smtp") return overSmtp(ports, from, endpoint);
  if (platform === "ses" || platform_smtp_url === null) return testPlatform(ports, version.id, from);
  return overSmtp(ports, from, async () => relayEndpoint(platform_smtp_url));
}

async function overSmtp(ports: Ports, from: string, endpoint: () => Promise<SmtpEndpoint>): Promise<ProbeStep[]> {
  const to = `postmaster@${ports.operator.root_domain}`;
  const start = ports.clock.now();
  let reached: SmtpEndpoint;
  try {
    reached = await endpoint();
  } catch (error) {
    if (!(error instanceof SmtpUnavailable)) throw error;
    // no access token: the server itself was not asked
    const { reply, problem } = error;
    return [{ step: "auth", ok: false, reply, class: problem, ms: ports.clock.now() - start }];
  }
  return ports.smtp.probe(reached, { from, to });
}
