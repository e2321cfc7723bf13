import { type Loaded, load } from "../configuration/load.ts";
import type { Version } from "../database/version.ts";
import { relayEndpoint } from "../dispatch/carrier.ts";
import { AppError } from "../error.ts";
import { type Rate, throttle } from "../limit/throttle.ts";
import { type ProbeStep, type SmtpEndpoint, type SmtpMailer, SmtpUnavailable } from "../ports/mailer.ts";
import type { Ports } from "../ports/main.ts";
import { Changed } from "./binding.ts";
import { draft } from "./draft.ts";
import { endpointOf, reach } from "./endpoint.ts";
import * as Gate from "./gate.ts";
import type { ServerInput } from "./input.ts";
import { type PlatformStep, testPlatform } from "./platform.ts";
import type { ServerRecord } from "./record.ts";
import * as Secret from "./secret.ts";
import { blank, find } from "./server.ts";
import * as Token from "./token.ts";
import { fromTried } from "./tried.ts";

/** Tests of a database, of all its servers together: enough to set one up, too few to search networks or guess passwords. */
const rate: Rate = { most: 10, per_seconds: 60 };

/** For a whole test, in ms: somebody waits for its answer, behind a gateway that waits 30 s. */
const patience = 25_000;
/** What another token, which may take 10 s, and a test with it need at least, in ms. */
const another = 15_000;

/** How the server that is tested is reached; given an access token that it refused, with another, where there is one. */
type Reached = (refused?: string) => Promise<SmtpEndpoint | undefined>;

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
 * Tests a stored server with its stored secrets (R-SRV-5). One that works is no longer left alone for what failed
 * before.
 * @throws AppError not_found; rate_limit_exceeded after 10 tests of the database within a minute; conflict when the
 *   server was changed meanwhile.
 */
export async function stored(ports: Ports, version: Version, id: string): Promise<Probe> {
  const loaded = await load(ports, version);
  const server = find(loaded, id);
  const probe = await test(ports, loaded, server, async (refused) => {
    try {
      return await endpointOf(ports, version.id, server, refused);
    } catch (error) {
      if (!(error instanceof Changed)) throw error;
      throw new AppError("conflict", "The server was changed while it was tested: test it again.");
    }
  });
  if (probe.ok && server.kind === "smtp") await Gate.close(ports, { database: version.id, server: server.id });
  return probe;
}

/**
 * Tests a server that is not stored, by the rules it would be stored by; a secret that is not given is taken from
 * nowhere (R-SRV-5). A refresh token that its endpoint replaces meanwhile is lost, and so one access token is all.
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
  return test(ports, loaded, server, async (refused) => {
    if (refused !== undefined) return undefined;
    const endpoint = reach(server, changed);
    if (endpoint.authentication !== "oauth2") return endpoint;
    return { ...endpoint, access_token: (await Token.request(ports, changed)).text };
  });
}

async function test(ports: Ports, loaded: Loaded, server: ServerRecord, endpoint: Reached): Promise<Probe> {
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
  endpoint: Reached,
): Promise<(ProbeStep | PlatformStep)[]> {
  const { platform, platform_smtp_url } = ports.operator;
  if (kind === "smtp") return overSmtp(ports, from, endpoint);
  if (platform === "ses" || platform_smtp_url === null) return testPlatform(ports, version.id, from);
  return overSmtp(ports, from, async () => relayEndpoint(platform_smtp_url));
}

/** As mail goes (R-SRV-1): an access token that the server does not take is got anew, once. */
async function overSmtp(ports: Ports, from: string, endpoint: Reached): Promise<ProbeStep[]> {
  const start = ports.clock.now();
  const envelope = { from, to: `postmaster@${ports.operator.root_domain}` };
  const left = () => start + patience - ports.clock.now();
  const first = await tried(ports, envelope, endpoint, left);
  const again = isRefused(first.steps) && left() >= another && first.access_token;
  if (!again) return first.steps;
  const { steps } = await tried(ports, envelope, () => endpoint(again), left);
  return steps.length > 0 ? steps : first.steps;
}

const isRefused = (steps: readonly ProbeStep[]): boolean => {
  const last = steps.at(-1);
  return last?.step === "auth" && last.class === "authentication";
};

/** One connection, with the access token that it was made with; no steps where there is nothing to try it with. */
async function tried(
  ports: Ports,
  envelope: Parameters<SmtpMailer["probe"]>[1],
  endpoint: Reached,
  left: () => number,
): Promise<{ readonly steps: ProbeStep[]; readonly access_token?: string | undefined }> {
  const start = ports.clock.now();
  try {
    const reached = await endpoint();
    if (!reached) return { steps: [] };
    return { steps: await ports.smtp.probe(reached, envelope, left()), access_token: reached.access_token };
  } catch (error) {
    if (!(error instanceof SmtpUnavailable)) throw error;
    // no access token: the server itself was not asked
    const { reply, problem } = error;
    return { steps: [{ step: "auth", ok: false, reply, class: problem, ms: ports.clock.now() - start }] };
  }
}
