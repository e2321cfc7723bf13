import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

/** What of the code is in the bundle of a function: the text of each module, without what nobody calls. */
export interface Bundle {
  /** `dispatch`, of `functions/dispatch.ts`. */
  readonly file: string;
  readonly modules: ReadonlyMap<string, string>;
  readonly exports: readonly string[];
}

/** The files of `functions/`, without their ending. */
export const files = async (root: string): Promise<string[]> =>
  (await readdir(join(root, "functions"))).filter((file) => file.endsWith(".ts")).map((file) => file.slice(0, -3));

/**
 * Bundles a function as SST does, as far as it matters here: what is never called is left out, packages are not looked
 * into, and each module is named above its text.
 */
export async function bundle(root: string, file: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(root, "functions", `${file}.ts`)],
    absWorkingDir: root,
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    outdir: join(root, "nowhere"),
    write: false,
    metafile: true,
    logLevel: "error",
    plugins: [
      {
        name: "packages",
        setup: ({ onResolve }) =>
          onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
            kind === "entry-point" || path.startsWith("@posthouse/") ? undefined : { path, external: true },
          ),
      },
    ],
  });
  const entry = Object.values(metafile.outputs).find(({ entryPoint }) => entryPoint?.endsWith(`functions/${file}.ts`));
  return { file, modules: modules(outputFiles.map(({ text }) => text)), exports: entry?.exports ?? [] };
}

/** The text of each module, under the comment that esbuild writes above it. */
function modules(outputs: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const output of outputs) {
    let module = "";
    for (const line of output.split("\n")) {
      module = /^\/\/ (?:.*\/)?((?:packages|functions)\/\S+\.ts)$/.exec(line)?.[1] ?? module;
      found.set(module, `${found.get(module) ?? ""}${line}\n`);
    }
  }
  return found;
}

const made = new Map<string, Promise<Bundle[]>>();

/** The bundles of all functions, made once. */
export function bundles(root: string): Promise<Bundle[]> {
  const all = made.get(root) ?? files(root).then((every) => Promise.all(every.map((file) => bundle(root, file))));
  made.set(root, all);
  return all;
}
