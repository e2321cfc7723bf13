import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { environment } from "@posthouse/local/environment";
import { type Bundle, bareClients, bundleFloor, bundleFunction, startClients } from "./bundle.ts";
import { median, ratio } from "./statistics.ts";
import { startWorld, type World } from "./world.ts";

const run = promisify(execFile);

/** What is started: the API function, a bare app with its clients, and one with only those the API starts with. */
const names = ["api", "bare", "start"] as const;
type Name = (typeof names)[number];

/** Time-to-ready of one of them, and how many times as long the API takes. */
export interface Readiness {
  /** ms from the import of the bundle to its handler; Node's own start is not counted, it is the same for all. */
  readonly ms: number;
  readonly ratio: number;
}

/** Starts each in turns, so many times, in fresh processes with the environment of a Lambda function. */
export async function measure(times: number): Promise<Record<Name, Readiness>> {
  const world = await startWorld();
  const dir = await mkdtemp(join(tmpdir(), "posthouse-bundle-"));
  try {
    const paths = await writeAll(dir);
    const env = environmentOf(world);
    const runs: Record<Name, number[]> = { api: [], bare: [], start: [] };
    // The first turn reads the files for all that come after.
    for (let time = -1; time < times; time++)
      for (const name of names) {
        const ms = await ready(paths[name], env);
        if (time >= 0) runs[name].push(ms);
      }
    const of = (name: Name): Readiness => ({ ms: median(runs[name]), ratio: ratio(runs.api, runs[name]) });
    return { api: of("api"), bare: of("bare"), start: of("start") };
  } finally {
    await rm(dir, { recursive: true, force: true });
    await world.close();
  }
}

async function writeAll(dir: string): Promise<Record<Name, string>> {
  const api = await bundleFunction("api");
  return {
    api: await write(dir, "api", api),
    bare: await write(dir, "bare", await bundleFloor(bareClients)),
    start: await write(dir, "start", await bundleFloor(startClients(api))),
  };
}

async function write(dir: string, name: Name, { files, entry }: Bundle): Promise<string> {
  const folder = join(dir, name);
  await mkdir(folder);
  for (const file of files) await writeFile(join(folder, file.name), file.bytes);
  return join(folder, entry);
}

function environmentOf({ env }: World): Record<string, string> {
  const { root_domain, platform_smtp_url, reset_utc, waits } = env.ports.operator;
  const operatorKey = "ph_op_bench";
  return environment(env.services, {
    operatorKey,
    root_domain,
    platform_smtp_url,
    public_url: "http://localhost",
    private_smtp_hosts: false,
    reset_utc,
    waits,
  });
}

const script = `
  const start = performance.now();
  const { handler } = await import(process.argv[1]);
  const ms = performance.now() - start;
  if (typeof handler !== "function") throw new Error("the bundle has no handler");
  process.stdout.write(String(ms));
  process.exit(0);
`;

async function ready(path: string, env: Record<string, string>): Promise<number> {
  const args = ["--input-type=module", "--eval", script, pathToFileURL(path).href];
  return Number((await run(process.execPath, args, { env })).stdout);
}
