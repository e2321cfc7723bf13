import { redact } from "./redact.ts";

/** An error as it is logged. */
export interface LoggedError {
  readonly name: string;
  readonly message: string;
  /** The lines of the stack without the message, which stands above, cleaned. */
  readonly stack: readonly string[];
  readonly cause?: LoggedError;
}

const deepest = 5;

/** Name, message and stack of an error and of its causes, redacted; no other property, as any may hold a secret. */
export function describe(error: unknown, depth = 1): LoggedError {
  if (!(error instanceof Error)) return { name: typeof error, message: "not an Error was thrown", stack: [] };
  const cause = error.cause === undefined || depth >= deepest ? {} : { cause: describe(error.cause, depth + 1) };
  return { name: redact(error.name), message: redact(error.message), stack: frames(error), ...cause };
}

const frames = ({ stack = "" }: Error): string[] =>
  stack
    .split("\n")
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 12)
    .map((line) => redact(line.trim()));
