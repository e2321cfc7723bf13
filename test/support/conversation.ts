import * as Header from "@posthouse/core/inbound/header";
import { createTransport } from "nodemailer";
import { vi } from "vitest";
import { startDns } from "./dns.ts";
import { type Posthouse, startPosthouse } from "./process.ts";
import { startSink } from "./sink.ts";

export type Json = Record<string, unknown>;

/** A mail as it went out, to a mailbox of the embedded SES or over a server. */
export interface Sent {
  readonly raw: string;
  /** A field's value, unfolded; empty where there is none. */
  field(name: string): string;
}

/** What a person's mail program sends. */
export interface Answer {
  readonly From: string;
  readonly Subject?: string;
  readonly text: string;
}

/** A database whose people write and are written to. */
export interface Correspondent {
  readonly name: string;
  /** Its default domain. */
  readonly D: string;
  ok(method: string, path: string, body?: object): Promise<Json>;
  /** Makes an alias domain and proves it, its MX too. @returns its id */
  verify(name: string): Promise<string>;
  /** Sends over a server of its own for a domain, from now on. */
  server(filter: string): Promise<void>;
  /** The newest mail to an address, with that text; waits for it. */
  mailTo(address: string, text?: string): Promise<Sent>;
  /** How many mails to the address have that text. */
  count(address: string, text: string): Promise<number>;
  /** Hands a mail to the listener. */
  hand(to: readonly string[], mail: Answer, fields?: Readonly<Record<string, string>>): Promise<void>;
  /** Answers a mail as mail programs do: to its Reply-To, over whom that is forwarded to, with its ids. */
  answer(mail: Sent, answer: Answer, to?: string): Promise<void>;
  received(): Promise<readonly Json[]>;
  used(): Promise<number>;
}

/** The whole program, with a DNS server and a mail server beside it. */
export interface Conversation {
  database(name: string): Promise<Correspondent>;
  close(): Promise<void>;
}

interface Parts {
  readonly posthouse: Posthouse;
  readonly dns: Awaited<ReturnType<typeof startDns>>;
  readonly sink: Awaited<ReturnType<typeof startSink>>;
  readonly smtp_port: number;
}

const wait = { timeout: 60_000, interval: 200 };
let written = 0;

/** Starts them, the program on a data directory of its own. */
export async function startConversations(dataDir: string): Promise<Conversation> {
  const [dns, sink] = await Promise.all([startDns(), startSink()]);
  // So that somebody's domain vouches for what they write
  dns.set("client.test", "TXT", "v=spf1 ip4:127.0.0.1 ip6:::1 -all");
  const env = { POSTHOUSE_DNS_SERVERS: dns.address, POSTHOUSE_TICK_SECONDS: "1", POSTHOUSE_RECOVERY_SECONDS: "2" };
  const posthouse = await startPosthouse({ dataDir, env });
  const { smtp_port } = (await (await fetch(`${posthouse.url}/_local/info`)).json()) as { smtp_port: number };
  const parts = { posthouse, dns, sink, smtp_port };
  return {
    database: (name) => correspondent(parts, name),
    async close() {
      await posthouse.stop();
      await Promise.all([sink.close(), dns.close()]);
    },
  };
}

async function call({ posthouse }: Parts, key: string, method: string, path: string, body?: object): Promise<Json> {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
  const response = await fetch(`${posthouse.url}/v1${path}`, init);
  const answer = (await response.json()) as Json;
  if (response.status >= 300) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
  return answer;
}

