/** What is told of something has room for so many characters of a text, and entries of a list. */
const roomy = { text: 4_000, list: 200 };
/** The same where that is still too much. */
const tight = { text: 200, list: 20 };
/** The characters of an event's data at most: it is kept in an item, and in one for each endpoint. */
export const largest = 30_000;

type Room = typeof roomy;

/** An event's data as small as it is kept: long texts end in `…`, long lists are cut; of what is still too large the names stay. */
export function trim(data: Readonly<Record<string, unknown>>): Record<string, unknown> {
  for (const room of [roomy, tight]) {
    const short = cut(data, room) as Record<string, unknown>;
    if (JSON.stringify(short).length <= largest) return short;
  }
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, scalar(value)]));
}

function cut(value: unknown, room: Room): unknown {
  if (typeof value === "string") return clip(value, room.text);
  if (Array.isArray(value)) return value.slice(0, room.list).map((each) => cut(each, room));
  if (value === null || typeof value !== "object") return value;
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(fields.map(([name, field]) => [name, cut(field, room)]));
}

const scalar = (value: unknown): unknown =>
  typeof value === "string" ? clip(value, tight.text) : typeof value === "object" ? null : value;

/** At most so many characters, never half a surrogate pair. */
export const clip = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1).toWellFormed()}…`;
