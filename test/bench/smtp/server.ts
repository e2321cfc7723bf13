import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

/** An SMTP server that takes every mail and keeps none. */
export interface SmtpServer {
  readonly port: number;
  close(): void;
}

const replies: Readonly<Record<string, string>> = {
  EHLO: "250-bench\r\n250-8BITMIME\r\n250 SIZE 40000000",
  DATA: "354 go on",
  QUIT: "221 bye",
};

/**
 * Starts it on a free port of 127.0.0.1.
 * @param reply_ms how long it takes for each reply.
 * @param note gets each message when its final dot has come.
 */
export async function startSmtp(reply_ms: number, note: (message: string) => void = () => {}): Promise<SmtpServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.once("close", () => sockets.delete(socket)));
    converse(socket, reply_ms, note);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function converse(socket: Socket, reply_ms: number, note: (message: string) => void): void {
  let received = "";
  let isMessage = false;
  const say = (text: string, last = false) => {
    const write = () => (last ? socket.end(`${text}\r\n`) : socket.write(`${text}\r\n`));
    if (reply_ms > 0) setTimeout(write, reply_ms);
    else write();
  };
  socket.setNoDelay(true).on("error", () => socket.destroy());
  socket.setEncoding("latin1").on("data", (data: string) => {
    received += data;
    for (;;) {
      const end = received.indexOf(isMessage ? "\r\n.\r\n" : "\r\n");
      if (end < 0) return;
      const text = received.slice(0, end);
      received = received.slice(end + (isMessage ? 5 : 2));
      const verb = isMessage ? "" : text.slice(0, 4).toUpperCase();
      if (isMessage) note(text);
      isMessage = verb === "DATA";
      say(replies[verb] ?? "250 2.0.0 ok", verb === "QUIT");
    }
  });
  say("220 bench ESMTP");
}
