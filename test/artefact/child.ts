/**
 * Lambda's runtime, as far as a function sees it: imports the module with the handler (argument 1), then calls it with one
 * event after another, each with its context and trace, and answers with what JSON keeps of the result.
 */
import { randomUUID } from "node:crypto";
import { pathToFileURL } from "node:url";
import type { Answer, Order } from "./function.ts";

type Handler = (event: unknown, context: { awsRequestId: string }) => Promise<unknown>;

const start = performance.now();
const { handler } = (await import(pathToFileURL(process.argv[2] ?? "").href)) as { handler: Handler };
say({ ready: performance.now() - start });

process.on("message", (order: Order) => void obey(order));

async function obey({ event, load, trace }: Order): Promise<void> {
  process.env["_X_AMZN_TRACE_ID"] = trace;
  try {
    const result = load === undefined ? await handler(event, { awsRequestId: randomUUID() }) : await loaded(load);
    say({ result: result ?? null });
  } catch (error) {
    say({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}

/** The names that a chunk of the bundle exports. */
const loaded = async (path: string): Promise<string[]> =>
  Object.keys((await import(pathToFileURL(path).href)) as object);

function say(answer: Answer): void {
  process.send?.(answer);
}
