import type { LambdaEvent } from "hono/aws-lambda";
import { handle } from "hono/aws-lambda";
import type { createApp } from "./app.ts";

/** What the adapter cannot make a request of, in the shape of every other error. */
const unusable = {
  statusCode: 400,
  headers: { "content-type": "application/json" },
  body: JSON.stringify({
    statusCode: 400,
    name: "validation_error",
    message: "This is no request the API can read: check its method and headers.",
    request_id: null,
  }),
  isBase64Encoded: false,
};

/**
 * The app as the handler of API Gateway's events. A body on GET or HEAD means nothing (RFC 9110 §9.3.1) and is dropped:
 * the adapter would refuse the request with a text of its own, as it does for methods that no request may have.
 */
export function lambda(app: ReturnType<typeof createApp>) {
  const handler = handle(app);
  const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
  return async (event: LambdaEvent, context?: Parameters<typeof handler>[1]) => {
    const method = methodOf(event);
    if (!methods.has(method)) return unusable;
    const bare = method === "GET" || method === "HEAD" ? { ...event, body: null } : event;
    return handler(bare as LambdaEvent, context);
  };
}

const methodOf = (event: LambdaEvent): string => {
  const { http } = event.requestContext as { http?: { method: string } };
  return http?.method ?? ("httpMethod" in event ? event.httpMethod : "GET");
};
