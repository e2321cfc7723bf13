import { badRequest } from "./error.ts";

/** One header field: its value unfolded, its text as it was, line ends within included. */
export interface Field {
  name: string;
  value: string;
  text: string;
}

// RFC 5322, section 3.6: at most one of each.
const ONCE = ["from", "sender", "reply-to", "to", "cc", "bcc", "subject", "date", "message-id", "return-path"];

/** Splits a raw message at its first empty line into header fields and body (RFC 5322, section 2.1). */
export function split(raw: Buffer): { fields: Field[]; body: Buffer } {
  const { end, next } = boundary(raw);
  const fields = parse(raw.subarray(0, end).toString("latin1"));
  const names = fields.map(({ name }) => name.toLowerCase());
  const double = ONCE.find((name) => names.indexOf(name) !== names.lastIndexOf(name));
  if (double) throw badRequest(`Duplicate header '${double}'.`);
  return { fields, body: raw.subarray(next) };
}

function boundary(raw: Buffer): { end: number; next: number } {
  for (let line = 0; line < raw.length; ) {
    const feed = raw.indexOf(10, line);
    if (feed < 0) break;
    if (feed === line || (feed === line + 1 && raw[line] === 13)) return { end: line, next: feed + 1 };
    line = feed + 1;
  }
  return { end: raw.length, next: raw.length };
}

function parse(block: string): Field[] {
  if (/[^\t\r\n\x20-\x7e]/.test(block))
    throw badRequest("A header contains a non-ASCII or control character: encode it (RFC 2047).");
  const lines = block.replace(/\r?\n$/, "").split(/\r?\n/);
  if (lines.some((line) => line.includes("\r"))) throw badRequest("A header contains a bare carriage return.");
  const fields: Field[] = [];
  for (const line of lines) {
    const last = fields.at(-1);
    if (/^[ \t]/.test(line) && last) {
      last.text += `\r\n${line}`;
      last.value = `${last.value} ${line.trim()}`.trim();
    } else {
      fields.push(field(line));
    }
  }
  return fields;
}

function field(line: string): Field {
  const match = /^([\x21-\x39\x3b-\x7e]+)[ \t]*:(.*)$/.exec(line);
  if (!match) throw badRequest("A header line has no field name: expected 'Name: value'.");
  return { name: match[1] ?? "", value: (match[2] ?? "").trim(), text: line };
}

/** Value of the first field of that name, whatever its case. */
export function value(fields: Field[], name: string): string | undefined {
  return fields.find((field) => field.name.toLowerCase() === name)?.value;
}

/** Joins fields and body to a message with CRLF after each header line. */
export function join(fields: Field[], body: Buffer): Buffer {
  const head = fields.map(({ text }) => `${text}\r\n`).join("");
  return Buffer.concat([Buffer.from(`${head}\r\n`, "latin1"), body]);
}
