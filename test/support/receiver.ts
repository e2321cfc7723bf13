import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import { createServer as createSecure } from "node:https";
import type { AddressInfo } from "node:net";

/** A POST as a receiver of webhooks got it. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly json: { readonly type: string; readonly created_at: string; readonly data: Record<string, unknown> };
}

/** Answers one, or never does. */
export type Answer = (response: ServerResponse, received: Received, n: number) => void;

/** A real HTTP server on loopback that keeps what it gets. */
export interface Receiver {
  readonly url: string;
  readonly received: readonly Received[];
  /** How it answers from now on. */
  answer(how: Answer): void;
  close(): Promise<void>;
}

/** Answers with a status and nothing else. */
export const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (response) =>
    void response.writeHead(code, headers).end();

/** Takes the request, and says nothing. */
export const hang: Answer = () => undefined;

/** Starts a receiver on a free port. @param tls key and certificate (PEM); with them it speaks https. */
export async function startReceiver(how: Answer = status(204), tls?: { key: string; cert: string }): Promise<Receiver> {
  const received: Received[] = [];
  let current = how;
  const listener: Parameters<typeof createServer>[1] = (request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const body = Buffer.concat(parts).toString();
      const { url: path = "", headers } = request;
      const one: Received = { path, headers, body, json: JSON.parse(body) as Received["json"] };
      received.push(one);
      current(response, one, received.length);
    });
  };
  const server: Server = tls ? createSecure(tls, listener) : createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls ? "https" : "http"}://127.0.0.1:${port}/hook`,
    received,
    answer(next) {
      current = next;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
