const [lf, cr, blank, tab, dash, colon] = [0x0a, 0x0d, 0x20, 0x09, 0x2d, 0x3a];

/** Where in a mail one is, and what would end it. */
export interface Cursor {
  readonly raw: Buffer;
  /** Always where a line begins. */
  at: number;
  /** Boundaries of the multiparts one is within, the outermost first, each octet a character. */
  readonly open: string[];
  /** What a delimiter of theirs may hold behind its dashes; `sums` tell lines that are worth a look. */
  known: {
    readonly lines: ReadonlyMap<string, Pick<Delimiter, "level" | "closes">>;
    readonly sums: ReadonlySet<number>;
  };
}

/** A line that ends a part (RFC 2046 §5.1.1). */
export interface Delimiter {
  readonly start: number;
  /** Where the next line begins. */
  readonly next: number;
  /** Whose it is: an index of `open`; -1 = the end of the mail. */
  readonly level: number;
  /** The last of its multipart. */
  readonly closes: boolean;
}

/** At the beginning of a mail. */
export const begin = (raw: Buffer): Cursor => ({ raw, at: 0, open: [], known: learn([]) });

/** Goes into a multipart. @returns its level. */
export function enter(cursor: Cursor, boundary: string): number {
  const level = cursor.open.push(boundary) - 1;
  cursor.known = learn(cursor.open);
  return level;
}

/** Out of the innermost multipart. */
export function leave(cursor: Cursor): void {
  cursor.open.pop();
  cursor.known = learn(cursor.open);
}

/** Of two with the same boundary the inner one's line counts: some mailers take one for all. */
function learn(open: readonly string[]): Cursor["known"] {
  const lines = new Map<string, Pick<Delimiter, "level" | "closes">>();
  for (const [level, boundary] of open.entries()) {
    lines.set(boundary, { level, closes: false });
    lines.set(`${boundary}--`, { level, closes: true });
  }
  const sums = [...lines.keys()].map((line) => Buffer.from(line, "latin1").reduce(add, 0));
  return { lines, sums: new Set(sums) };
}

/** A sum of octets, one after the other (FNV-1a). */
const add = (sum: number, octet: number): number => Math.imul(sum ^ octet, 16_777_619);

/** The next delimiter of any multipart one is within. Nothing moves. */
export function peek({ raw, at, open, known }: Cursor): Delimiter {
  for (let start = at; open.length > 0 && start < raw.length; start++) {
    if (raw[start] !== dash || (start > at && raw[start - 1] !== lf)) continue;
    const found = match(raw, start, known);
    if (found) return found;
  }
  return { start: raw.length, next: raw.length, level: -1, closes: true };
}

/** What stands before the next delimiter or the end, the line break that belongs to that left out; goes there. */
export function body(cursor: Cursor): Buffer {
  const { raw, at } = cursor;
  const { start } = peek(cursor);
  cursor.at = start;
  const feeds = raw[start - 1] === lf ? (raw[start - 2] === cr ? 2 : 1) : 0;
  return raw.subarray(at, Math.max(at, start - feeds));
}

/**
 * The header of a part, which ends with an empty line; goes behind that. Without one it ends where a line begins that is
 * no field, or at a delimiter.
 */
export function header(cursor: Cursor): Buffer {
  const { raw, at, known } = cursor;
  let start = at;
  for (; start < raw.length; start = nextLine(raw, start)) {
    if (isEmpty(raw, start)) {
      cursor.at = nextLine(raw, start);
      return raw.subarray(at, start);
    }
    if (raw[start] === dash && match(raw, start, known)) break;
  }
  cursor.at = fieldsEnd(raw, at, start);
  return raw.subarray(at, cursor.at);
}

function fieldsEnd(raw: Buffer, from: number, to: number): number {
  for (let start = from; start < to; start = nextLine(raw, start)) if (!isField(raw, start)) return start;
  return to;
}

/** Whether a line may stand in a header: a field, one that goes on, or the `From ` of a mailbox file. */
function isField(raw: Buffer, start: number): boolean {
  if (isBlank(raw[start])) return true;
  let at = start;
  while (at < raw.length && (raw[at] as number) > 0x20 && (raw[at] as number) < 0x7f && raw[at] !== colon) at++;
  if (at > start && isBlank(raw[at]) && /^>?From$/.test(raw.toString("latin1", start, Math.min(at, start + 6))))
    return true;
  if (at === start) return false;
  while (isBlank(raw[at])) at++;
  return raw[at] === colon;
}

/** RFC 2046 §5.1.1 allows boundaries of 70 characters. Of a longer line nothing is read. */
const longest = 1_000;

function match(raw: Buffer, start: number, { lines, sums }: Cursor["known"]): Delimiter | undefined {
  if (raw[start + 1] !== dash) return undefined;
  const limit = Math.min(raw.length, start + longest);
  let [at, sum] = [start + 2, 0];
  let [end, sumToEnd] = [at, sum];
  for (; at < limit && raw[at] !== lf; at++) {
    const octet = raw[at] as number;
    sum = add(sum, octet);
    if (!isBlank(octet) && octet !== cr) [end, sumToEnd] = [at + 1, sum];
  }
  // most lines that begin with dashes are no delimiter: to make strings of ten million takes seconds
  if (!sums.has(sumToEnd) || (at === limit && limit < raw.length)) return undefined;
  const line = lines.get(raw.toString("latin1", start + 2, end));
  return line && { start, next: Math.min(at + 1, raw.length), ...line };
}

/** Where the next line begins. In a loop of its own: `indexOf` for each of forty million lines takes seconds. */
function nextLine(raw: Buffer, from: number): number {
  for (let at = from; at < raw.length; at++) if (raw[at] === lf) return at + 1;
  return raw.length;
}

const isBlank = (octet: number | undefined): boolean => octet === blank || octet === tab;

const isEmpty = (raw: Buffer, at: number): boolean => raw[at] === lf || (raw[at] === cr && raw[at + 1] === lf);
