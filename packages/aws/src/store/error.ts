import { unmarshall } from "@aws-sdk/util-dynamodb";
import { ConditionFailed, type Item, type Reason, StoreBusy, TransactionCanceled } from "@posthouse/core/ports/store";
import { isLost } from "../lost.ts";

/** Refused for the moment and surely not applied. */
const definite = new Set([
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "ThrottlingException",
  "TransactionConflictException",
]);

/** The same token is still being worked on: its outcome is asked for again with it. */
const inProgress = "TransactionInProgressException";

/** The store is busy, and the write surely was not applied: it may be made again whatever it is. */
export class Refused extends StoreBusy {}

/** What the port says for an error of the SDK; what is no error of the store's comes back as it is. */
export function translate(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (error.name === "ConditionalCheckFailedException") return new ConditionFailed(item(error));
  if (error.name === "TransactionCanceledException") return new TransactionCanceled(reasons(error));
  if (definite.has(error.name)) return new Refused(`The table is busy (${error.name}): try again.`, { cause: error });
  if (error.name === inProgress || isLost(error))
    return new StoreBusy(`The answer of the table was lost (${error.name}): it may or may not be written.`, {
      cause: error,
    });
  return error;
}

/** Awaits a call of the SDK. @throws what `translate` says. */
export async function translated<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw translate(error);
  }
}

type Attributes = Parameters<typeof unmarshall>[0];

// lib-dynamodb unmarshalls answers, not errors.
function item(source: object): Item | undefined {
  const attributes = (source as { Item?: Attributes }).Item;
  return attributes && Object.keys(attributes).length > 0 ? (unmarshall(attributes) as Item) : undefined;
}

function reasons(error: Error): Reason[] {
  const given = (error as { CancellationReasons?: { Code?: string }[] }).CancellationReasons ?? [];
  return given.map((reason) => {
    const found = item(reason);
    return { code: code(reason.Code), ...(found && { item: found }) };
  });
}

function code(given: string | undefined): Reason["code"] {
  switch (given) {
    case undefined:
    case "None":
      return "None";
    case "ConditionalCheckFailed":
    case "TransactionConflict":
    case "ThrottlingError":
      return given;
    case "ProvisionedThroughputExceeded":
    case "RequestLimitExceeded":
      return "ThrottlingError";
    default:
      return "Other";
  }
}
