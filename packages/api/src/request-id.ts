import { randomUUID } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "./context.ts";

/**
 * Gives each request an id: AWS's own where a gateway handed the request over, so that its logs and ours meet, else a
 * random one. Answers are never cached: some hold a key.
 */
export const requestId: MiddlewareHandler<AppEnv> = async (c, next) => {
  const id = gatewayId(c.env) ?? randomUUID();
  c.set("requestId", id);
  await next();
  c.res.headers.set("x-request-id", id);
  c.res.headers.set("x-content-type-options", "nosniff");
  if (!c.res.headers.has("cache-control")) c.res.headers.set("cache-control", "no-store");
};

/** The id in the event of API Gateway, as hono's Lambda adapter hands it over. */
function gatewayId(env: unknown): string | undefined {
  const { requestContext } = (env ?? {}) as { requestContext?: { requestId?: unknown } };
  return typeof requestContext?.requestId === "string" ? requestContext.requestId : undefined;
}
