import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "@posthouse/core/ports/clock";
import type { Log } from "@posthouse/core/ports/log";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import { refuse, write } from "./answer.ts";
import { fits, read } from "./body.ts";
import { event } from "./event.ts";

/** The API function as Lambda calls it; Hono's type asks for more of the context than it reads. */
export type ApiHandler = (
  event: APIGatewayProxyEventV2,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2>;

/** Answers a request of the machine's own. @returns false when it is none. */
export type OwnRoutes = (request: IncomingMessage, response: ServerResponse, body: Buffer) => boolean;

/** How the gateway starts. */
export interface GatewayOptions {
  /** 0 = any free one. */
  readonly port: number;
  readonly host: string;
  readonly handler: ApiHandler;
  readonly own: OwnRoutes;
  readonly clock: Clock;
  readonly log: Log;
}

/** How long requests under way have at the end, in ms. */
const grace = 5_000;

/** A running gateway. */
export interface Gateway {
  readonly port: number;
  /** Takes no new request, and waits for those under way. */
  close(): Promise<void>;
}

/**
 * API Gateway in front of the API function: HTTP request → event (payload format 2.0) → function → HTTP answer,
 * with Lambda's limit of 6 MB either way, so that what is too large there is too large here.
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  let closing = false;
  const server = createServer((request, response) => {
    // A connection that was busy when the gateway closed would be kept open for the caller's next request.
    response.on("close", () => closing && setImmediate(() => server.closeIdleConnections()));
    serve(options, request, response).catch((error: unknown) => {
      options.log.error("a request could not be answered", { operation: "gateway", error });
      if (response.headersSent) response.destroy();
      else refuse(response, 500, "internal_server_error", "Something went wrong here: try again.");
    });
  });
  server.listen(options.port, options.host);
  await once(server, "listening").catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EADDRINUSE") throw error;
    throw new Error(`Port ${options.port} is in use: stop what uses it, or choose another by PORT.`, { cause: error });
  });
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      closing = true;
      const closed = once(server, "close");
      server.close();
      server.closeIdleConnections();
      // A connection that never sent a request, as browsers open in advance, counts as neither idle nor busy
      const impatient = setTimeout(() => server.closeAllConnections(), grace);
      await closed;
      clearTimeout(impatient);
    },
  };
}

async function serve(options: GatewayOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await received(request);
  if (body === "gone") return;
  if (!body) return tooLarge(response);
  if (options.own(request, response, body)) return;
  const payload = event(request, body, options.clock.now());
  if (!fits(payload)) return tooLarge(response);
  const result = await options.handler(payload, context(payload.requestContext.requestId));
  if (!fits(result)) throw new Error("the answer of the function is over Lambda's 6 MB");
  write(response, result);
}

/** The body; undefined when it is too large, "gone" when the caller hung up while sending. */
async function received(request: IncomingMessage): Promise<Buffer | undefined | "gone"> {
  try {
    return await read(request);
  } catch {
    // Nobody is there to be told; it is no fault of ours either.
    request.destroy();
    return "gone";
  }
}

const tooLarge = (response: ServerResponse): void =>
  refuse(response, 413, "request_too_large", "A request is at most 6 MB: send less, or in parts.");

/** What a function may ask of its invocation. */
const context = (awsRequestId: string): Context =>
  ({ awsRequestId, functionName: "api", getRemainingTimeInMillis: () => 30_000 }) as Context;
