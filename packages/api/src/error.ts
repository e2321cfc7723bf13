import { isBusy } from "@posthouse/core/configuration/commit";
import { AppError, type ErrorName, statusCodes } from "@posthouse/core/error";
import type { Clock } from "@posthouse/core/ports/clock";
import { ConditionFailed } from "@posthouse/core/ports/store";
import type { Context, ErrorHandler, NotFoundHandler } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { AppEnv, AppPorts } from "./context.ts";

/** The body of every answer that is an error. */
export interface ErrorBody {
  readonly statusCode: number;
  readonly name: ErrorName;
  readonly message: string;
  readonly request_id: string;
  readonly details?: Record<string, unknown>;
}

/**
 * Answers an error: one of ours as it says, anything else as `internal_server_error` with nothing of it but the
 * request's id, under which it is logged.
 */
export function onError({ log, clock, metrics }: Pick<AppPorts, "log" | "clock" | "metrics">): ErrorHandler<AppEnv> {
  return (thrown, c) => {
    const error = known(thrown);
    if (error.name === "daily_quota_exceeded") metrics.count("limit_refused");
    if (error.statusCode >= 500)
      log.error(error.message, { request_id: c.var.requestId, operation: c.req.method, error: thrown });
    return answer(c, error, clock);
  };
}

/** Answers what no route has. */
export const notFound: NotFoundHandler<AppEnv> = (c) =>
  answer(c, new AppError("not_found", "There is nothing at this path: see /docs."));

/** Answers a path that has other methods, with those in `Allow`. */
export function methodNotAllowed(c: Context<AppEnv>, methods: readonly string[]): Response {
  const allowed = methods.join(", ");
  const response = answer(
    c,
    new AppError("method_not_allowed", `This path takes ${allowed}.`, { details: { allowed: methods } }),
  );
  response.headers.set("allow", allowed);
  return response;
}

function known(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  if (thrown instanceof HTTPException && thrown.status === 400)
    return new AppError(
      "validation_error",
      "The body is no valid JSON: check quotes, commas and the encoding (UTF-8).",
    );
  if (isBusy(thrown)) return new AppError("limit_unavailable", "The service is too busy: try again in a second.");
  // Whoever else changed the same thing went first, again and again
  if (thrown instanceof ConditionFailed)
    return new AppError("conflict", "It is being changed by others: read it again, and try again.");
  return new AppError(
    "internal_server_error",
    "Something went wrong here. Try again; if it stays, tell the operator the request_id.",
  );
}

function answer(c: Context<AppEnv>, error: AppError, clock?: Clock): Response {
  const { name, message, details } = error;
  const statusCode = statusCodes[name];
  const body: ErrorBody = { statusCode, name, message, request_id: c.var.requestId, ...(details && { details }) };
  if (statusCode === 401) c.header("www-authenticate", "Bearer");
  const wait = retryAfter(error, clock);
  if (wait !== undefined) c.header("retry-after", String(wait));
  return c.json(body, statusCode as ContentfulStatusCode);
}

/** Seconds after which trying again can help (RFC 9110 §10.2.3). */
function retryAfter({ name, details }: AppError, clock?: Clock): number | undefined {
  if (statusCodes[name] === 503) return 1;
  const seconds = details?.["retry_after_seconds"];
  if (typeof seconds === "number") return seconds;
  const resets = details?.["resets_at"];
  if (typeof resets !== "string" || !clock) return undefined;
  return Math.max(1, Math.ceil((Date.parse(resets) - clock.now()) / 1000));
}
