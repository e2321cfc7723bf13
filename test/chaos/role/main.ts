/**
 * One process of the chaos suite: `node main.ts <start as JSON>`, with an IPC channel to its parent, without whom it
 * ends. It takes commands once it has said that it is ready.
 */
import { flushCompileCache } from "node:module";
import type { Command, Reply, Request, Start } from "../fleet/protocol.ts";
import { startDynamodbRole } from "./dynamodb.ts";
import { startFunctionRole } from "./function.ts";
import { startQueuesRole } from "./queues.ts";
import { startSesRole } from "./ses.ts";
import { createState, type Handlers } from "./state.ts";

process.on("disconnect", () => process.exit(1));

const start = JSON.parse(process.argv[2] ?? "") as Start;
const state = createState(start);
const handlers = await run();
process.on("message", (request: Request) => void answer(request));
// At its end it is killed, and would not come to it: those that come after it start faster
flushCompileCache();
say({ ready: true, ...(handlers.key_arn !== undefined && { key_arn: handlers.key_arn }) });

function run(): Promise<Handlers> {
  if (start.role === "dynamodb") return startDynamodbRole(start, state);
  if (start.role === "queues") return startQueuesRole(start);
  if (start.role === "ses") return startSesRole(start, state);
  return startFunctionRole(start, state);
}

async function answer({ id, command }: Request): Promise<void> {
  say({ id, answer: await obey(command) });
}

async function obey(command: Command): Promise<unknown> {
  if ("advance_ms" in command) {
    state.offset_ms += command.advance_ms;
    return handlers.advanced?.(command.advance_ms);
  }
  if ("weather" in command) {
    state.weather = command.weather;
    return handlers.weather?.(command.weather);
  }
  if ("die" in command) return handlers.die?.(command.die);
  return handlers.ask?.(command.ask);
}

function say(reply: Reply): void {
  process.send?.(reply);
}
