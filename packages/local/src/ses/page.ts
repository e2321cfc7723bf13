import * as z from "zod";
import { SesError } from "./error.ts";

const DEFAULT_SIZE = 100;

/** The members every List operation takes. `PageSize` arrives as text when it is a query parameter. */
export const pageSchema = z.object({
  NextToken: z.string().optional(),
  PageSize: z.coerce.number().int().min(0).max(1000).optional(),
});

/** One page of `items`, which are in the order of their unique `key`, and the token of the next one. */
export function page<T>(
  items: T[],
  key: (item: T) => string,
  { NextToken, PageSize }: z.output<typeof pageSchema>,
): { items: T[]; NextToken?: string } {
  const after = NextToken === undefined ? undefined : decode(NextToken);
  const rest = after === undefined ? items : items.filter((item) => key(item) > after);
  const taken = rest.slice(0, PageSize || DEFAULT_SIZE);
  const last = taken.at(-1);
  return last && taken.length < rest.length ? { items: taken, NextToken: encode(key(last)) } : { items: taken };
}

function encode(key: string): string {
  return Buffer.from(`after:${key}`).toString("base64url");
}

function decode(token: string): string {
  const text = Buffer.from(token, "base64url").toString();
  if (!text.startsWith("after:")) {
    throw new SesError(
      "InvalidNextTokenException",
      "The specified NextToken is invalid: use one this operation returned.",
    );
  }
  return text.slice("after:".length);
}
