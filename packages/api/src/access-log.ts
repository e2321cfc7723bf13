import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import type { AppEnv, AppPorts } from "./context.ts";

/** One line a request: the route's pattern, never the path or the query, which hold addresses. */
export function accessLog({ log, clock }: Pick<AppPorts, "log" | "clock">): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const start = clock.now();
    await next();
    const version = c.get("version") as AppEnv["Variables"]["version"] | undefined;
    log.info("request", {
      request_id: c.var.requestId,
      operation: `${c.req.method} ${routePath(c, -1)}`,
      code: String(c.res.status),
      ms: clock.now() - start,
      ...(version && { database: version.id }),
    });
  };
}
