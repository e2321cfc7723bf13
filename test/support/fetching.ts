import { createImap } from "@posthouse/aws/imap/imap";
import type { Version } from "@posthouse/core/database/version";
import { list } from "@posthouse/core/inbound/list";
import { run } from "@posthouse/core/incoming/batch";
import type { IncomingInput } from "@posthouse/core/incoming/draft";
import * as Server from "@posthouse/core/incoming/server";
import type { IncomingView } from "@posthouse/core/incoming/view";
import type { Ports } from "@posthouse/core/ports/main";
import { tick } from "@posthouse/core/tick/run";
import { startTestPorts, type TestOptions, type TestPorts } from "@posthouse/local/testing";
import { makeDatabase, type TestDatabase } from "./database.ts";
import { login, type Mailbox, type MailboxOptions, pem, startMailbox } from "./imap.ts";

/** A database, a mailbox that its mail is fetched from, and who plays the functions. */
export interface Fetching {
  readonly env: TestPorts;
  readonly db: TestDatabase;
  readonly mailbox: Mailbox;
  /** Makes an incoming server for the mailbox. */
  add(changes?: Partial<IncomingInput>): Promise<IncomingView>;
  get(id: string): Promise<IncomingView>;
  /** Moves the clock on, ticks, and works off the queue of incoming servers. @returns how many messages it had. */
  look(minutes?: number, ports?: Ports): Promise<number>;
  /** Subjects of the mail that has come in, oldest first. */
  subjects(): Promise<string[]>;
  close(): Promise<void>;
}

/** Starts them, each its own. */
export async function startFetching(options: MailboxOptions & TestOptions = {}): Promise<Fetching> {
  const imap = createImap({ private_hosts: true, ca: [pem("ca.pem")] });
  const env = await startTestPorts({ ...options, ports: { imap, ...options.ports } });
  const db = await makeDatabase(env.ports, {}, { provisioned: false });
  const mailbox = await startMailbox(options);
  const { username, password } = login;
  const connection = { host: "localhost", port: mailbox.port, username, password };
  return {
    env,
    db,
    mailbox,
    add: async (changes) => Server.create(env.ports, await db.version(), { name: "sales", ...connection, ...changes }),
    get: async (id) => Server.get(env.ports, await db.version(), id),
    async look(minutes = 1, ports = env.ports) {
      env.advance(minutes * 60_000);
      await tick(ports);
      return work(env, ports);
    },
    subjects: async () => subjectsOf(env.ports, await db.version()),
    async close() {
      await mailbox.close();
      await env.close();
    },
  };
}

/** Works off the queue of incoming servers. @returns how many messages it had. */
export async function work({ jobs }: TestPorts, ports: Ports): Promise<number> {
  let count = 0;
  for (let taken = await jobs.take("incoming"); taken.length > 0; taken = await jobs.take("incoming")) {
    const { failed } = await run(ports, taken);
    if (failed.length > 0) throw new Error(`${failed.length} messages were none`);
    count += taken.length;
  }
  return count;
}

async function subjectsOf(ports: Ports, { id }: Version): Promise<string[]> {
  const found: string[] = [];
  let after: string | undefined;
  for (;;) {
    const page = await list(ports, id, { limit: 100, ...(after !== undefined && { after }) });
    found.push(...page.data.map(({ subject }) => subject ?? ""));
    after = page.data.at(-1)?.id;
    if (!page.has_more) return found;
  }
}

/** A mail of Mary's; lines end with LF. */
export const letter = (subject: string, more = ""): string =>
  `From: Mary <mary@customer.example>\nTo: sales@company.com\nDate: Mon, 23 Nov 2026 10:00:00 +0000\nMessage-ID: <${subject}@customer.example>\nSubject: ${subject}\n${more}\nHello.\n`;
