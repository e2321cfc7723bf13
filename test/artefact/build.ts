import { readdirSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build, type Metafile } from "esbuild";
import { nodejs } from "../../infra/bundle.ts";

/** A function's name, that of its file in `functions/`. */
export type FunctionName = "api" | "deliver" | "dispatch" | "feedback" | "inbound" | "incoming" | "provision" | "tick";

/** A bundle: the module of a function, and the chunks that it loads only when they are needed. */
export interface Bundle {
  readonly files: readonly { readonly name: string; readonly bytes: Uint8Array }[];
  /** Name of the file with the handler. */
  readonly entry: string;
  /** Bytes of the entry and all it imports at once: what a cold start loads. */
  readonly start: number;
  /** Bytes of all its code. */
  readonly whole: number;
  /** Bytes of its source maps. */
  readonly maps: number;
  /** What those of the start come from, by npm package or folder of this repository, largest first. */
  readonly parts: readonly { readonly name: string; readonly bytes: number }[];
  /** What is imported and not in it. */
  readonly externals: readonly string[];
}

/** The repository. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

/** All functions: there is a file for each, and infra deploys each file. */
export const functions = readdirSync(new URL("../../functions", import.meta.url))
  .filter((file) => file.endsWith(".ts"))
  .map((file) => basename(file, ".ts") as FunctionName);

/**
 * What SST 4.17.1 tells esbuild of a function on nodejs24.x (its `pkg/runtime/node/build.go`), beside `nodejs` of infra:
 * ES modules of packages before others, names kept, linked source maps, an entry called `bundle.mjs`, and a banner that
 * gives each file what CommonJS would: names that no module may declare at its top again. Its esbuild is the Go library
 * 0.27.2; this is 0.28.2 with the same options.
 */
const sst = {
  bundle: true,
  platform: "node",
  format: "esm",
  target: "es2024",
  mainFields: ["module", "main"],
  external: ["sharp", "pg-native"],
  keepNames: true,
  splitting: nodejs.splitting,
  minify: nodejs.minify,
  // SST makes them anyway, and leaves them out of the archive where `sourcemap` is not said
  sourcemap: "linked",
  banner: {
    js: [
      `import { createRequire as topLevelCreateRequire } from 'module';`,
      `const require = topLevelCreateRequire(import.meta.url);`,
      `import { fileURLToPath as topLevelFileUrlToPath, URL as topLevelURL } from "url"`,
      `const __filename = topLevelFileUrlToPath(import.meta.url)`,
      `const __dirname = topLevelFileUrlToPath(new topLevelURL(".", import.meta.url))`,
      "",
    ].join("\n"),
  },
  entryNames: "bundle",
  outExtension: { ".js": ".mjs" },
  outdir: "bundle",
  absWorkingDir: root,
  logLevel: "silent",
} as const satisfies BuildOptions;

/** The bundle of a function of ours, as it is deployed. */
export const bundleFunction = (name: FunctionName): Promise<Bundle> =>
  bundle(`functions/${name}.ts`, { entryPoints: [`functions/${name}.ts`] });

/** A bundle as SST makes it. @param source of its entry, as esbuild names it */
export async function bundle(source: string, entry: BuildOptions): Promise<Bundle> {
  const { outputFiles, metafile } = await build({ ...sst, ...entry, write: false, metafile: true });
  // What is imported by call has an entry point too
  const main = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === source)?.[0];
  if (main === undefined) throw new Error("esbuild made no bundle");
  const start = loadedAtOnce(metafile, main);
  const files = outputFiles.map(({ path, contents }) => ({ name: basename(path), bytes: contents }));
  const maps = total(files.filter(isMap));
  return {
    files: nodejs.sourcemap ? files : files.filter((file) => !isMap(file)),
    entry: basename(main),
    start: start.reduce((sum, path) => sum + (metafile.outputs[path]?.bytes ?? 0), 0),
    whole: total(files) - maps,
    maps,
    parts: partsOf(metafile, start),
    externals: externalsOf(metafile),
  };
}

const isMap = ({ name }: { name: string }): boolean => name.endsWith(".map");

const total = (files: readonly { bytes: Uint8Array }[]): number =>
  files.reduce((sum, { bytes }) => sum + bytes.length, 0);

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

function externalsOf({ outputs }: Metafile): string[] {
  const all = Object.values(outputs).flatMap(({ imports }) => imports.filter(({ external }) => external));
  return [...new Set(all.map(({ path }) => path))].toSorted();
}
