import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { answer, state } from "./mock.ts";
import { platform } from "./platform.ts";

/**
 * Runs the whole of `sst.config.ts` as a deploy does, but that Pulumi's engine and AWS are mocks, and prints every
 * resource with its inputs as JSON: `node test/infra/program.ts <root> <stage>`. A process of its own, since SST and Pulumi
 * keep what they know in globals.
 */

/** A resource as the program asked for it. */
export interface Resource {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
  /** Names of the resources that are made before it, those that its inputs come from among them. */
  readonly needs: readonly string[];
}

/** What Pulumi's program asks its engine for; the mocks that it has itself leave out what waits for what. */
interface Request {
  getName(): string;
  getType(): string;
  getDependenciesList(): string[];
}

interface Mocks {
  readonly MockMonitor: { readonly prototype: { registerResource(request: Request, done: unknown): unknown } };
}

/** A function that SST's command was asked to bundle. */
export interface Build {
  /** Its name in the program. */
  readonly name: string;
  /** `functions/dispatch.handler`. */
  readonly handler: string;
  /** Linked resources by name, and the properties that code is told of each. */
  readonly links: Readonly<Record<string, readonly string[]>>;
  /** The options of the bundler. */
  readonly nodejs: Readonly<Record<string, unknown>>;
}

/** What SST's program asks its command to do. */
interface Call {
  readonly method: string;
  readonly params: readonly {
    readonly functionID?: string;
    readonly handler?: string;
    readonly links?: Readonly<Record<string, object>>;
    readonly properties?: Readonly<Record<string, unknown>>;
  }[];
}

interface Pulumi {
  readonly runtime: {
    setMocks(
      mocks: {
        newResource(args: Omit<Resource, "needs">): { id: string; state: object };
        call(args: { token: string; inputs: Record<string, unknown> }): object;
      },
      project: string,
      stack: string,
      preview: boolean,
    ): Promise<void>;
    runInPulumiStack(program: () => Promise<unknown>): Promise<unknown>;
    waitForRPCs(): Promise<void>;
  };
}

interface Esbuild {
  build(options: Record<string, unknown>): Promise<unknown>;
}

const [root = process.cwd(), stage = "test"] = process.argv.slice(2);
const home = platform(root);
/** Several of these run at once, and SST writes. */
const work = await mkdtemp(join(tmpdir(), "posthouse-infra-"));
const builds: Build[] = [];
const require = createRequire(join(home, "package.json"));

/** SST's command answers its program over HTTP: what it would have bundled and bootstrapped. */
async function command(): Promise<Server> {
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      void rpc(JSON.parse(body) as Call).then((result) => response.end(JSON.stringify({ id: 1, result, error: null })));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  process.env["SST_SERVER"] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return server;
}

async function rpc({ method, params: [input = {}] }: Call): Promise<unknown> {
  if (method === "Provider.Aws.Bootstrap")
    return {
      asset: "assets",
      assetEcrRegistryId: "1",
      assetEcrUrl: "url",
      state: "state",
      appsyncHttp: "",
      appsyncRealtime: "",
    };
  if (method !== "Runtime.Build") return null;
  const { functionID: name = "", handler = "", links = {}, properties = {} } = input;
  const named = Object.entries(links).map(([link, values]) => [link, Object.keys(values)]);
  builds.push({ name, handler, links: Object.fromEntries(named), nodejs: properties });
  const out = join(work, "out", name);
  const file = join(out, handler.replace(/\.\w+$/, ".mjs"));
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, "export const handler = () => {};\n");
  return { handler, out, errors: [], sourcemaps: [] };
}

