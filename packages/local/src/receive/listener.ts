import { once } from "node:events";
import type { AddressInfo } from "node:net";
import * as Domain from "@posthouse/core/address/domain";
import { isLocal } from "@posthouse/core/inbound/owner";
import type { Log } from "@posthouse/core/ports/log";
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from "smtp-server";
import type { Receiver } from "./receiver.ts";

/** How the listener starts. */
export interface ListenerOptions {
  /** 0 = any free one. */
  readonly port: number;
  readonly host: string;
  /** Whether mail for a domain (lower-case A-labels) is received. */
  readonly receives: (domain: string) => boolean;
  readonly receiver: Pick<Receiver, "take">;
  readonly log: Log;
}

/** A running listener. */
export interface Listener {
  readonly port: number;
  /** Takes no new connection, and waits a moment for the mail under way. */
  close(): Promise<void>;
}

/** What SES takes of a mail, in octets. */
const size = 40 * 1024 * 1024;
/** Recipients of a mail (RFC 5321 §4.5.3.1.8). */
const mostRecipients = 100;
/** How long connections have at the end, in ms. */
const grace = 5_000;

/**
 * Plays SES's end of SMTP for mail that comes in: SIZE, 8BITMIME, SMTPUTF8, several recipients, the null reverse-path.
 * A mail is answered 250 once it is durable. No STARTTLS: a certificate that nobody signed proves nothing, and some
 * clients refuse to go on with one.
 * @throws Error that names the port when it is in use.
 */
export async function startListener(options: ListenerOptions): Promise<Listener> {
  const { port, host, log } = options;
  const server = new SMTPServer({
    size,
    disabledCommands: ["AUTH", "STARTTLS"],
    disableReverseLookup: true,
    logger: false,
    banner: "Posthouse",
    closeTimeout: grace,
    onRcptTo: ({ address }, session, done) => done(refusal(options, address, session)),
    onData: (stream, session, done) => void receive(options, stream, session).then((error) => done(error)),
  });
  server.on("error", (error) => log.warn("a connection for inbound mail broke", { operation: "receive", error }));
  server.listen(port, host);
  await listening(server, port);
  return {
    port: (server.server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function listening({ server }: SMTPServer, port: number): Promise<void> {
  try {
    await once(server, "listening");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    throw new Error(`Port ${port} is in use: stop what uses it, or choose another by POSTHOUSE_SMTP_PORT.`, {
      cause: error,
    });
  }
}

/** An answer with its code (RFC 5321 §4.2) and enhanced code (RFC 3463). */
const answer = (responseCode: number, text: string): Error => Object.assign(new Error(text), { responseCode });

/** SES asks for the domain only: it knows no mailboxes. Of no address at all mail would be nobody's. */
function refusal({ receives }: ListenerOptions, address: string, { envelope }: SMTPServerSession): Error | null {
  const at = address.lastIndexOf("@");
  if (!isLocal(address.slice(0, Math.max(at, 0)))) return answer(550, "5.1.3 Bad destination mailbox address syntax");
  const domain = Domain.toAscii(address.slice(at + 1));
  if (domain === null || !receives(domain)) return answer(550, "5.1.1 Requested action not taken: mailbox unavailable");
  if (envelope.rcptTo.length >= mostRecipients) return answer(452, "4.5.3 Too many recipients");
  return null;
}

/** @returns what is to be answered in place of 250; nothing where the mail is durable. */
async function receive(
  { receiver, log }: ListenerOptions,
  stream: SMTPServerDataStream,
  { envelope, hostNameAppearsAs, remoteAddress }: SMTPServerSession,
): Promise<Error | null> {
  const recipients = envelope.rcptTo.map(({ address }) => address);
  const envelope_from = envelope.mailFrom ? envelope.mailFrom.address : "";
  const client = { name: hostNameAppearsAs, address: remoteAddress };
  try {
    const raw = await whole(stream);
    if (!raw) return answer(552, `5.3.4 Message is larger than ${size} octets`);
    await receiver.take({ envelope_from, recipients, raw, client });
    return null;
  } catch (error) {
    log.error("a mail that came in was not stored", { operation: "receive", error });
    return answer(451, "4.3.0 The mail could not be stored: try again later");
  }
}

/** The mail; undefined where it is too large. It is read to its end either way: no answer comes before that. */
async function whole(stream: SMTPServerDataStream): Promise<Buffer | undefined> {
  let chunks: Buffer[] = [];
  for await (const chunk of stream) {
    if (stream.sizeExceeded) chunks = [];
    else chunks.push(chunk as Buffer);
  }
  return stream.sizeExceeded ? undefined : Buffer.concat(chunks);
}
