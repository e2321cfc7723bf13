import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build, type Metafile } from "esbuild";

/** The functions as they are deployed. */
export const functions = ["api", "dispatch", "feedback", "provision", "tick"] as const;
export type FunctionName = (typeof functions)[number];

/** A bundle: the module of a function, and the chunks that it loads only when they are needed. */
export interface Bundle {
  readonly files: readonly { readonly name: string; readonly bytes: Uint8Array }[];
  /** Name of the file with the handler. */
  readonly entry: string;
  /** Bytes of the entry and all it imports at once: what a cold start loads. */
  readonly start: number;
  /** Bytes of all files. */
  readonly whole: number;
  /** What those of the start come from, by npm package or folder of this repository, largest first. */
  readonly parts: readonly { readonly name: string; readonly bytes: number }[];
}

const root = fileURLToPath(new URL("../../", import.meta.url));

/** As SST builds a Node function, minified and split: it prefers ES modules, keeps names, and brings a `require`. */
const options = {
  bundle: true,
  splitting: true,
  platform: "node",
  format: "esm",
  target: "node24",
  mainFields: ["module", "main"],
  minify: true,
  keepNames: true,
  banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  absWorkingDir: root,
  outdir: "bundle",
  outExtension: { ".js": ".mjs" },
  write: false,
  metafile: true,
  logLevel: "silent",
} as const satisfies BuildOptions;

/** The bundle of a function of ours. */
export const bundleFunction = (name: FunctionName): Promise<Bundle> =>
  bundle(`functions/${name}.ts`, { entryPoints: [`functions/${name}.ts`] });

const clients = {
  dynamodb: ["@aws-sdk/client-dynamodb", "DynamoDBClient"],
  sqs: ["@aws-sdk/client-sqs", "SQSClient"],
  s3: ["@aws-sdk/client-s3", "S3Client"],
  kms: ["@aws-sdk/client-kms", "KMSClient"],
} as const;
export type ClientName = keyof typeof clients;

/** What a bare app is made of: the AWS clients that requests to the API need, now and then or always. */
export const bareClients = Object.keys(clients) as ClientName[];

/** Those of them that the function loads at its start. */
export const startClients = ({ parts }: Bundle): ClientName[] =>
  bareClients.filter((client) => parts.some(({ name }) => name === clients[client][0]));

/** The floor: a bare Hono app with one route on Lambda, and these AWS clients made at its start. */
export function bundleFloor(names: readonly ClientName[]): Promise<Bundle> {
  const made = names.map((name) => clients[name]);
  const contents = [
    ...made.map(([path, client]) => `import { ${client} } from "${path}";`),
    'import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";',
    'import { Hono } from "hono";',
    'import { handle } from "hono/aws-lambda";',
    `const clients = [${made.map(([, client]) => `new ${client}()`).join(", ")}];`,
    "const documents = DynamoDBDocumentClient.from(clients[0]);",
    'export const handler = handle(new Hono().get("/", (c) => c.json({ clients: clients.length, documents: !!documents })));',
  ].join("\n");
  return bundle("floor.js", { stdin: { contents, resolveDir: root, sourcefile: "floor.js", loader: "js" } });
}

async function bundle(source: string, entry: BuildOptions): Promise<Bundle> {
  const { outputFiles, metafile } = await build({ ...options, ...entry, write: false, metafile: true });
  // What is imported by call has an entry point too.
  const main = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === source)?.[0];
  if (main === undefined) throw new Error("esbuild made no bundle");
  const start = loadedAtOnce(metafile, main);
  return {
    files: outputFiles.map(({ path, contents }) => ({ name: basename(path), bytes: contents })),
    entry: basename(main),
    start: start.reduce((sum, path) => sum + (metafile.outputs[path]?.bytes ?? 0), 0),
    whole: outputFiles.reduce((sum, { contents }) => sum + contents.length, 0),
    parts: partsOf(metafile, start),
  };
}

/** An output and all that it imports by statement, and those again; what is imported by call comes later or never. */
function loadedAtOnce({ outputs }: Metafile, path: string, found = new Set<string>()): string[] {
  found.add(path);
  for (const { path: next, kind, external } of outputs[path]?.imports ?? [])
    if (kind === "import-statement" && !external && !found.has(next))
      loadedAtOnce({ inputs: {}, outputs }, next, found);
  return [...found];
}

function partsOf({ outputs }: Metafile, paths: readonly string[]): Bundle["parts"] {
  const sums = new Map<string, number>();
  for (const path of paths)
    for (const [input, { bytesInOutput }] of Object.entries(outputs[path]?.inputs ?? {}))
      sums.set(partOf(input), (sums.get(partOf(input)) ?? 0) + bytesInOutput);
  return [...sums].map(([name, bytes]) => ({ name, bytes })).toSorted((a, b) => b.bytes - a.bytes);
}

/** The npm package of a file, or the folder of ours it lies in. */
const partOf = (path: string): string =>
  /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(path)?.[1] ?? path.split("/").slice(0, 2).join("/");
