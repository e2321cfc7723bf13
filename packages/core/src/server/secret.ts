import { createPrivateKey, X509Certificate } from "node:crypto";
import { AppError } from "../error.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import type { Delete, Put, Update } from "../ports/store.ts";
import { bindingOf, type Reached } from "./binding.ts";
import type { Authentication, ServerSecrets } from "./record.ts";

type Name = keyof ServerSecrets;
/** Secrets as a request gives them. */
type Given = { readonly [Each in Name]?: string | undefined };

/** Which secrets each way of logging in has (R-SRV-1). */
export const secretsOf: Readonly<Record<Authentication, readonly Name[]>> = {
  none: [],
  login: ["password"],
  certificate: ["certificate", "private_key"],
  oauth2: ["client_id", "client_secret", "refresh_token", "token_url"],
};
const all = Object.values(secretsOf).flat();

/** The secrets of a server after a write: `changed` undefined = those stored stay. */
export interface Secrets {
  readonly secrets_set: readonly Name[];
  readonly changed?: ServerSecrets;
}

/**
 * What a request makes of a server's secrets (R-SRV-1): those of its way of logging in, all of them together. They
 * are asked for again when they would go elsewhere or be another's (see {@link moved}), since whoever may change a
 * server could otherwise have a stored password sent to a host of their own. One that has none, as after an import or
 * in a copy, is changed without them for as long as it hands over no mail.
 * @param sends whether mail will go out over it: it is active, and the mail of its database is not only kept.
 * @throws AppError missing_required_field, naming the first that is missing; invalid_parameter.
 */
export function secrets(server: Reached, input: Given, before?: Reached, sends = true): Secrets {
  const needed = secretsOf[server.authentication ?? "none"];
  const foreign = all.find((name) => input[name] !== undefined && !needed.includes(name));
  if (foreign !== undefined)
    throw refusal(foreign, `does not go with authentication ${JSON.stringify(server.authentication ?? "none")}`);
  const same = needed.every((name) => before?.secrets_set.includes(name) ?? false);
  const elsewhere = before !== undefined && moved(before, server);
  const given = needed.filter((name) => input[name] !== undefined);
  if (given.length === 0 && same && !elsewhere) return { secrets_set: needed };
  if (given.length === 0 && !sends && before?.secrets_set.length === 0) return { secrets_set: [] };
  const missing = needed.find((name) => !input[name]);
  if (missing !== undefined) throw missingSecret(missing, elsewhere && same);
  const changed: ServerSecrets = Object.fromEntries(needed.map((name) => [name, input[name]]));
  assertCertificate(changed);
  assertTokenUrl(changed);
  return { secrets_set: needed, changed };
}

/** Whether a change is about how a server is reached or logged in to. */
export const reachedAnew = (before: Reached, after: Reached, input: Given): boolean =>
  (["host", "port", "encryption", "authentication", "username"] as const).some(
    (name) => before[name] !== after[name],
  ) || all.some((name) => input[name] !== undefined);

/**
 * Whether a server's stored secrets would go elsewhere, go with another username, serve another owner, or go over a
 * connection that is less safe (R-SRV-1, R-PERS-1, G6).
 */
export const moved = (before: Reached, after: Reached): boolean =>
  (["host", "port", "username", "owner"] as const).some((name) => before[name] !== after[name]) ||
  weaker(before, after);

const strength = ["none", "starttls", "tls", "starttls_strict", "tls_strict"] as const;

/** Less certain who listens: unencrypted below unchecked below checked; the two of a kind are equal. */
function weaker(before: Reached, after: Reached): boolean {
  const of = ({ encryption }: Reached) => Math.ceil(strength.indexOf(encryption ?? "none") / 2);
  return of(after) < of(before);
}

/** The write that seals secrets for this server alone and as it is now, or deletes those it no longer has. */
export async function seal(
  { vault }: Pick<Ports, "vault">,
  db: string,
  server: Reached,
  { secrets_set, changed }: Secrets,
  before?: Reached,
): Promise<(Put | Delete | Update)[]> {
  const key = keys.secret(db, server.id);
  if (secrets_set.length === 0) return [{ delete: key }];
  if (changed === undefined) return rebind(db, server, before);
  const sealed = await vault.seal(JSON.stringify(changed), { database: db, record: server.id });
  return [{ put: { ...key, sealed, bound_to: bindingOf(server) } }];
}

/** The write that keeps stored secrets with a server that is now reached otherwise; it goes with its record's. */
export function rebind(db: string, server: Reached, before: Reached | undefined): Update[] {
  const bound_to = bindingOf(server);
  if (!before || bindingOf(before) === bound_to) return [];
  return [{ update: keys.secret(db, server.id), set: { bound_to }, if: "attribute_exists(#sealed)" }];
}

function assertCertificate({ certificate, private_key }: ServerSecrets): void {
  if (certificate === undefined || private_key === undefined) return;
  const shown = read("certificate", () => new X509Certificate(certificate));
  const key = read("private_key", () => createPrivateKey(private_key));
  if (!shown.checkPrivateKey(key)) throw refusal("private_key", "does not belong to the certificate");
}

/** No cause: what OpenSSL says may hold part of the key. */
function read<T>(field: Name, parse: () => T): T {
  try {
    return parse();
  } catch {
    throw refusal(field, "cannot be read: give it as PEM text, without a passphrase");
  }
}

/** Plain http goes to this machine at most, and there only where private hosts may be reached (G7). */
function assertTokenUrl({ token_url }: ServerSecrets): void {
  if (token_url === undefined) return;
  const { protocol, hostname } = URL.canParse(token_url) ? new URL(token_url) : { protocol: "", hostname: "" };
  const isOwn = ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
  if (protocol !== "https:" && !(protocol === "http:" && isOwn)) throw refusal("token_url", "is to be an https URL");
}

function missingSecret(field: Name, moved: boolean): AppError {
  const why = moved
    ? "a stored secret never goes to another host or port, with another username or owner, or over a weaker connection: give it again"
    : "the server cannot log in without it";
  return new AppError("missing_required_field", `${field} is missing: ${why}.`, { details: { field } });
}

const refusal = (field: string, why: string): AppError =>
  new AppError("invalid_parameter", `${field} ${why}.`, { details: { field } });
