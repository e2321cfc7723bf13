/** The errors of the DynamoDB API, as they go over the wire. */
import type { Item } from "./item.ts";

/**
 * An answer other than 200 of the DynamoDB API.
 * `type` is the exception's short name (`ValidationException`), `members` what
 * the exception carries besides its message (`Item`, `CancellationReasons`).
 */
export class DynamodbError extends Error {
  readonly type: string;
  readonly status: number;
  readonly members: Record<string, unknown>;

  constructor(type: string, message: string, members: Record<string, unknown> = {}, status = 400) {
    super(message);
    this.name = "DynamodbError";
    this.type = type;
    this.status = status;
    this.members = members;
  }

  /** The JSON body the SDK reads the exception from. */
  body(): Record<string, unknown> {
    return { __type: `com.amazonaws.dynamodb.v20120810#${this.type}`, message: this.message, ...this.members };
  }
}

/** A request DynamoDB refuses before it looks at any item. */
export function invalid(message: string): DynamodbError {
  return new DynamodbError("ValidationException", message);
}

/** A plain write met a transaction in flight on its item. */
export function conflict(): DynamodbError {
  return new DynamodbError("TransactionConflictException", "Transaction is ongoing for the item");
}

/** One of `CancellationReasons`: `None` where the action itself was fine. */
export interface Reason {
  Code: string;
  Message?: string;
  Item?: Item;
}

/** The reason of an action on an item that another transaction holds. */
export const CONFLICT: Reason = { Code: "TransactionConflict", Message: "Transaction is ongoing for the item" };

/** A transaction that was not run, with a reason for each of its actions. */
export function cancelled(reasons: Reason[]): DynamodbError {
  const codes = reasons.map(({ Code }) => Code).join(", ");
  return new DynamodbError(
    "TransactionCanceledException",
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    { CancellationReasons: reasons },
  );
}

/** The table asked for does not exist. */
export function missing(): DynamodbError {
  return new DynamodbError("ResourceNotFoundException", "Requested resource not found");
}

/** Whether `error` is the DynamoDB exception `type`. */
export function is(error: unknown, type: string): boolean {
  return error instanceof DynamodbError && error.type === type;
}
