import { AppError } from "@posthouse/core/error";
import type { PageQuery } from "./schemas/page.ts";

/** A list as it is answered. */
export interface List<T> {
  readonly object: "list";
  readonly data: readonly T[];
  readonly has_more: boolean;
}

/**
 * A page of a list that is read whole: so many after the one named, or before it.
 * @throws AppError invalid_parameter when there is no such one.
 */
export function page<T extends { readonly id: string }>(
  all: readonly T[],
  { limit, after, before }: PageQuery,
): List<T> {
  const start = after === undefined ? 0 : position(all, "after", after) + 1;
  const end = before === undefined ? all.length : position(all, "before", before);
  if (before !== undefined) {
    const from = Math.max(0, end - limit);
    return { object: "list", data: all.slice(from, end), has_more: from > 0 };
  }
  return { object: "list", data: all.slice(start, start + limit), has_more: start + limit < end };
}

function position(all: readonly { readonly id: string }[], field: string, id: string): number {
  const found = all.findIndex((each) => each.id === id);
  if (found >= 0) return found;
  throw new AppError("invalid_parameter", `\`${field}\` names nothing in this list: give an id of it.`, {
    details: { field },
  });
}
