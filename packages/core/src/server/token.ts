import * as z from "zod";
import { isBusy } from "../configuration/commit.ts";
import * as keys from "../keys.ts";
import { inTurn } from "../limit/turn.ts";
import { HttpUnavailable } from "../ports/http.ts";
import { SmtpUnavailable } from "../ports/mailer.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Store } from "../ports/store.ts";
import type { SecretOwner } from "../ports/vault.ts";
import { retry } from "../retry.ts";
import { bindingOf, Changed, type Reached } from "./binding.ts";
import type { ServerSecrets } from "./record.ts";

type Needs = Pick<Ports, "store" | "vault" | "http" | "clock" | "random">;

/** An access token, kept in this process as long as it holds. */
interface Token {
  readonly text: string;
  /** ms */
  readonly until: number;
  /** The sealed secrets it was got by: those of others are no use. */
  readonly sealed: string;
}

const cache = new WeakMap<Store, Map<string, Token>>();
const cached = 1_000;

/** A token is not used for its last minute: clocks differ, and a login takes time. */
const margin = 60_000;
/** What a token without `expires_in` is trusted for, in ms (RFC 6749 §5.1 leaves it open). */
const unsaid = 300_000;

/** A server as mail is about to go over it, or to be fetched from it, and its database. */
export interface Login {
  readonly database: string;
  readonly server: Reached;
}

/** Secrets of a server, opened, and the sealed text they came from. */
export interface Opened {
  readonly secrets: ServerSecrets;
  readonly sealed: string;
}

/**
 * The access token of an `oauth2` server (R-SRV-1): kept until shortly before it expires, then got by the refresh
 * token, one request of this process at a time.
 * @param refused the token that the server did not take: another is got.
 * @throws SmtpUnavailable with the token endpoint's own words; Changed as {@link open}.
 */
export function get(ports: Needs, login: Login, opened: Opened, refused?: string): Promise<string> {
  const entries = cache.get(ports.store) ?? new Map<string, Token>();
  cache.set(ports.store, entries);
  const name = `${login.database} ${login.server.id}`;
  return inTurn(entries, name, async () => {
    const known = entries.get(name);
    const holds = known?.sealed === opened.sealed && known.until > ports.clock.now() && known.text !== refused;
    if (known && holds) return known.text;
    const token = await renew(ports, login, opened);
    entries.delete(name);
    entries.set(name, token);
    const [oldest] = entries.keys();
    if (entries.size > cached && oldest !== undefined) entries.delete(oldest);
    return token.text;
  });
}

/** Gets a token; where another process has changed the refresh token meanwhile, by the new one. */
async function renew(ports: Needs, login: Login, opened: Opened): Promise<Token> {
  const owner = ownerOf(login);
  try {
    return await exchange(ports, owner, opened);
  } catch (error) {
    if (!(error instanceof SmtpUnavailable) || error.failure !== "auth") throw error;
    const changed = await open(ports, login);
    if (!changed || changed.sealed === opened.sealed) throw error;
    return exchange(ports, owner, changed);
  }
}

const ownerOf = ({ database, server }: Login): SecretOwner => ({ database, record: server.id });

/**
 * Reads the sealed secrets of a server and opens them; undefined where it has none.
 * @throws Changed when they were set for another host, another login, or another owner than the record names (G6).
 */
export async function open(
  { store, vault }: Pick<Ports, "store" | "vault">,
  login: Login,
): Promise<Opened | undefined> {
  const { database, server } = login;
  const item = await store.get(keys.secret(database, server.id), { consistent: true });
  if (!item && server.secrets_set.length === 0) return undefined;
  if (item?.["bound_to"] !== bindingOf(server)) throw new Changed(server.id);
  const sealed = String(item["sealed"]);
  return { sealed, secrets: JSON.parse(await vault.open(sealed, ownerOf(login))) as ServerSecrets };
}

/** One request; a refresh token that the endpoint has replaced is written back, sealed (RFC 6749 §6). */
async function exchange(ports: Needs, owner: SecretOwner, { secrets, sealed }: Opened): Promise<Token> {
  const { text, until, refresh_token } = await request(ports, secrets);
  if (refresh_token === undefined || refresh_token === secrets.refresh_token) return { text, until, sealed };
  const fresh = await ports.vault.seal(JSON.stringify({ ...secrets, refresh_token }), owner);
  await replace(ports, owner, sealed, fresh);
  return { text, until, sealed: fresh };
}

/** Writes rotated secrets back, unless somebody has set others meanwhile: those stand. */
async function replace(ports: Needs, { database, record }: SecretOwner, before: string, sealed: string): Promise<void> {
  const write = { update: keys.secret(database, record), set: { sealed }, if: "#sealed = :before", values: { before } };
  try {
    await retry(ports, isBusy, () => ports.store.write(write));
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
}

const granted = z.object({
  access_token: z.string().regex(/^[\x21-\x7e]{1,16384}$/),
  expires_in: z.coerce.number().positive().optional(),
  refresh_token: z.string().min(1).max(16_384).optional(),
});

/**
 * One request for an access token by the refresh token (RFC 6749 §6).
 * @throws SmtpUnavailable
 */
export async function request(
  { http, clock }: Pick<Ports, "http" | "clock">,
  { token_url = "", refresh_token = "", client_id = "", client_secret = "" }: ServerSecrets,
): Promise<Omit<Token, "sealed"> & { readonly refresh_token: string | undefined }> {
  const secrets = [refresh_token, client_secret, client_id];
  const form = new URLSearchParams({ grant_type: "refresh_token", refresh_token, client_id, client_secret });
  const headers = { "content-type": "application/x-www-form-urlencoded", accept: "application/json" };
  const answer = await http
    .request({ method: "POST", url: token_url, headers, body: form.toString() })
    .catch((error: unknown) => {
      if (!(error instanceof HttpUnavailable)) throw error;
      throw new SmtpUnavailable("connection", `token endpoint: ${error.message}`, "authentication");
    });
  const found = granted.safeParse(json(answer.body));
  if (answer.status !== 200 || !found.success) throw refusal(answer.status, answer.body, secrets);
  const { access_token, expires_in, refresh_token: rotated } = found.data;
  const holds = expires_in === undefined ? unsaid : expires_in * 1000;
  return { text: access_token, until: clock.now() + holds - margin, refresh_token: rotated };
}

const failed = z.object({ error: z.string(), error_description: z.string().optional() });

/** The endpoint's own words (RFC 6749 §5.2), without what they repeat of our secrets. */
function refusal(status: number, body: string, secrets: readonly string[]): SmtpUnavailable {
  const said = failed.safeParse(json(body)).data;
  const words = said ? [said.error, said.error_description ?? ""].join(" ") : "no access token in the answer";
  const shown = secrets
    .filter((secret) => secret.length > 3)
    .reduce((left, secret) => left.replaceAll(secret, "***"), words)
    .replace(/\p{C}+/gu, " ");
  const later = status >= 500 || status === 429 || status === 408;
  const reply = `token endpoint: ${status} ${shown.trim().slice(0, 300)}`.toWellFormed();
  return new SmtpUnavailable(later ? "temporary" : "auth", reply, "authentication");
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
