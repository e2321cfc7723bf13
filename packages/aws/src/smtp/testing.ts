import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";

/** A file of the certificates for tests. */
export const pem = (name: string): string =>
  readFileSync(new URL(`../../../../test/fixtures/tls/${name}`, import.meta.url), "utf8");

/**
 * What the scripted server does at a point: answers with these lines, at once or so many ms after each byte; never ends
 * its answer; closes, resets, or says nothing for good.
 */
export type Act = { reply: string; drip?: number } | { endless: string } | "close" | "reset" | "silence";

/** The points of a conversation; what is not named goes well. `RCPT <address>` is about one recipient. */
export type Script = Readonly<Record<string, Act>> & {
  /** In the middle of the message, after so many bytes of it. */
  readonly midway?: Act;
  /** After the final dot. */
  readonly end?: Act;
};

const replies: Record<string, string> = {
  greeting: "220 script ESMTP",
  EHLO: "250-script\r\n250-AUTH PLAIN LOGIN\r\n250 SIZE 100000",
  AUTH: "235 2.7.0 ok",
  DATA: "354 go on",
  QUIT: "221 bye",
};

/** An SMTP server that misbehaves exactly where it is told to. */
export async function startScript(script: Script): Promise<{ port: number; lines: string[]; close(): Promise<void> }> {
  const lines: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on("close", () => sockets.delete(socket)).on("error", () => socket.destroy()));
    converse(socket, script, lines);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    lines,
    close: () => stop(server, sockets),
  };
}

function converse(socket: Socket, script: Script, lines: string[]): void {
  const act = (point: string) =>
    perform(socket, script[point] ?? { reply: replies[point.split(" ")[0] ?? ""] ?? "250 2.0.0 ok" });
  let received = "";
  let message = false;
  socket.on("data", (data: Buffer) => {
    received += data.toString("latin1");
    for (;;) {
      if (message) {
        if (script.midway) return perform(socket, script.midway);
        const dot = received.indexOf("\r\n.\r\n");
        if (dot < 0) return;
        received = received.slice(dot + 5);
        message = false;
        act("end");
        continue;
      }
      const eol = received.indexOf("\r\n");
      if (eol < 0) return;
      const line = received.slice(0, eol);
      received = received.slice(eol + 2);
      lines.push(line);
      const point = pointOf(line, script);
      message = point === "DATA" && (script["DATA"] === undefined || isIntermediate(script["DATA"]));
      // so that a message of nothing but the dot ends as well
      if (message) received = `\r\n${received}`;
      act(point);
    }
  });
  act("greeting");
}

function pointOf(line: string, script: Script): string {
  const own = `RCPT ${/<(.*)>/.exec(line)?.[1] ?? ""}`;
  return own in script ? own : (line.split(" ")[0] ?? "").toUpperCase();
}

const isIntermediate = (act: Act): boolean => typeof act === "object" && "reply" in act && act.reply.startsWith("3");

function perform(socket: Socket, act: Act): void {
  if (act === "close") socket.end();
  else if (act === "reset") socket.resetAndDestroy();
  else if (act === "silence") return;
  else if ("endless" in act) repeat(socket, act.endless);
  else if (act.drip === undefined) socket.write(`${act.reply}\r\n`);
  else drip(socket, Buffer.from(`${act.reply}\r\n`), act.drip);
}

/** As fast as the client reads, until it closes. */
function repeat(socket: Socket, text: string): void {
  if (!socket.writable) return;
  socket.write(text.repeat(1_000), () => repeat(socket, text));
}

function drip(socket: Socket, bytes: Buffer, ms: number): void {
  if (bytes.length === 0 || !socket.writable) return;
  socket.write(bytes.subarray(0, 1), () => setTimeout(drip, ms, socket, bytes.subarray(1), ms).unref());
}

function stop(server: Server, sockets: Set<Socket>): Promise<void> {
  for (const socket of sockets) socket.destroy();
  return new Promise((resolve) => server.close(() => resolve()));
}
