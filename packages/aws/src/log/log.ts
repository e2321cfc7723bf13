import { Logger } from "@aws-lambda-powertools/logger";
import type { Log, LogFields } from "@posthouse/core/ports/log";
import * as Invocation from "../invocation.ts";
import { describe } from "./error.ts";
import { redact } from "./redact.ts";

/** The fields a line may carry. A list of what is allowed: whatever else an object holds stays out. */
const allowed = ["request_id", "database", "email", "server", "operation", "code", "count", "ms"] as const;

/**
 * The log port: structured JSON lines by Powertools' logger (23 KB of a bundle, minified). Its level is set by
 * POWERTOOLS_LOG_LEVEL.
 */
export function createLog(
  logger: Pick<Logger, "info" | "warn" | "error"> = new Logger({ serviceName: "posthouse" }),
): Log {
  return {
    info: (message, fields) => logger.info(redact(message), line(fields)),
    warn: (message, fields) => logger.warn(redact(message), line(fields)),
    error: (message, fields) => logger.error(redact(message), line(fields)),
  };
}

/** The fields, with the invocation that they were logged in. */
function line(fields: LogFields | undefined): Record<string, unknown> {
  const invocation = Invocation.id();
  return { ...(invocation !== undefined && { invocation }), ...pick(fields) };
}

/** The allowed fields that are there; texts redacted, the error described. */
export function pick(fields: LogFields = {}): Record<string, unknown> {
  const present = allowed.filter((name) => fields[name] !== undefined);
  const picked = Object.fromEntries(present.map((name) => [name, clean(fields[name])]));
  return fields.error === undefined ? picked : { ...picked, failure: describe(fields.error) };
}

const clean = (value: unknown): unknown => (typeof value === "string" ? redact(value) : value);