async function correspondent(parts: Parts, name: string): Promise<Correspondent> {
  const { api_key } = await call(parts, parts.posthouse.operatorKey, "POST", "/databases", { name });
  const ok = (method: string, path: string, body?: object) => call(parts, String(api_key), method, path, body);
  const D = `${name}.posthouse.test`;
  const hand: Correspondent["hand"] = (to, mail, fields = {}) => post(parts, to, mail, fields);
  const found = async (address: string, text = "") =>
    (await sentTo(parts, address)).filter(({ raw }) => bodyOf(raw).includes(text));
  return {
    name,
    D,
    ok,
    hand,
    verify: (domain) => verify(parts, ok, domain),
    async server(from_filter) {
      const connection = { host: "127.0.0.1", port: parts.sink.port, encryption: "none", authentication: "none" };
      await ok("POST", "/servers", { name: from_filter, from_filter, ...connection });
    },
    mailTo: (address, text) =>
      vi.waitFor(async () => {
        const [one] = await found(address, text);
        if (!one) throw new Error(`no mail to ${address} yet`);
        return one;
      }, wait),
    count: async (address, text) => (await found(address, text)).length,
    async answer(mail, { Subject = `Re: ${mail.field("subject")}`, ...answer }, to) {
      const reply = bare(mail.field("reply-to"));
      const id = mail.field("message-id");
      const ids = { "In-Reply-To": id, References: `${mail.field("references")} ${id}`.trim() };
      const hop = to === undefined || to === reply ? {} : { "Delivered-To": reply };
      await hand([to ?? reply], { ...answer, Subject }, { To: reply, ...ids, ...hop });
    },
    received: async () => (await ok("GET", "/received"))["data"] as Json[],
    used: async () => Number((await ok("GET", "/usage"))["used"]),
  };
}

const bare = (field: string): string => /<([^<>]+)>/.exec(field)?.[1] ?? field;

/** With what it says in plain words, whatever it is carried in. */
function bodyOf(raw: string): string {
  const encoded = raw.split(/\r?\n\r?\n/).map((part) => part.replace(/\s/g, ""));
  const decoded = encoded
    .filter((part) => /^[\w+/]+=*$/.test(part))
    .map((part) => Buffer.from(part, "base64").toString());
  return [raw.replace(/=\r?\n/g, ""), ...decoded].join("\n");
}

function read(raw: string): Sent {
  const fields = Header.fields(Header.split(Buffer.from(raw)).header);
  return { raw, field: (name) => Header.first(fields, name) ?? "" };
}

/** What went out to an address, newest first. */
async function sentTo({ posthouse, sink }: Parts, address: string): Promise<Sent[]> {
  const { data } = (await (await fetch(`${posthouse.url}/_local/mailbox`)).json()) as {
    data: { id: string; recipients: string[] }[];
  };
  const own = data.filter(({ recipients }) => recipients.includes(address));
  const bySes = own.map(async ({ id }) => (await fetch(`${posthouse.url}/_local/mailbox/${id}/raw`)).text());
  const byServer = sink.caught.filter(({ recipients }) => recipients.includes(address)).toReversed();
  return [...byServer.map(({ raw }) => raw), ...(await Promise.all(bySes))].map(read);
}

async function post(
  { smtp_port }: Parts,
  to: readonly string[],
  { text, ...mail }: Answer,
  fields: Readonly<Record<string, string>>,
): Promise<void> {
  const from = bare(mail.From);
  const id = `<${written++}.${Date.now()}@${from.slice(from.indexOf("@") + 1)}>`;
  const usual = {
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=utf-8",
    "User-Agent": "Mozilla Thunderbird",
  };
  const all = { To: to.join(", "), ...mail, ...usual, Date: new Date().toUTCString(), "Message-ID": id, ...fields };
  const header = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const transport = createTransport({ host: "127.0.0.1", port: smtp_port });
  try {
    await transport.sendMail({ envelope: { from, to: [...to] }, raw: `${header.join("")}\r\n${text}\r\n` });
  } finally {
    transport.close();
  }
}

interface DnsRecord {
  readonly name: string;
  readonly type: "TXT" | "CNAME" | "MX";
  readonly value: string;
  readonly priority?: number;
}

/** Publishes all that a domain asks for, its inbound MX too, and waits until that is seen. */
async function verify({ dns }: Parts, ok: Correspondent["ok"], name: string): Promise<string> {
  const { id } = await ok("POST", "/domains", { name });
  const path = `/domains/${String(id)}`;
  const records = async () => (await ok("GET", path))["records"] as DnsRecord[];
  await vi.waitFor(async () => {
    if ((await records()).length < 6) throw new Error("the records are not known yet");
  }, wait);
  for (const { name: of, type, value, priority } of await records())
    dns.set(of, type, type === "MX" ? `${priority} ${value}` : value);
  await vi.waitFor(
    async () => {
      await ok("POST", `${path}/verify`);
      const { status, inbound } = await ok("GET", path);
      if (status !== "verified" || (inbound as Json)["mx_at_us"] !== true) throw new Error("not verified yet");
    },
    { ...wait, interval: 1_000 },
  );
  return String(id);
}
