import { isAscii } from "node:buffer";
import { once } from "node:events";
import type { Socket } from "node:net";
import { Readable } from "node:stream";
import type { SmtpSession, WireMessage } from "@posthouse/core/ports/mailer";
import type { NodemailerError } from "nodemailer/lib/errors";
import type SMTPConnection from "nodemailer/lib/smtp-connection";
import type { SMTPConnectionEnvelope, SMTPConnectionSendInfo } from "nodemailer/lib/smtp-connection";
import type { Timeouts } from "./options.ts";
import { judge, type Transaction } from "./outcome.ts";
import { codeOf } from "./reply.ts";
import { step } from "./step.ts";

const chunk = 64 * 1024;
const quitTimeout = 2_000;

/** A session over a connection that is ready for MAIL. Nothing of the connection shows: it knows the password (G6). */
export function createSession(
  connection: SMTPConnection,
  socket: Socket,
  { secrets, timeouts }: { secrets: readonly string[]; timeouts: Timeouts },
): SmtpSession {
  // a connection may break between two messages, when nobody waits for anything
  connection.on("error", () => connection.close());
  let clean = true;

  async function transact(message: WireMessage): Promise<Transaction> {
    const { recipients } = message;
    const start = performance.now();
    try {
      if (!clean) await step(connection, timeouts.message, (done) => connection.reset(done));
    } catch (error) {
      connection.close();
      // a connection that answers RSET with no has refused no message
      const broken: NodemailerError = new Error((error as Error).message);
      return { recipients, rejected: [], whole: false, answer: { error: broken } };
    }
    clean = false;
    // RSET is part of the hand-over, whose time the claim's lease allows for
    const left = Math.max(1, timeouts.message - (performance.now() - start));
    const transaction = await hand(connection, message, left);
    clean = "reply" in transaction.answer;
    // an answer before the end leaves the rest of the message on the connection, as commands
    if ((!transaction.whole && hasBegun(transaction)) || isClosing(transaction)) connection.close();
    return transaction;
  }

  return {
    async send(message) {
      return judge(await transact(message), secrets);
    },
    get alive() {
      return !connection.destroyed && socket.writable;
    },
    async close() {
      await quit(connection, socket);
    },
  };
}

/** MAIL, RCPT, DATA and the message. The stream's end is the one sign that the final dot went out. */
async function hand(
  connection: SMTPConnection,
  { mime, envelope_from, recipients }: WireMessage,
  ms: number,
): Promise<Transaction> {
  let whole = false;
  const stream = Readable.from(chunks(mime), { objectMode: false }).once("end", () => {
    whole = true;
  });
  const envelope: Partial<SMTPConnectionEnvelope> = {
    from: envelope_from,
    to: [...recipients],
    size: mime.byteLength,
    // RFC 6152: said where the server knows it; one that does not is sent the same octets, as all of today's take them
    use8BitMime: !isAscii(mime),
  };
  const answer = await step<SMTPConnectionSendInfo>(connection, ms, (done) =>
    connection.send(envelope, stream, done),
  ).then(
    (info) => ({ reply: info?.response ?? "" }),
    (error: NodemailerError) => ({ error }),
  );
  stream.destroy();
  return { recipients, rejected: envelope.rejectedErrors ?? [], whole, answer };
}

function* chunks(mime: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < mime.byteLength; at += chunk) yield mime.subarray(at, at + chunk);
}

/** Whether the message itself was begun: refusals before it come as EENVELOPE, and a size over the server's likewise. */
const hasBegun = ({ answer }: Transaction): boolean =>
  "reply" in answer || (answer.error.code === "EMESSAGE" && answer.error.command !== "MAIL FROM");

/** 421 says that the server closes the connection (RFC 5321 §3.8): the next message is not to find out by itself. */
const isClosing = ({ answer, rejected }: Transaction): boolean => {
  const errors = "error" in answer ? [answer.error, ...rejected] : rejected;
  return errors.some(({ response }) => codeOf(response) === 421);
};

/** QUIT, and no longer than needed: a server that does not close its side is left. */
export async function quit(connection: SMTPConnection, socket: Socket): Promise<void> {
  if (socket.closed) return;
  const closed = once(socket, "close", { signal: AbortSignal.timeout(quitTimeout) });
  if (connection.destroyed) socket.destroy();
  else connection.quit();
  await closed.catch(() => socket.destroy());
  connection.close();
}
