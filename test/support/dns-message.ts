/** DNS messages by hand (RFC 1035 §4): as much of them as a test's server needs, without name compression. */

const types = { A: 1, NS: 2, CNAME: 5, MX: 15, TXT: 16, AAAA: 28 } as const;

/** The types it can answer. */
export type RecordType = keyof typeof types;
/** What becomes of a question. */
export type Behaviour = "answer" | "servfail" | "refused" | "silent";

/** The question of a query. */
export interface Question {
  readonly id: number;
  /** Lower-case, without the final dot. */
  readonly name: string;
  readonly type: RecordType | "other";
  /** The question as it came, to be repeated. */
  readonly bytes: Buffer;
}

/** Reads the one question of a query. */
export function readQuestion(message: Buffer): Question {
  const labels: string[] = [];
  let at = 12;
  for (let length = message.readUInt8(at); length > 0; length = message.readUInt8(at)) {
    labels.push(message.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  const code = message.readUInt16BE(at + 1);
  const known = (Object.keys(types) as RecordType[]).find((type) => types[type] === code);
  const name = labels.join(".").toLowerCase();
  return { id: message.readUInt16BE(0), name, type: known ?? "other", bytes: message.subarray(12, at + 5) };
}

const codes = { answer: 0, servfail: 2, refused: 5 } as const;

/** The response; one over `limit` bytes is cut short, so that the asker comes again by TCP. */
export function answer(
  { id, name, type, bytes }: Question,
  records: ReadonlyMap<string, ReadonlyMap<RecordType, readonly string[]>>,
  how: keyof typeof codes,
  limit: number,
): Buffer {
  const found = records.get(name);
  const values = how === "answer" && type !== "other" ? (found?.get(type) ?? []) : [];
  const resources = values.map((value) => resource(name, type as RecordType, value));
  const code = how === "answer" && !found ? 3 : codes[how];
  const whole = Buffer.concat([header(id, code, resources.length, false), bytes, ...resources]);
  return whole.length <= limit ? whole : Buffer.concat([header(id, code, 0, true), bytes]);
}

function header(id: number, code: number, answers: number, truncated: boolean): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt16BE(id, 0);
  // A response, authoritative, recursion available
  bytes.writeUInt16BE(0x8480 | (truncated ? 0x0200 : 0) | code, 2);
  bytes.writeUInt16BE(1, 4);
  bytes.writeUInt16BE(answers, 6);
  return bytes;
}

function resource(name: string, type: RecordType, value: string): Buffer {
  const data = encode[type](value);
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(types[type], 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([encodeName(name), fixed, data]);
}

const encode: Record<RecordType, (value: string) => Buffer> = {
  A: (value) => Buffer.from(value.split(".").map(Number)),
  AAAA: (value) => {
    const [head = "", tail = ""] = value.split("::");
    const groups = (text: string) => text.split(":").filter((group) => group !== "");
    const missing = 8 - groups(head).length - groups(tail).length;
    const all = [...groups(head), ...Array<string>(missing).fill("0"), ...groups(tail)];
    return Buffer.from(all.map((group) => group.padStart(4, "0")).join(""), "hex");
  },
  NS: encodeName,
  CNAME: encodeName,
  MX: (value) => {
    const [priority = "0", exchange = ""] = value.split(" ");
    const bytes = Buffer.alloc(2);
    bytes.writeUInt16BE(Number(priority));
    return Buffer.concat([bytes, encodeName(exchange)]);
  },
  TXT: (value) => {
    const text = Buffer.from(value);
    const parts: Buffer[] = [];
    for (let at = 0; at === 0 || at < text.length; at += 255) {
      const part = text.subarray(at, at + 255);
      parts.push(Buffer.from([part.length]), part);
    }
    return Buffer.concat(parts);
  },
};

function encodeName(name: string): Buffer {
  const labels = name.split(".").filter((label) => label !== "");
  return Buffer.concat([...labels.flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]), Buffer.of(0)]);
}
