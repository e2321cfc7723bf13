import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { environment } from "@posthouse/local/environment";
import { queueUrl, table } from "@posthouse/local/resources";
import { bundleFunction, type FunctionName, functions } from "../artefact/build.ts";
import { type Place, unpack } from "../artefact/place.ts";
import { bareClients, bundleFloor, startClients } from "./bundle.ts";
import { median, ratio } from "./statistics.ts";
import { createAccount, fixture, startWorld, type World } from "./world.ts";

const run = promisify(execFile);

/**
 * What is started: each function, the API's without source maps, a bare app with its clients, and one with only those that
 * the API starts with.
 */
type Name = FunctionName | "unmapped" | "bare" | "start";

/** The cold start of one of them; Node's own start is not counted, it is the same for all. */
export interface Readiness {
  /** ms from the import of the bundle to its handler. */
  readonly ready: number;
  /** ms from there to the answer to a mail and all before it; undefined of what takes no requests. */
  readonly mail: number | undefined;
  /** How many times as long the API takes, turn by turn. */
  readonly over: { readonly ready: number; readonly mail: number };
}

const takesMail: ReadonlySet<Name> = new Set(["api", "unmapped", "bare", "start"]);

/** Starts each in turns, so many times, in fresh processes with the environment of a Lambda function. */
export async function measure(times: number): Promise<Record<Name, Readiness>> {
  const world = await startWorld();
  const dir = await mkdtemp(join(tmpdir(), "posthouse-bundle-"));
  try {
    const places = await unpackAll(dir, environmentOf(world));
    const { key } = await createAccount(world.ports, "cold-start");
    const names = Object.keys(places) as Name[];
    const runs = Object.fromEntries(names.map((name) => [name, [] as Start[]])) as Record<Name, Start[]>;
    // The first turn reads the files for all that come after
    for (let time = -1; time < times; time++)
      for (const name of names) {
        const one = await start(places[name], takesMail.has(name) ? request(key) : undefined);
        if (time >= 0) runs[name].push(one);
      }
    return Object.fromEntries(names.map((name) => [name, of(runs[name], runs.api)])) as Record<Name, Readiness>;
  } finally {
    await rm(dir, { recursive: true, force: true });
    await world.close();
  }
}

function of(starts: readonly Start[], api: readonly Start[]): Readiness {
  const ready = starts.map((start) => start.ready);
  const mails = starts.flatMap((start) => start.mail ?? []);
  const over = {
    ready: ratio(
      api.map((start) => start.ready),
      ready,
    ),
    mail: ratio(
      api.flatMap((start) => start.mail ?? []),
      mails,
    ),
  };
  return { ready: median(ready), mail: mails.length > 0 ? median(mails) : undefined, over };
}

async function unpackAll(dir: string, given: Record<string, string>): Promise<Record<Name, Place>> {
  const place = async (name: Name, bundle: Parameters<typeof unpack>[1]) =>
    [name, await unpack(join(dir, name), bundle, given, `posthouse-bench-${name}`)] as const;
  const api = await bundleFunction("api");
  const places = Object.fromEntries([
    await place("api", api),
    await place("unmapped", api),
    await place("bare", await bundleFloor(bareClients)),
    await place("start", await bundleFloor(startClients(api))),
  ]) as Record<Name, Place>;
  for (const name of functions) if (name !== "api") places[name] = (await place(name, await bundleFunction(name)))[1];
  const { env, ...unmapped } = places.unmapped;
  return { ...places, unmapped: { ...unmapped, env: { ...env, NODE_OPTIONS: "" } } };
}

/** With the table and a queue for the bare apps, which know no links. */
function environmentOf({ env: { ports, services } }: World): Record<string, string> {
  const { root_domain, platform_smtp_url, reset_utc, waits } = ports.operator;
  const given = environment(services, {
    operatorKey: "ph_op_bench",
    root_domain,
    platform_smtp_url,
    public_url: "http://localhost",
    private_smtp_hosts: false,
    reset_utc,
    waits,
  });
  return { ...given, TABLE: table, QUEUE: queueUrl(services.fauxqs, "mass") };
}

/** A mail as API Gateway hands it over. */
const request = (key: string): object => ({
  version: "2.0",
  routeKey: "$default",
  rawPath: "/v1/emails",
  rawQueryString: "",
  headers: { authorization: `Bearer ${key}`, "content-type": "application/json", host: "api.posthouse.test" },
  requestContext: {
    http: { method: "POST", path: "/v1/emails", sourceIp: "192.0.2.1" },
    requestId: "1",
    stage: "$default",
  },
  body: JSON.stringify(fixture),
  isBase64Encoded: false,
});

interface Start {
  readonly ready: number;
  readonly mail?: number;
}

const script = `
  const [, path, event] = process.argv;
  const start = performance.now();
  const { handler } = await import(path);
  const times = { ready: performance.now() - start };
  if (typeof handler !== "function") throw new Error("the bundle has no handler");
  if (event !== undefined) {
    const { statusCode, body } = await handler(JSON.parse(event), { awsRequestId: "1" });
    if (statusCode !== 200) throw new Error("the mail was not accepted: " + body);
    times.mail = performance.now() - start;
  }
  // After whatever the function has printed
  process.stdout.write("\\n" + JSON.stringify(times), () => process.exit(0));
`;

async function start({ dir, entry, env }: Place, event: object | undefined): Promise<Start> {
  const given = event === undefined ? [] : [JSON.stringify(event)];
  const args = ["--input-type=module", "--eval", script, pathToFileURL(entry).href, ...given];
  const { stdout } = await run(process.execPath, args, { cwd: dir, env: { ...env } });
  return JSON.parse(stdout.split("\n").at(-1) ?? "") as Start;
}
