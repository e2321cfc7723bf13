import { AppError } from "@posthouse/core/error";

/** The place a page ended at, as opaque text: DynamoDB's LastEvaluatedKey. */
export function encode(key: Record<string, unknown>): string {
  return Buffer.from(JSON.stringify(key)).toString("base64url");
}

/**
 * The key in a cursor. A cursor goes through strangers' hands, so it may only continue within the partition that
 * is being read (G5).
 * @throws AppError validation_error when it was made for another list, or by hand.
 */
export function decode(cursor: string, pk: string, partition: string): Record<string, unknown> {
  const key = parse(cursor);
  if (key?.[pk] !== partition || Object.values(key).some((value) => typeof value !== "string"))
    throw new AppError("validation_error", "The cursor does not belong to this list: begin again without it.");
  return key;
}

function parse(cursor: string): Record<string, unknown> | undefined {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    return key !== null && typeof key === "object" ? { ...key } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
