import type { Version } from "../database/version.ts";
import { AppError } from "../error.ts";
import * as Id from "../id.ts";
import { type Rate, throttle } from "../limit/throttle.ts";
import { type ImapEndpoint, type ImapStep, ImapUnavailable } from "../ports/imap.ts";
import type { Ports } from "../ports/main.ts";
import { Changed } from "../server/binding.ts";
import * as Secret from "../server/secret.ts";
import * as Token from "../server/token.ts";
import { draft, type IncomingInput } from "./draft.ts";
import { asImap, endpointOf, reach } from "./endpoint.ts";
import { reached } from "./record.ts";
import { find } from "./server.ts";

/** Tests of a database: enough to set a mailbox up, too few to search networks or guess passwords. */
const rate: Rate = { most: 10, per_seconds: 60 };

/** For a whole test, in ms: somebody waits for its answer, behind a gateway that waits 30 s. */
const patience = 25_000;
/** What another token, which may take 10 s, and a test with it need at least, in ms. */
const another = 15_000;

/** How the mailbox is reached; given an access token that was refused, with another, where there is one. */
type Reached = (refused?: string) => Promise<ImapEndpoint | undefined>;

/** What a connection test came to. */
export interface Probe {
  readonly ok: boolean;
  readonly steps: readonly ImapStep[];
  /** What a success does not say. */
  readonly note: string;
}

const note =
  "Nothing was fetched or changed. Whether a mail can be marked or deleted shows when the first one is fetched.";

/**
 * Tests a stored incoming server with its stored secrets.
 * @throws AppError not_found; rate_limit_exceeded after 10 tests of the database within a minute; conflict when it was
 *   changed meanwhile.
 */
export async function stored(ports: Ports, version: Version, id: string): Promise<Probe> {
  const record = await find(ports, version, id);
  return test(ports, version, async (refused) => {
    try {
      return await endpointOf(ports, record, refused);
    } catch (error) {
      if (!(error instanceof Changed)) throw error;
      throw new AppError("conflict", "The incoming server was changed while it was tested: test it again.");
    }
  });
}

/**
 * Tests one that is not stored, by the rules it would be stored by; a secret that is not given is taken from nowhere. A
 * refresh token that its endpoint replaces meanwhile is lost, and so one access token is all.
 * @throws AppError as `Server.create` does, and as {@link stored}.
 */
export async function unsaved(ports: Ports, version: Version, input: IncomingInput): Promise<Probe> {
  const asked = draft({ ...input, name: input.name ?? "test" });
  const { changed = {} } = Secret.secrets(reached({ ...asked, id: Id.make("incoming_server", ports) }), input);
  return test(ports, version, async (refused) => {
    if (refused !== undefined) return undefined;
    const endpoint = reach(asked, changed);
    if (endpoint.authentication !== "oauth2") return endpoint;
    return { ...endpoint, access_token: (await asImap(() => Token.request(ports, changed))).text };
  });
}

/** As polling goes: an access token that the server does not take is got anew, once. */
async function test(ports: Ports, version: Version, endpoint: Reached): Promise<Probe> {
  await throttle(ports, version.id, "incoming-test", rate, "connection tests");
  const start = ports.clock.now();
  const left = () => start + patience - ports.clock.now();
  const first = await tried(ports, endpoint, left);
  const again = isRefused(first.steps) && left() >= another && first.access_token;
  const second = again ? await tried(ports, () => endpoint(again), left) : { steps: [] };
  const steps = second.steps.length > 0 ? second.steps : first.steps;
  return { ok: steps.length > 0 && steps.every(({ ok }) => ok), steps, note };
}

const isRefused = (steps: readonly ImapStep[]): boolean => {
  const last = steps.at(-1);
  return last?.step === "auth" && last.class === "authentication";
};

/** One connection, with the access token that it was made with; no steps where there is nothing to try it with. */
async function tried(
  ports: Ports,
  endpoint: () => Promise<ImapEndpoint | undefined>,
  left: () => number,
): Promise<{ readonly steps: readonly ImapStep[]; readonly access_token?: string | undefined }> {
  const start = ports.clock.now();
  try {
    const reached = await endpoint();
    if (!reached) return { steps: [] };
    return { steps: await ports.imap.probe(reached, left()), access_token: reached.access_token };
  } catch (error) {
    if (!(error instanceof ImapUnavailable)) throw error;
    // no access token: the server itself was not asked
    const { reply, problem } = error;
    return { steps: [{ step: "auth", ok: false, reply, class: problem, ms: ports.clock.now() - start }] };
  }
}
