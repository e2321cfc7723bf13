import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command, Reply, Start } from "./protocol.ts";

/** A process of the product. */
export interface Process {
  readonly key_arn: string | undefined;
  /** Gives a command. @returns its answer; undefined when the process died before it. */
  tell(command: Command): Promise<unknown>;
  /** SIGKILL. */
  kill(): void;
  /** When it has ended: true if it was killed, false if it ended by itself. */
  readonly dead: Promise<boolean>;
  /** The last lines it printed. */
  output(): string;
}

const file = fileURLToPath(new URL("../role/main.ts", import.meta.url));
const root = fileURLToPath(new URL("../../../", import.meta.url));
const patience_ms = 120_000;

/**
 * Starts a process and waits until it is ready; undefined when it was killed before.
 * @throws Error with what it printed, when it ends by itself or is not ready within two minutes.
 */
export async function startProcess(start: Start): Promise<Process> {
  // Where Node keeps it by itself: what one process of the tests has compiled, no other compiles again
  const NODE_COMPILE_CACHE = join(tmpdir(), "node-compile-cache");
  const env = { ...process.env, POWERTOOLS_LOG_LEVEL: "WARN", NODE_NO_WARNINGS: "1", NODE_COMPILE_CACHE };
  const stdio = ["ignore", "pipe", "pipe", "ipc"] as const;
  const child = spawn(process.execPath, [file, JSON.stringify(start)], { cwd: root, env, stdio: [...stdio] });
  const output = collect(child);
  const dead = once(child, "exit").then(([, signal]) => signal === "SIGKILL");
  const pending = new Map<number, (answer: unknown) => void>();
  const ready = Promise.withResolvers<string | undefined>();
  child.on("message", (reply: Reply) => {
    if ("ready" in reply) ready.resolve(reply.key_arn);
    else pending.get(reply.id)?.(reply.answer);
  });
  let alive = true;
  void dead.then(() => {
    alive = false;
    ready.reject(new Error(`${start.role} ended before it was ready:\n${output()}`));
    for (const resolve of pending.values()) resolve(undefined);
  });
  const timer = setTimeout(() => ready.reject(new Error(`${start.role} is not ready:\n${output()}`)), patience_ms);
  const key_arn = await ready.promise.finally(() => clearTimeout(timer));
  let ids = 0;
  return {
    key_arn,
    dead,
    output,
    kill: () => void child.kill("SIGKILL"),
    async tell(command) {
      if (!alive) return undefined;
      const id = ids++;
      const answer = new Promise((resolve) => pending.set(id, resolve));
      // A process that dies this moment cannot be told: its end is the answer
      child.send({ id, command }, (error) => error && pending.get(id)?.(undefined));
      return answer.finally(() => pending.delete(id));
    },
  };
}

/** Keeps the end of what it prints. */
function collect({ stdout, stderr }: ChildProcess): () => string {
  let text = "";
  for (const stream of [stdout, stderr])
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      text = (text + chunk).slice(-20_000);
    });
  return () => text;
}