/** The program as SST builds it: its components and providers are globals of every file. */
async function build(out: string): Promise<void> {
  const esbuild = require("esbuild") as Esbuild;
  const globals = `import * as aws from "@pulumi/aws";\nimport * as sst from "${home}/src/components";\n`;
  const isOurs = (path: string) => !path.includes("/.sst/") && !path.includes("node_modules");
  await esbuild.build({
    stdin: {
      contents: `import { run } from "${home}/src/auto/run.ts"; import config from "${root}/sst.config.ts"; export const app = config.app({ stage: ${JSON.stringify(stage)} }); export const go = () => run(config.run);`,
      resolveDir: root,
      sourcefile: "eval.ts",
      loader: "ts",
    },
    bundle: true,
    format: "esm",
    platform: "node",
    outfile: out,
    mainFields: ["module", "main"],
    nodePaths: [join(home, "node_modules")],
    logLevel: "error",
    banner: {
      js: `import { createRequire as cr } from "module"; const require = cr(import.meta.url); import { fileURLToPath as tp, URL as tu } from "url"; const __filename = tp(import.meta.url); const __dirname = tp(new tu(".", import.meta.url));`,
    },
    external: [
      "@pulumi/*",
      "undici",
      "@pulumiverse/*",
      "@sst-provider/*",
      "@aws-sdk/*",
      "esbuild",
      "archiver",
      "glob",
      "vite",
    ],
    inject: [join(home, "src/shim/run.js")],
    define: {
      $app: JSON.stringify({ name: "posthouse", stage, providers: { aws: {} }, home: "local" }),
      $cli: JSON.stringify({
        command: "deploy",
        rpc: "",
        paths: { home: ".home", root, work, platform: home },
        state: { version: {} },
      }),
      $dev: "false",
    },
    plugins: [
      {
        name: "globals",
        setup(plugin: { onLoad(filter: object, load: (args: { path: string }) => unknown): void }) {
          plugin.onLoad({ filter: /\.ts$/ }, async ({ path }) =>
            isOurs(path) ? { contents: globals + (await readFile(path, "utf8")), loader: "ts" } : undefined,
          );
        },
      },
    ],
  });
}

/** By type and name of a resource, what it waits for: filled as the program asks for resources. */
function waits(): ReadonlyMap<string, readonly string[]> {
  const { prototype } = (require("@pulumi/pulumi/runtime/mocks") as Mocks).MockMonitor;
  const register = prototype.registerResource;
  const found = new Map<string, string[]>();
  prototype.registerResource = function (request, done) {
    const names = request.getDependenciesList().map((urn) => urn.split("::").at(-1) ?? "");
    found.set(`${request.getType()} ${request.getName()}`, names);
    return register.call(this, request, done);
  };
  return found;
}

/** The resources, once the program and all that hangs on its outputs has run. */
async function run(): Promise<{ app: unknown; resources: readonly Resource[]; builds: readonly Build[] }> {
  const pulumi = require("@pulumi/pulumi") as Pulumi;
  const resources: Resource[] = [];
  const needs = waits();
  await pulumi.runtime.setMocks(
    {
      newResource({ type, name, inputs }) {
        resources.push({ type, name, inputs, needs: needs.get(`${type} ${name}`) ?? [] });
        return { id: `${name}-id`, state: state(type, name, inputs) };
      },
      call: ({ token, inputs }) => answer(token, inputs),
    },
    "posthouse",
    stage,
    false,
  );
  const out = join(home, `test.${process.pid}.mjs`);
  try {
    await build(out);
    const { app, go } = (await import(pathToFileURL(out).href)) as { app: unknown; go: () => Promise<unknown> };
    await pulumi.runtime.runInPulumiStack(go);
    await settled(resources);
    return { app, resources, builds };
  } finally {
    await rm(out, { force: true });
  }
}

/**
 * Resources wait for the outputs of others, and nothing says when the last has come: the dashboard, which shows all of
 * them, is among the last. A process that waits for its processor says nothing either, so quiet is three looks in a row.
 */
async function settled(resources: readonly Resource[]): Promise<void> {
  const end = Date.now() + 240_000;
  for (let seen = -1, quiet = 0; quiet < 3; ) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    const isWhole = resources.some(({ type }) => type.includes("cloudwatch/dashboard:"));
    quiet = isWhole && seen === resources.length ? quiet + 1 : 0;
    seen = resources.length;
    if (Date.now() > end)
      throw new Error(`The program made ${seen} resources and no dashboard: it waits for something.`);
  }
}

const server = await command();
try {
  const result = JSON.stringify(await run());
  await new Promise((resolve) => process.stdout.write(result, resolve));
} finally {
  server.close();
  await rm(work, { recursive: true, force: true });
}
// Pulumi's promises, of what a mock leaves open, would keep it waiting
process.exit(0);
