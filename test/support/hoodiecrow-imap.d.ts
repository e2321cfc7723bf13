declare module "hoodiecrow-imap" {
  import type { Server, Socket } from "node:net";

  /** A mail as the server keeps it. */
  export interface Message {
    uid: number;
    flags: string[];
    raw: string;
  }

  export interface Mailbox {
    messages: Message[];
    uidvalidity: number;
    uidnext: number;
  }

  export interface Connection {
    socket: Socket;
  }

  export interface Imap {
    readonly server: Server;
    getCommandHandler(name: string): Handler;
    setCommandHandler(name: string, handler: Handler): void;
    listen(port: number, host: string, done: () => void): void;
    getMailbox(path: string): Mailbox;
    appendMessage(path: string, flags: readonly string[], at: Date | undefined, raw: string): { message: Message };
  }

  export type Handler = (connection: Connection, parsed: { tag: string }, data: string, callback: () => void) => void;

  export default function hoodiecrow(options: object): Imap;
}
