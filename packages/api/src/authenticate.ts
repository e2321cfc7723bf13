import { find } from "@posthouse/core/database/list";
import type { Version } from "@posthouse/core/database/version";
import { AppError } from "@posthouse/core/error";
import * as Key from "@posthouse/core/key/authenticate";
import type { Permission } from "@posthouse/core/key/record";
import { equal } from "@posthouse/core/key/token";
import type { Context, MiddlewareHandler } from "hono";
import type { AppEnv, AppPorts } from "./context.ts";

/** Which database the operator acts on, by name. */
export const databaseHeader = "posthouse-database";

/**
 * Lets in who may: the operator's key on the operator's routes, and, with the header `posthouse-database`, on those of
 * any database; a database's key on those of its own, as far as its permission goes.
 * @throws AppError missing_api_key, invalid_api_key, restricted_api_key; not_found for the header's database.
 */
export function authenticate(ports: AppPorts): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const key = bearer(c);
    const operator = equal(key, ports.operatorKey);
    if (isOperators(c.req.path)) {
      if (!operator) await refuseDatabaseKey(ports, key);
    } else c.set("version", operator ? await named(ports, c) : await opened(ports, c, key));
    await next();
  };
}

function bearer(c: Context<AppEnv>): string {
  const [, key] = /^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "") ?? [];
  if (key !== undefined) return key;
  throw new AppError("missing_api_key", "The API key is missing: send it as `Authorization: Bearer ph_…`.");
}

const isOperators = (path: string): boolean => path === "/v1/databases" || path.startsWith("/v1/databases/");

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

async function opened(ports: AppPorts, c: Context<AppEnv>, key: string): Promise<Version> {
  const { version, permission } = await Key.authenticate(ports, key);
  if (!permits(permission, c.req.method, c.req.path))
    throw new AppError("restricted_api_key", `This key has ${permission} only: use one with full_access.`, {
      details: { permission },
    });
  return version;
}

const sending = new Set(["/v1/emails", "/v1/emails/preview"]);

function permits(permission: Permission, method: string, path: string): boolean {
  if (permission === "full_access") return true;
  if (permission === "read_access") return method === "GET" || method === "HEAD";
  return method === "POST" && sending.has(path);
}
