import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Place } from "./place.ts";

/** What a child is told: an event for the handler, or a file to load. */
export interface Order {
  readonly event?: unknown;
  readonly load?: string;
  /** The invocation's `_X_AMZN_TRACE_ID`. */
  readonly trace: string;
}

/** What a child says: that it is ready (after so many ms), what came of an order, or what was thrown, with its stack. */
export type Answer = { readonly ready: number } | { readonly result: unknown } | { readonly error: string };

/** A function as Lambda runs it: a process of its own, and one invocation at a time. */
export interface LambdaFunction {
  /** Calls the handler with an event. @returns its answer, as JSON keeps it. @throws Error with what the handler threw */
  invoke(event: unknown): Promise<unknown>;
  /** Loads a file of the bundle. @returns the names of its exports. @throws Error where it does not load */
  load(path: string): Promise<unknown>;
  /** All it has printed so far, a line each. */
  lines(): string[];
  close(): Promise<void>;
}

const runtime = fileURLToPath(new URL("./child.ts", import.meta.url));

/** Every invocation is one of the traced sample. */
const trace = "Root=1-65a1b2c3-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=1";

/** Starts it: done when its module is loaded. @throws Error with what it printed, where that fails */
export async function startFunction({ dir, entry, env }: Place): Promise<LambdaFunction> {
  // Nothing of this process's own environment is on Lambda
  const child = fork(runtime, [entry], { cwd: dir, env: { ...env }, execArgv: [], silent: true });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  const next = listen(child, () => output);
  await next();
  let last: Promise<unknown> = Promise.resolve();
  const order = (what: Partial<Order>): Promise<unknown> => {
    const turn = last.then(async () => {
      const answer = next();
      child.send({ ...what, trace });
      const said = await answer;
      if ("error" in said) throw new Error(said.error);
      return "result" in said ? said.result : undefined;
    });
    last = turn.catch(() => undefined);
    return turn;
  };
  return {
    invoke: (event) => order({ event }),
    load: (path) => order({ load: path }),
    lines: () => output.split("\n").filter((line) => line !== ""),
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill();
      await once(child, "exit");
    },
  };
}

/** The next answer of a child; one that ends has none. */
function listen(child: ChildProcess, output: () => string): () => Promise<Answer> {
  const ended = once(child, "exit").then(([code, signal]) => {
    throw new Error(`the function ended (${String(code ?? signal)}); it printed:\n${output()}`);
  });
  ended.catch(() => undefined);
  return () => Promise.race([once(child, "message").then(([answer]) => answer as Answer), ended]);
}
