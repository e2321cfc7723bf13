import { createHash } from "node:crypto";
import { AppError } from "@posthouse/core/error";
import type { Idempotency } from "@posthouse/core/idempotency/claim";
import type { Context } from "hono";
import type { AppEnv } from "./context.ts";

/**
 * The request's `Idempotency-Key` with the hash of what it stands for: method, path and the body whatever the order of
 * its fields.
 * @throws AppError invalid_idempotency_key for one that is empty or longer than 256 characters.
 */
export function idempotency(c: Context<AppEnv>, body: unknown): Idempotency | undefined {
  const key = c.req.header("idempotency-key");
  if (key === undefined) return undefined;
  if (key === "" || key.length > 256)
    throw new AppError("invalid_idempotency_key", "The Idempotency-Key is to be 1 to 256 characters.");
  const text = `${c.req.method} ${c.req.path}\n${JSON.stringify(sorted(body))}`;
  return { key, hash: createHash("sha256").update(text).digest("base64") };
}

/** The same of a request whose body is no JSON: with what its query says. */
export const idempotencyOfBytes = (c: Context<AppEnv>, said: object, bytes: Uint8Array): Idempotency | undefined =>
  idempotency(c, { said, body: createHash("sha256").update(bytes).digest("base64") });

/** The same value with the keys of its objects in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, each]) => [key, sorted(each)]);
}
