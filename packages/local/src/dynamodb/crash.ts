/** Killing a database and looking at what is left: what the crash tests share. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline/promises";
import { fileURLToPath } from "node:url";
import type { DynamoDBDocument } from "@aws-sdk/lib-dynamodb";
import type { Point } from "./database.ts";
import { all, connect } from "./fixture.ts";

/** A database in a process of its own. */
export interface Victim {
  doc: DynamoDBDocument;
  /** Resolves when the process is dead. */
  dead: Promise<unknown>;
  /** SIGKILL, and waits. */
  kill(): Promise<void>;
}

/** Starts a database on `dir` in a process of its own, which kills itself at a point if told so. */
export async function startVictim(dir: string, at?: Point): Promise<Victim> {
  const file = fileURLToPath(new URL("victim.ts", import.meta.url));
  const child = spawn(process.execPath, [file, dir, ...(at ? [at] : [])], { stdio: ["ignore", "pipe", "inherit"] });
  const dead = once(child, "exit");
  const url = await Promise.race([firstLine(child), dead.then(() => undefined)]);
  if (url === undefined) throw new Error("the database ended before it listened");
  const { client, doc } = connect(url);
  return {
    doc,
    dead: dead.finally(() => client.destroy()),
    kill: async () => {
      child.kill("SIGKILL");
      await dead;
      client.destroy();
    },
  };
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error("the process has no stdout");
  const lines = createInterface({ input: child.stdout });
  const [line] = (await once(lines, "line")) as [string];
  return line;
}

/** Items without their index entries, and entries without their items: both have to be empty. */
export async function disagreements(doc: DynamoDBDocument): Promise<string[]> {
  const items = await all(doc);
  const entries = await all(doc, "due");
  return compare(items, entries);
}

/** The same for what has been read already. */
export function compare(items: Record<string, unknown>[], entries: Record<string, unknown>[]): string[] {
  const line = ({ pk, sk, due_pk, due_sk }: Record<string, unknown>): string =>
    JSON.stringify([pk, sk, due_pk, due_sk]);
  const wanted = new Set(items.filter(({ due_pk, due_sk }) => due_pk !== undefined && due_sk !== undefined).map(line));
  const found = new Set(entries.map(line));
  return [
    ...[...wanted].filter((entry) => !found.has(entry)).map((entry) => `the index lacks ${entry}`),
    ...[...found].filter((entry) => !wanted.has(entry)).map((entry) => `the index keeps ${entry}`),
  ];
}

/** Random numbers in [0, 1), the same for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
