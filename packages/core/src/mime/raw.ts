import { assertValue } from "../email/header.ts";
import { AppError } from "../error.ts";

/** RFC 5322 §2.1.1: octets of a line, without its CRLF. */
const longestLine = 998;
/** A header in all, in octets: servers refuse larger ones. */
const longestHeader = 64_000;

const [tab, lf, cr, blank] = [0x09, 0x0a, 0x0d, 0x20];

/** Fields there is at most one of (RFC 5322 §3.6, RFC 2045): of two, each reader would choose its own. */
const single = new Set(
  "from to cc reply-to subject date message-id in-reply-to references mime-version content-type content-transfer-encoding".split(
    " ",
  ),
);

/** A field of a message as it stands there. */
export interface RawField {
  /** Lower-case. */
  readonly name: string;
  /** Its lines from the name on, joined by CRLF, each octet a character (Latin 1). */
  readonly text: string;
}

/** A message taken apart. */
export interface RawParts {
  readonly fields: readonly RawField[];
  /** What follows the empty line, to the octet. */
  readonly body: Uint8Array;
}

/**
 * A message as it may go on the wire: each CR, LF and CRLF a CRLF (RFC 5321 §2.3.8), so that no two readers see other
 * lines in it; all else is left to the octet.
 * @throws AppError invalid_parameter for a NUL or a line of the body over 998 octets, invalid_header for one of the header.
 */
export function normalize(bytes: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(bytes.length * 2 + 2);
  let to = 0;
  let start = 0;
  let inBody = false;
  const end = () => {
    if (to - start > longestLine) throw tooLong(to - start, inBody);
    inBody ||= to === start;
    out[to++] = cr;
    out[to++] = lf;
    start = to;
  };
  for (let at = 0; at < bytes.length; at++) {
    const octet = bytes[at] as number;
    if (octet === 0) throw new AppError("invalid_parameter", "The message holds a NUL octet: encode it as base64.");
    if (octet === cr || octet === lf) {
      if (octet === cr && bytes[at + 1] === lf) at++;
      end();
    } else out[to++] = octet;
  }
  if (to > start) end();
  return out.subarray(0, to);
}

const tooLong = (length: number, inBody: boolean): AppError =>
  inBody
    ? new AppError(
        "invalid_parameter",
        `A line of the body has ${length} octets, at most ${longestLine} can go out: encode the part as base64 or quoted-printable.`,
      )
    : new AppError("invalid_header", `A line of the header has ${length} octets: fold it, at most ${longestLine}.`);

/**
 * Takes a message apart at its first empty line. Strict, since what one reader takes for a field and another does not is
 * how fields are smuggled: no blank before a colon, no line of blanks, no control character, none of the fields twice
 * that there may be once.
 * @param mime as {@link normalize} gives it.
 * @throws AppError invalid_header
 */
export function split(mime: Buffer): RawParts {
  const empty = mime.subarray(0, 2).equals(Buffer.from("\r\n")) ? 0 : mime.indexOf("\r\n\r\n") + 2;
  // Without an empty line all of it is the header
  const [end, next] = empty === 1 ? [mime.length, mime.length] : [empty, empty + 2];
  if (end > longestHeader)
    throw new AppError("invalid_header", `The header has ${end} octets: at most ${longestHeader} can go out.`);
  const fields: RawField[] = [];
  for (const line of lines(mime.subarray(0, end))) {
    const last = fields.at(-1);
    if (!isContinued(line)) fields.push(field(line, fields.length));
    else if (last && line.trim() !== "") fields[fields.length - 1] = { ...last, text: `${last.text}\r\n${line}` };
    else throw new AppError("invalid_header", "The header has a line of blanks, or begins with one: remove it.");
  }
  assertOnce(fields);
  return { fields, body: mime.subarray(next) };
}

const lines = (header: Buffer): string[] =>
  header.length === 0 ? [] : header.toString("latin1").split("\r\n").slice(0, -1);

const isContinued = (line: string): boolean => line.charCodeAt(0) === blank || line.charCodeAt(0) === tab;

function field(line: string, n: number): RawField {
  const [, name] = /^([\x21-\x39\x3b-\x7e]{1,126}):/.exec(line) ?? [];
  if (name !== undefined) return { name: name.toLowerCase(), text: line };
  throw new AppError(
    "invalid_header",
    `Line ${n + 1} of the header begins no field, as \`Subject: Hello\`: the header ends with an empty line.`,
  );
}

function assertOnce(fields: readonly RawField[]): void {
  const seen = new Set<string>();
  for (const { name, text } of fields) {
    if (seen.has(name) && single.has(name)) throw refusal(name, "is there twice: leave one");
    seen.add(name);
    assertValue(`the field ${name}`, text.replaceAll("\r\n", ""));
  }
}

const refusal = (name: string, what: string): AppError =>
  new AppError("invalid_header", `The field ${name} ${what}.`, { details: { header: name } });

/**
 * The value of a field, unfolded (RFC 5322 §2.2.3); octets over 127 are UTF-8 (RFC 6532).
 * @throws AppError invalid_header where they are not.
 */
export function valueOf({ name, text }: RawField): string {
  const value = text.slice(text.indexOf(":") + 1).replaceAll("\r\n", "");
  if (!is8bit(value)) return value.trim();
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(value, "latin1")).trim();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw refusal(name, "has octets that are no UTF-8: encode it by RFC 2047");
  }
}

/** Whether a text of Latin 1 has octets over 127. */
export const is8bit = (text: string): boolean => /[\x80-\xff]/.test(text);

/** A message of its parts. @param fields each as its lines. */
export const join = (fields: readonly string[], body: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`${fields.map((text) => `${text}\r\n`).join("")}\r\n`, "latin1"), body]);
