import { readFile } from "node:fs/promises";

/** How a queue is read, as `infra/workers.ts` has it. */
export interface Reader {
  /** Messages of an invocation at most. */
  readonly size: number;
  /** Seconds it gathers them for. */
  readonly window: number;
  /** Invocations at a time; the account's concurrency where nothing is said. */
  readonly most: number | null;
}

const queues = ["dispatch", "mass", "feedback", "webhook"] as const;

/** The functions that read them, and the API's, by their names in the infrastructure. */
const functions = { api: "Api", dispatch: "Dispatch", mass: "Dispatch", feedback: "Feedback", webhook: "Deliver" };

/** What the infrastructure says of what a day's mail goes through. */
export interface Readers extends Readonly<Record<(typeof queues)[number], Reader>> {
  /** GB of each function. */
  readonly memory: Readonly<Record<keyof typeof functions, number>>;
}

/**
 * Reads it from the infrastructure's text: that is a program for SST, and no module that can be imported.
 * @throws Error where something is not said in the words that are known here.
 */
export async function read(folder = new URL("../../infra/", import.meta.url)): Promise<Readers> {
  const [workers, api] = await Promise.all(
    ["workers.ts", "api.ts"].map((name) => readFile(new URL(name, folder), "utf8")),
  );
  const memory = Object.entries(functions).map(([key, name]) => [key, memoryOf(`${workers}${api}`, name)]);
  return {
    ...(Object.fromEntries(queues.map((queue) => [queue, find(workers ?? "", queue)])) as Omit<Readers, "memory">),
    memory: Object.fromEntries(memory) as Readers["memory"],
  };
}

function memoryOf(text: string, name: string): number {
  const memory = new RegExp(`\\bmake\\("${name}", \\{[^}]*?\\bmemory: ([\\d_]+)`).exec(text)?.[1];
  if (memory === undefined)
    throw new Error(`infra no longer says make("${name}", { … memory: … }): fit test/scale/readers.ts to it.`);
  return Number(memory.replaceAll("_", "")) / 1_024;
}

function find(text: string, queue: string): Reader {
  const options = new RegExp(`\\bread\\(${queue}, \\w+, \\{([^}]*)\\}\\)`).exec(text)?.[1];
  const option = (name: string): number | null => {
    const value = new RegExp(`\\b${name}: ([\\d_]+)`).exec(options ?? "")?.[1];
    return value === undefined ? null : Number(value.replaceAll("_", ""));
  };
  const size = option("size");
  if (size === null)
    throw new Error(`infra/workers.ts no longer says read(${queue}, …, { size: … }): fit test/scale/readers.ts to it.`);
  return { size, window: option("window") ?? 0, most: option("most") };
}
