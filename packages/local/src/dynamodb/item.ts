/** Items as DynamoDB's JSON writes them, and their size by its documented rules. */

/** One attribute value: exactly one of the members is present. */
export interface Value {
  S?: string;
  N?: string;
  B?: string;
  BOOL?: boolean;
  NULL?: boolean;
  SS?: string[];
  NS?: string[];
  BS?: string[];
  L?: Value[];
  M?: Item;
}

/** Attribute names to values. */
export interface Item {
  [attribute: string]: Value;
}

/** The largest item DynamoDB stores, in bytes (names and values). */
export const MAX_BYTES = 400 * 1024;

/**
 * Size of an item in bytes: attribute names and strings as UTF-8, numbers one
 * byte per two digits and one more, 3 bytes for a list or map and 1 for each
 * of its elements, 1 for a boolean or null.
 */
export function size(item: Item | undefined): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(item ?? {})) bytes += Buffer.byteLength(name) + sizeOf(value);
  return bytes;
}

/** Bytes of one value, without its name. */
export function sizeOf(value: Value): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return sizeOfNumber(value.N);
  if (value.B !== undefined) return Buffer.byteLength(value.B, "base64");
  if (value.M) return 3 + Object.keys(value.M).length + size(value.M);
  if (value.L) return value.L.reduce((sum, element) => sum + 1 + sizeOf(element), 3);
  return sizeOfSet(value);
}

function sizeOfSet(value: Value): number {
  if (value.SS) return value.SS.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (value.NS) return value.NS.reduce((sum, number) => sum + sizeOfNumber(number), 0);
  if (value.BS) return value.BS.reduce((sum, bytes) => sum + Buffer.byteLength(bytes, "base64"), 0);
  return 1;
}

/**
 * Numbers are kept as a sign, an exponent and pairs of decimal digits that are
 * aligned on the decimal point: 120 takes two pairs (01 20), 12 takes one.
 * `text` is a plain decimal, as the engine normalises all numbers.
 */
function sizeOfNumber(text: string): number {
  const [whole = "", fraction = ""] = text.replace("-", "").split(".");
  const pairs = (whole.length % 2 ? `0${whole}` : whole) + (fraction.length % 2 ? `${fraction}0` : fraction);
  const digits = pairs.replace(/^(00)+/, "").replace(/(00)+$/, "");
  if (digits === "") return 1;
  return Math.min(21, 1 + digits.length / 2 + (text.startsWith("-") ? 1 : 0));
}
