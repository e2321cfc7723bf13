import { readFileSync } from "node:fs";
import type { AddressInfo, Socket } from "node:net";
import hoodiecrow, { type Imap, type Message } from "hoodiecrow-imap";

/** A file of the certificates for tests. */
export const pem = (name: string): string => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url), "utf8");

/** How a mailbox for tests is to be. */
export interface MailboxOptions {
  /** STARTTLS on a plain port instead of TLS. */
  readonly starttls?: boolean;
  /** Whose certificate it shows. @default localhost */
  readonly certificate?: "localhost" | "other-name";
  /** Whether one mail can be deleted for good (UIDPLUS). @default true */
  readonly uidplus?: boolean;
}

/** Who may log in. */
export const login = { username: "sales@company.com", password: "word-of-sales", token: "token-of-sales" };

/** A real IMAP server on a socket of its own, with one mailbox, INBOX. */
export interface Mailbox {
  readonly port: number;
  /** How often somebody has connected, and which commands came. */
  readonly seen: { connections: number; commands: string[] };
  /** Puts a mail into it; lines may end with LF. @returns its UID. */
  put(raw: string, options?: { flags?: string[]; at?: Date }): number;
  mails(): readonly Message[];
  /** Its UIDs mean something else from now on: every mail gets another. */
  renumber(): void;
  /** Runs before a command is answered; what it throws closes the connection. */
  before(command: string, act: () => Promise<void> | void): void;
  close(): Promise<void>;
}

/** Starts one. */
export async function startMailbox(options: MailboxOptions = {}): Promise<Mailbox> {
  const { starttls = false, certificate = "localhost", uidplus = true } = options;
  const { username, password, token } = login;
  const server = hoodiecrow({
    secureConnection: !starttls,
    credentials: { key: pem(`${certificate}.key`), cert: pem(`${certificate}.pem`) },
    plugins: ["ID", "SASL-IR", "XOAUTH2", ...(starttls ? ["STARTTLS"] : []), ...(uidplus ? ["UIDPLUS"] : [])],
    users: { [username]: { password, xoauth2: { accessToken: token } } },
    storage: { INBOX: { messages: [], uidvalidity: 7 } },
  });
  const sockets = new Set<Socket>();
  const seen: Mailbox["seen"] = { connections: 0, commands: [] };
  server.server.on("connection", (socket: Socket) => {
    seen.connections++;
    // it answers in small pieces, and each would wait for the last one's receipt
    socket.setNoDelay(true);
    sockets.add(socket.on("close", () => sockets.delete(socket)).on("error", () => socket.destroy()));
  });
  const inbox = () => server.getMailbox("INBOX");
  watch(server, seen);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.server.address() as AddressInfo).port,
    seen,
    put: (raw, { flags = [], at } = {}) =>
      server.appendMessage("INBOX", flags, at, raw.replace(/\r?\n/g, "\r\n")).message.uid,
    mails: () => inbox().messages,
    renumber() {
      const box = inbox();
      box.uidvalidity++;
      for (const message of box.messages) message.uid = box.uidnext++;
    },
    before: (command, act) => intercept(server, command, act),
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.server.close(() => resolve()));
    },
  };
}

/** Notes the commands that come. */
function watch(server: Imap, seen: Mailbox["seen"]): void {
  const found = server.getCommandHandler.bind(server);
  server.getCommandHandler = (name) => {
    if (seen.commands.at(-1) !== name) seen.commands.push(name);
    return found(name);
  };
}

function intercept(server: Imap, command: string, act: () => Promise<void> | void): void {
  const handler = server.getCommandHandler(command);
  server.setCommandHandler(command, (connection, parsed, data, callback) => {
    void (async () => {
      try {
        await act();
        handler(connection, parsed, data, callback);
      } catch {
        connection.socket.destroy();
      }
    })();
  });
}
