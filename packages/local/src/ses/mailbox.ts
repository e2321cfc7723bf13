import type { Database } from "./database.ts";

/** One accepted mail as the mailbox lists it: `at` in ISO 8601, addresses bare, header values decoded (RFC 2047). */
export interface Mail {
  id: string;
  at: string;
  envelope_from: string;
  recipients: string[];
  from: string;
  subject: string;
  tenant: string | null;
  tags: Record<string, string>;
}

/** Everything the endpoint has accepted. Reading is public, adding is SendEmail's. */
export interface Mailbox {
  /** Newest first; all, or the newest `limit`. */
  list(limit?: number): Mail[];
  /** The message as it left, or undefined for an unknown id. */
  raw(id: string): Buffer | undefined;
}

/** The writing side of the mailbox. */
export interface MailStore extends Mailbox {
  /** `at` in epoch milliseconds, `counted` the recipients the daily quota counts. */
  add(mail: Mail, at: number, counted: number, raw: Buffer): void;
  /** Recipients counted after `since` (epoch milliseconds). */
  counted(since: number): number;
}

/** The mailbox over its table. */
export function createMailbox({ sql }: Database): MailStore {
  const add = sql.prepare("INSERT INTO mail (id, at, counted, summary, raw) VALUES (?, ?, ?, ?, ?)");
  const list = sql.prepare("SELECT summary FROM mail ORDER BY seq DESC LIMIT ?");
  const raw = sql.prepare("SELECT raw FROM mail WHERE id = ?");
  const counted = sql.prepare("SELECT coalesce(sum(counted), 0) AS n FROM mail WHERE at > ?");
  return {
    add: (mail, at, n, content) => void add.run(mail.id, at, n, JSON.stringify(mail), content),
    list: (limit = -1) => (list.all(limit) as { summary: string }[]).map((row) => JSON.parse(row.summary) as Mail),
    raw: (id) => {
      const row = raw.get(id) as { raw: Uint8Array } | undefined;
      return row && Buffer.from(row.raw);
    },
    counted: (since) => (counted.get(since) as { n: number }).n,
  };
}
