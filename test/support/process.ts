import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** How the program starts. */
export interface ProcessOptions {
  /** Kept when it ends, so that it can be started on it again. @default a temporary one, removed when it ends */
  readonly dataDir?: string;
  /** More environment: `POSTHOUSE_TICK_SECONDS`, … */
  readonly env?: Readonly<Record<string, string>>;
}

/** What `npm start` starts, in a process of its own. */
export interface Posthouse {
  readonly url: string;
  readonly operatorKey: string;
  readonly dataDir: string;
  /** All it has printed so far. */
  output(): string;
  /** SIGKILL: nothing is finished. Done when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM. @returns the exit code; null when it ended otherwise. */
  stop(): Promise<number | null>;
}

const root = fileURLToPath(new URL("../../", import.meta.url));
const operatorKey = "ph_op_of_a_test";
const anyPorts = { PORT: "0", POSTHOUSE_SMTP_PORT: "0" };
const patience_ms = 60_000;

/**
 * Starts the program on a free port, without npm in between, so that signals reach it itself.
 * @throws Error with its output when it ends, or says nothing for a minute, before it is ready.
 */
export async function startPosthouse({ dataDir, env = {} }: ProcessOptions = {}): Promise<Posthouse> {
  const dir = dataDir ?? (await mkdtemp(join(tmpdir(), "posthouse-")));
  const child = spawn(process.execPath, ["packages/local/src/main.ts"], {
    cwd: root,
    env: { ...process.env, ...anyPorts, POSTHOUSE_OPERATOR_KEY: operatorKey, POSTHOUSE_DATA_DIR: dir, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = collect(child);
  const exited = once(child, "exit") as Promise<[number | null]>;
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    const [code] = await exited;
    if (dataDir === undefined) await rm(dir, { recursive: true, force: true });
    return code;
  };
  const url = await ready(child, output).catch(async (error: unknown) => {
    await end("SIGKILL");
    throw error;
  });
  const kill = async () => void (await end("SIGKILL"));
  return { url, operatorKey, dataDir: dir, output, kill, stop: () => end("SIGTERM") };
}

function collect({ stdout, stderr }: ChildProcess): () => string {
  let text = "";
  for (const stream of [stdout, stderr])
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  return () => text;
}

/** The URL in the line that says it can take requests. */
function ready(child: ChildProcess, output: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (what: string) => reject(new Error(`${what}; it printed:\n${output()}`));
    const timer = setTimeout(() => fail("the program was not ready within a minute"), patience_ms);
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      clearTimeout(timer);
      fail(`the program ended (${code ?? signal}) before it was ready`);
    });
    child.stdout?.on("data", () => {
      const url = /^Posthouse is ready on (\S+)$/m.exec(output())?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    });
  });
}
