import { type Loaded, load } from "../configuration/load.ts";
import { type Change, change } from "../database/change.ts";
import type { Version } from "../database/version.ts";
import { AppError } from "../error.ts";
import * as Id from "../id.ts";
import type { Idempotency } from "../idempotency/claim.ts";
import { once } from "../idempotency/once.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { draft } from "./draft.ts";
import * as Gate from "./gate.ts";
import type { ServerInput } from "./input.ts";
import type { ServerRecord } from "./record.ts";
import { type Replaced, replace } from "./replacement.ts";
import * as Secret from "./secret.ts";
import { type ServerView, view } from "./view.ts";

/** Servers of a database at most. */
export const maximum = 1_000;

type Reads = Pick<Ports, "store" | "operator">;
type Writes = Reads & Pick<Ports, "clock" | "random" | "vault">;

/** The servers of a database in routing order, inactive and personal ones too. */
export async function list(ports: Reads, version: Version): Promise<ServerView[]> {
  const { servers, domains, prepared } = await load(ports, version);
  const place = new Map(prepared.order.map(({ server, rank }) => [server.id, rank]));
  const rank = ({ id }: ServerRecord) => place.get(id) ?? 0;
  return servers.toSorted((a, b) => rank(a) - rank(b)).map((server) => view(server, domains));
}

/** @throws AppError not_found */
export async function get(ports: Reads, version: Version, id: string): Promise<ServerView> {
  const loaded = await load(ports, version);
  return view(find(loaded, id), loaded.domains);
}

/**
 * Makes an outgoing mail server (R-SRV-1). Its secrets are sealed for it in the same transaction and never answered.
 * @param key makes it once for an idempotency key.
 * @throws AppError as `draft` and `secrets` do; conflict when there are 1,000.
 */
export async function create(
  ports: Writes,
  version: Version,
  input: ServerInput & { readonly name: string; readonly kind?: ServerRecord["kind"] | undefined },
  key?: Idempotency,
): Promise<ServerView> {
  const fresh = blank(ports, input.kind ?? "smtp");
  const decide = async (loaded: Loaded) => {
    if (loaded.servers.length >= maximum) throw new AppError("conflict", `A database has at most ${maximum} servers.`);
    return written(ports, loaded, draft(loaded, ports.operator.root_domain, fresh, input), input);
  };
  // The request holds secrets, which its hash must not tell
  return once(ports, version.id, key, (claims) => change(ports, version, decide, claims), { sealed: true });
}

/**
 * Changes a server. One that others depend on becomes inactive only with a `replacement` (R-SRV-6).
 * @throws AppError not_found, and as {@link create} does.
 */
export async function patch(ports: Writes, version: Version, id: string, input: ServerInput): Promise<ServerView> {
  const place = { database: version.id, server: id };
  const changed = await change(ports, version, async (loaded) => {
    const before = find(loaded, id);
    const record = draft(loaded, ports.operator.root_domain, before, input);
    const replaced = await replaceBy(ports, loaded, before, record, input.replacement);
    const changed = await written(ports, loaded, record, input, before);
    // what was held against the server was held against what it was
    const closing = Secret.reachedAnew(before, record, input) ? [Gate.closing(place)] : [];
    return { ...changed, writes: [...changed.writes, ...closing, ...replaced.writes], settings: replaced.settings };
  });
  Gate.forget(ports, place);
  return changed;
}

/**
 * Deletes a server and its secrets; one that others depend on only with a `replacement`: another's id, or null
 * (R-SRV-6).
 * @throws AppError not_found, conflict, invalid_parameter
 */
export async function remove(ports: Writes, version: Version, id: string, replacement?: string | null): Promise<void> {
  return change(ports, version, async (loaded) => {
    find(loaded, id);
    const { writes, settings } = await replace(ports, loaded, id, replacement);
    const deletes = [
      { delete: keys.configuration(version.id, "server", id) },
      { delete: keys.secret(version.id, id) },
      Gate.closing({ database: version.id, server: id }),
    ];
    return { writes: [...deletes, ...writes], settings, result: undefined };
  });
}

async function written(
  ports: Writes,
  { version, domains }: Loaded,
  record: ServerRecord,
  input: ServerInput,
  before?: ServerRecord,
): Promise<Change<ServerView>> {
  const sends = record.active && version.delivery !== "capture";
  const secrets = Secret.secrets(record, input, before, sends);
  const server: ServerRecord = { ...record, secrets_set: secrets.secrets_set };
  const put = { put: { ...keys.configuration(version.id, "server", server.id), ...server } };
  const sealed = await Secret.seal(ports, version.id, server, secrets, before);
  return { writes: [put, ...sealed], result: view(server, domains) };
}

/** What a change of a server does to those who depend on it (R-SRV-6): where it rests, becomes personal, or is back. */
export async function replaceBy(
  ports: Reads & Pick<Ports, "clock">,
  loaded: Loaded,
  before: ServerRecord,
  after: ServerRecord,
  replacement?: string | null,
): Promise<Replaced> {
  const rests = !after.active && (before.active || replacement !== undefined);
  const becomesPersonal = before.owner === null && after.owner !== null;
  if (rests || becomesPersonal) return replace(ports, loaded, before.id, replacement);
  const returns = after.active && !before.active;
  return { writes: returns ? [{ delete: keys.replacement(loaded.version.id, before.id) }] : [], settings: {} };
}

/** The server of this id. @throws AppError not_found */
export function find({ servers }: Pick<Loaded, "servers">, id: string): ServerRecord {
  const server = servers.find((server) => server.id === id);
  if (!server) throw new AppError("not_found", "The database has no such server.");
  return server;
}

/** A new server before anything was said of it (R-SRV-1). */
export const blank = (ports: Pick<Ports, "clock" | "random">, kind: ServerRecord["kind"]): ServerRecord => ({
  id: Id.make("server", ports),
  name: "",
  kind,
  host: null,
  port: null,
  encryption: null,
  authentication: null,
  username: null,
  secrets_set: [],
  from_filter: null,
  priority: 10,
  active: true,
  max_email_size_mb: 10,
  owner: null,
  limit_per_day: null,
  limit_per_minute: null,
  bounce_token: true,
  created_at: new Date(ports.clock.now()).toISOString(),
});
