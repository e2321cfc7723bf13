import type { Actor } from "@posthouse/core/audit/actor";
import { find } from "@posthouse/core/database/list";
import type { Version } from "@posthouse/core/database/version";
import { AppError } from "@posthouse/core/error";
import * as Key from "@posthouse/core/key/authenticate";
import * as OperatorKey from "@posthouse/core/key/operator";
import type { Permission } from "@posthouse/core/key/record";
import { equal } from "@posthouse/core/key/token";
import { touch } from "@posthouse/core/key/touch";
import * as keys from "@posthouse/core/keys";
import type { Context, MiddlewareHandler } from "hono";
import { actAs } from "./actor.ts";
import type { AppEnv, AppPorts } from "./context.ts";

/** Which database the operator acts on, by name. */
export const databaseHeader = "posthouse-database";

/** Who calls: the key, and what is to be done to keep that it was used. */
interface Caller {
  readonly actor: Omit<Actor, "request_id">;
  readonly used: () => Promise<void>;
}

/**
 * Lets in who may: an operator's key on the operator's routes, and, with the header `posthouse-database`, on those of
 * any database; a database's key on those of its own, as far as its permission goes. What the request changes is its
 * caller's in the audit trail.
 * @throws AppError missing_api_key, invalid_api_key, restricted_api_key; not_found for the header's database.
 */
export function authenticate(ports: AppPorts): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const key = bearer(c);
    const operator = await operatorOf(ports, key);
    if (!operator && isOperators(c.req.path)) await refuseDatabaseKey(ports, key);
    if (operator && !isOperators(c.req.path)) c.set("version", await named(ports, c));
    const caller = operator ?? (await opened(ports, c, key));
    // Beside the request, not before it; awaited, for a Lambda function is frozen once it has answered
    const used = caller.used();
    await actAs({ ...caller.actor, request_id: c.var.requestId }, next);
    await used;
  };
}

function bearer(c: Context<AppEnv>): string {
  const [, key] = /^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "") ?? [];
  if (key !== undefined) return key;
  throw new AppError("missing_api_key", "The API key is missing: send it as `Authorization: Bearer ph_…`.");
}

const isOperators = (path: string): boolean => /^\/v1\/(?:databases|operator|doctor)(?:\/|$)/.test(path);

/** The installation's own key, or one the operator has made. */
async function operatorOf(ports: AppPorts, key: string): Promise<Caller | undefined> {
  if (equal(key, ports.operatorKey)) return { actor: { type: "operator", id: null }, used: async () => {} };
  const made = await OperatorKey.authenticate(ports, key);
  if (!made) return undefined;
  const used = () => touch(ports, keys.operatorKey(made.id), made.last_used_at);
  return { actor: { type: "operator", id: made.id }, used };
}

async function refuseDatabaseKey(ports: AppPorts, key: string): Promise<never> {
  await Key.authenticate(ports, key);
  throw new AppError("restricted_api_key", "Databases are the operator's: this takes the operator's key.");
}

async function named(ports: AppPorts, c: Context<AppEnv>): Promise<Version> {
  const name = c.req.header(databaseHeader);
  if (name !== undefined) return find(ports, name);
  throw new AppError(
    "missing_required_field",
    `With the operator's key, name the database in the header ${databaseHeader}.`,
  );
}

async function opened(ports: AppPorts, c: Context<AppEnv>, key: string): Promise<Caller> {
  const { version, permission, domains, last_used_at, key: id } = await Key.authenticate(ports, key);
  if (!permits(permission, c.req.method, c.req.path))
    throw new AppError("restricted_api_key", `This key has ${permission} only: use one with full_access.`, {
      details: { permission },
    });
  c.set("version", version);
  if (domains) c.set("domains", domains);
  return { actor: { type: "api_key", id }, used: () => touch(ports, keys.keyClaim(id), last_used_at) };
}

const sending = new Set(["/v1/emails", "/v1/emails/batch", "/v1/emails/raw", "/v1/emails/preview"]);
/** A message on a record is told by email. */
const posting = /^\/v1\/threads\/[^/]+\/[^/]+\/messages$/;

function permits(permission: Permission, method: string, path: string): boolean {
  if (permission === "full_access") return true;
  if (permission === "read_access") return method === "GET" || method === "HEAD";
  return method === "POST" && (sending.has(path) || posting.test(path));
}
