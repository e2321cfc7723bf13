/** Answers that say "later", and by Retry-After when (RFC 9110 §10.2.3, RFC 6585 §4). */
const later: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** How long before its time is over a delivery is tried that was asked to come later, in ms: two ticks. */
const lastly = 120_000;

/** The longest that is waited because it was asked for, in ms. */
const most = 3_600_000;

/**
 * How long an endpoint asks to be left alone, in ms, an hour at most.
 * @param value seconds or an HTTP date, as it stands in the answer. @param now ms
 * @returns undefined where it asks for nothing, or nothing that can be understood.
 */
export function read(status: number, value: string | undefined, now: number): number | undefined {
  const text = value?.trim() ?? "";
  if (!later.has(status) || text === "") return undefined;
  const wait = /^\d+$/.test(text) ? Number(text) * 1000 : parse(text) - now;
  return wait > 0 ? Math.min(wait, most) : undefined;
}

/**
 * How long a delivery waits because of that, in ms: up to a tenth longer, so that those that were told the same do not come
 * back together, and never so long that it could not be tried again.
 * @param left until it is given up, ms. @param chance 0 to 1
 */
export const within = (asked: number, left: number, chance: number): number =>
  Math.max(0, Math.min(Math.ceil(asked * (1 + chance / 10)), left - lastly));

/** One of the three forms of RFC 9110 §5.6.7, all of them in GMT, which asctime's does not say; NaN for all else. */
const parse = (text: string): number =>
  /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /.test(text)
    ? Date.parse(text.endsWith("GMT") ? text : `${text} GMT`)
    : Number.NaN;
