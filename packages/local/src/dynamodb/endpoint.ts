/**
 * The embedded DynamoDB: an HTTP endpoint on this machine that the unmodified
 * AWS SDK talks to, on disk, in this process. What it does as AWS: conditions,
 * transactions that conflict, idempotency tokens, sparse indexes, TTL that
 * deletes late, limits and capacity units. What it does not: streams, PartiQL,
 * backups, throttling by capacity, and index reads that lag behind.
 */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { crc32 } from "node:zlib";
import { type Database, type DatabaseOptions, open } from "./database.ts";
import { DynamodbError } from "./error.ts";
import type { FaultHook } from "./fault.ts";
import type { Meter } from "./meter.ts";
import { execute } from "./operation.ts";
import { sweep } from "./ttl.ts";

const MAX_REQUEST_BYTES = 16 * 1024 * 1024;

/** How an endpoint behaves. */
export interface DynamodbOptions extends DatabaseOptions {
  /** TCP port on 127.0.0.1. @default 0 (any that is free) */
  port?: number;
  /** How often expired items are looked for, in milliseconds. @default 60000 */
  ttlSweepMs?: number;
  /** Faults on purpose. */
  fault?: FaultHook;
}

/** What is answered: an HTTP status and JSON. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** A running endpoint. */
export interface Dynamodb {
  /** What `AWS_ENDPOINT_URL_DYNAMODB` is to be. */
  url: string;
  meter: Meter;
  /**
   * Answers a request of this process as one that came over the wire.
   * @param target its X-Amz-Target. @param text its body. @returns undefined: the connection would have been cut.
   */
  answer(target: string, text: string): Promise<Answer | undefined>;
  /** Deletes what has expired now, without waiting for the next sweep; returns how many items went. */
  sweep(): Promise<number>;
  /** Answers what is under way, then stops and closes the files. */
  close(): Promise<void>;
}

/** Starts an endpoint on the data in `dir`. Fails when another process holds it or the port is taken. */
export async function startDynamodb(options: DynamodbOptions): Promise<Dynamodb> {
  const database = await open(options);
  const pending = new Set<Promise<unknown>>();
  const track = <T>(work: Promise<T>): Promise<T> => {
    pending.add(work);
    const done = (): unknown => pending.delete(work);
    work.then(done, done);
    return work;
  };
  const server = createServer((request, response) => {
    const sent = new Promise((resolve) => response.once("close", resolve));
    void track(serve(database, options.fault, request, response).then(() => sent));
  });
  // Longer than any client keeps an idle connection: closing first would race with its next request.
  server.keepAliveTimeout = 120_000;
  await listen(server, options.port ?? 0).catch(async (error: unknown) => {
    await database.close();
    throw error;
  });
  const stopSweeping = every(options.ttlSweepMs ?? 60_000, () => track(sweep(database)));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    meter: database.meter,
    answer: (target, text) => track(answer(database, options.fault, target, text)),
    sweep: () => track(sweep(database)),
    close: async () => {
      stopSweeping();
      const closed = new Promise((resolve) => server.close(resolve));
      // A request that never ends, or an answer that is never read, must not keep us from closing.
      const impatience = setTimeout(() => server.closeAllConnections(), 5_000);
      server.closeIdleConnections();
      await Promise.allSettled(pending);
      clearTimeout(impatience);
      server.closeAllConnections();
      await closed;
      await database.close();
    },
  };
}

/** Repeats a task, each time `ms` after it ended; a failed one is tried again. Returns how to stop. */
function every(ms: number, task: () => Promise<unknown>): () => void {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const wait = (): void => {
    if (!stopped) timer = setTimeout(() => void task().then(wait, wait), ms).unref();
  };
  wait();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
}

async function serve(
  database: Database,
  hook: FaultHook | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const target = String(request.headers["x-amz-target"] ?? "");
    const answered = await answer(database, hook, target, await body(request));
    if (answered) send(response, answered);
    else response.destroy();
  } catch (error) {
    send(response, refusal(error));
  }
}

async function answer(
  database: Database,
  hook: FaultHook | undefined,
  target: string,
  text: string,
): Promise<Answer | undefined> {
  try {
    const operation = target.split(".")[1] ?? "";
    const input = parse(text);
    const fault = hook?.({ operation, input });
    if (fault?.when === "before") return fault.error && refusal(fault.error);
    const output = await execute(database, operation, input);
    if (fault) return fault.error && refusal(fault.error);
    return { status: 200, text: JSON.stringify(output) };
  } catch (error) {
    return refusal(error);
  }
}

async function body(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_REQUEST_BYTES) throw new DynamodbError("SerializationException", "Request too large", {}, 413);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // The parser's own message quotes the body, and errors carry no bodies.
    throw new DynamodbError("SerializationException", "The request's body is not JSON");
  }
  throw new DynamodbError("SerializationException", "The request's body is no JSON object");
}

/** What is none of DynamoDB's errors is answered with 500, as a defect of ours. */
function refusal(error: unknown): Answer {
  const refused =
    error instanceof DynamodbError
      ? error
      : new DynamodbError("InternalServerError", error instanceof Error ? error.message : "unknown", {}, 500);
  return { status: refused.status, text: JSON.stringify(refused.body()) };
}

function send(response: ServerResponse, { status, text }: Answer): void {
  response.writeHead(status, {
    "content-type": "application/x-amz-json-1.0",
    "content-length": Buffer.byteLength(text),
    "x-amzn-requestid": randomUUID(),
    "x-amz-crc32": crc32(text),
  });
  response.end(text);
}
