import { is } from "@posthouse/core/id";
import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import type { AppEnv, AppPorts } from "./context.ts";

/**
 * One line a request: the route's pattern, never the path or the query, which hold addresses; and the email that it made
 * or asked for, so that an email's id leads to its request.
 */
export function accessLog({ log, clock }: Pick<AppPorts, "log" | "clock">): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const start = clock.now();
    await next();
    const version = c.get("version") as AppEnv["Variables"]["version"] | undefined;
    const email = c.get("email") ?? emailOf(c.req.param("id"));
    log.info("request", {
      request_id: c.var.requestId,
      operation: `${c.req.method} ${routePath(c, -1)}`,
      code: String(c.res.status),
      ms: clock.now() - start,
      ...(version && { database: version.id }),
      ...(email !== undefined && { email }),
    });
  };
}

const emailOf = (id: string | undefined): string | undefined => (id !== undefined && is("email", id) ? id : undefined);
