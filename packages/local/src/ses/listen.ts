import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer, type HttpBindings } from "@hono/node-server";
import type { Hono } from "hono";

/** A server on 127.0.0.1. */
export interface Listening {
  url: string;
  /** Stops listening and closes every connection. */
  close: () => Promise<void>;
}

/** Serves `app` on 127.0.0.1; port 0 takes any free one. Rejects when the port is taken. */
export async function listen(app: Hono<{ Bindings: HttpBindings }>, port = 0): Promise<Listening> {
  const server = createAdaptorServer({ fetch: app.fetch as (request: Request) => Promise<Response> }) as Server;
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const { port: bound } = server.address() as AddressInfo;
  let closing: Promise<void> | undefined;
  const stop = async () => {
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return { url: `http://127.0.0.1:${bound}`, close: () => (closing ??= stop()) };
}
