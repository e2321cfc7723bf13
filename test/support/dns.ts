import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket as Stream } from "node:net";
import { answer, type Behaviour, type Question, type RecordType, readQuestion } from "./dns-message.ts";

/** A DNS server on loopback, authoritative for whatever a test publishes, over UDP and TCP (RFC 1035). */
export interface TestDns {
  /** `address:port`, as a resolver takes it. */
  readonly address: string;
  /** Publishes records in place of those of that name and type; none = nothing of that type. */
  set(name: string, type: RecordType, ...values: string[]): void;
  /** Takes everything of a name away, its behaviour too. */
  clear(name: string): void;
  /** From now on the name has no answer, or an error. */
  fail(name: string, how: Exclude<Behaviour, "answer">): void;
  /** What was asked, `TYPE name`, oldest first. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** Starts it on one free port for both protocols. */
export async function startDns(): Promise<TestDns> {
  const records = new Map<string, Map<RecordType, string[]>>();
  const failing = new Map<string, Behaviour>();
  const asked: string[] = [];
  const reply = (message: Buffer, limit: number): Buffer | null => {
    const question: Question = readQuestion(message);
    asked.push(`${question.type} ${question.name}`);
    const how = failing.get(question.name) ?? "answer";
    return how === "silent" ? null : answer(question, records, how, limit);
  };
  const { udp, tcp, port } = await listen(reply);
  const open = new Set<Stream>();
  tcp.on("connection", (stream) => open.add(stream));
  return {
    address: `127.0.0.1:${port}`,
    set: (name, type, ...values) => {
      const types = records.get(name.toLowerCase()) ?? new Map<RecordType, string[]>();
      records.set(name.toLowerCase(), types.set(type, values));
    },
    clear: (name) => {
      records.delete(name.toLowerCase());
      failing.delete(name.toLowerCase());
    },
    fail: (name, how) => void failing.set(name.toLowerCase(), how),
    asked,
    async close() {
      for (const stream of open) stream.destroy();
      await Promise.all([new Promise<void>((done) => udp.close(done)), new Promise((done) => tcp.close(done))]);
    },
  };
}

type Reply = (message: Buffer, limit: number) => Buffer | null;

/** UDP takes any port, TCP the same one; where that is taken, another try. */
async function listen(reply: Reply): Promise<{ udp: Socket; tcp: Server; port: number }> {
  const tcp = createServer((stream) => serve(stream, reply));
  tcp.listen(0, "127.0.0.1");
  await once(tcp, "listening");
  const { port } = tcp.address() as AddressInfo;
  const udp = createSocket("udp4");
  udp.on("message", (message, { port: to, address }) => {
    const bytes = reply(message, 512);
    if (bytes) udp.send(bytes, to, address);
  });
  udp.bind(port, "127.0.0.1");
  const [event] = await Promise.race([
    once(udp, "listening").then(() => ["listening"]),
    once(udp, "error").then(() => ["error"]),
  ]);
  if (event === "listening") return { udp, tcp, port };
  await new Promise((done) => tcp.close(done));
  return listen(reply);
}

/** Over TCP each message has its length before it. */
function serve(stream: Stream, reply: Reply): void {
  let buffered = Buffer.alloc(0);
  stream.on("error", () => stream.destroy());
  stream.on("data", (chunk: Buffer) => {
    buffered = Buffer.concat([buffered, chunk]);
    while (buffered.length >= 2 && buffered.length >= 2 + buffered.readUInt16BE(0)) {
      const end = 2 + buffered.readUInt16BE(0);
      const bytes = reply(buffered.subarray(2, end), 65_535);
      buffered = buffered.subarray(end);
      if (bytes) stream.write(Buffer.concat([uint16(bytes.length), bytes]));
    }
  });
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}
