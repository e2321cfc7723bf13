import type { Query } from "@posthouse/core/ports/store";

/** Sorts after everything that begins with the text before it: the last code point there is. */
const last = "\u{10FFFF}";

/**
 * The one condition DynamoDB allows on the sort key. `above` and `below` are exclusive; where two bounds meet it
 * has to be BETWEEN, which is inclusive: `inside` drops the bounds themselves from the answer.
 * @param name gives the placeholder of the sort key, @param value that of a bound; called only when needed.
 */
export function range(
  { prefix, above, below }: Query,
  name: () => string,
  value: (bound: string) => string,
): string | undefined {
  if (above === undefined && below === undefined)
    return prefix === undefined ? undefined : `begins_with(${name()}, ${value(prefix)})`;
  const low = greatest([prefix, above]);
  const high = least([prefix === undefined ? undefined : prefix + last, below]);
  if (high === undefined) return `${name()} > ${value(low as string)}`;
  if (low === undefined) return `${name()} < ${value(high)}`;
  // BETWEEN with its bounds the wrong way round is an error; nothing lies there, so ask for what nobody has.
  return compare(low, high) > 0
    ? `${name()} < ${value("\u0000")}`
    : `${name()} BETWEEN ${value(low)} AND ${value(high)}`;
}

/** Whether a sort key is not one of the exclusive bounds. */
export const inside = ({ above, below }: Query, sk: unknown): boolean => sk !== above && sk !== below;

/** DynamoDB's order of strings: by their UTF-8 bytes, which is not JavaScript's order beyond U+FFFF. */
const compare = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

const least = (bounds: (string | undefined)[]): string | undefined =>
  bounds.filter((bound) => bound !== undefined).toSorted(compare)[0];

const greatest = (bounds: (string | undefined)[]): string | undefined =>
  bounds
    .filter((bound) => bound !== undefined)
    .toSorted(compare)
    .at(-1);
