/** Faults on purpose: what tests of the callers' own care put between them and the database. */
import { CONFLICT, cancelled, DynamodbError } from "./error.ts";

/** A call as it came in. */
export interface Call {
  operation: string;
  input: Record<string, unknown>;
}

/**
 * What goes wrong with a call. `before`: it is not executed. `after`: it is,
 * and its answer is lost. Without `error` the connection is cut.
 */
export interface Fault {
  when: "before" | "after";
  error?: DynamodbError;
}

/** Decides, call by call, whether something goes wrong. */
export type FaultHook = (call: Call) => Fault | undefined;

/** The table or an index is over its throughput; the SDK tries again by itself. */
export function throttled(): DynamodbError {
  return new DynamodbError(
    "ProvisionedThroughputExceededException",
    "The level of configured provisioned throughput for the table was exceeded. " +
      "Consider increasing your provisioning level with the UpdateTable API.",
  );
}

/** DynamoDB's own trouble, status 500; the SDK tries again by itself. */
export function broken(): DynamodbError {
  return new DynamodbError("InternalServerError", "Internal server error", {}, 500);
}

/** A transaction cancelled by one it never saw, on every one of its `actions`. */
export function conflicted(actions: number): DynamodbError {
  return cancelled(Array.from({ length: actions }, () => CONFLICT));
}
