import { readdir, readFile } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";

/** Where each port that asks AWS is made, under `packages/aws/src`. */
const makers: Readonly<Record<string, readonly string[]>> = {
  store: ["store/store.ts"],
  queue: ["queue.ts"],
  blobs: ["blobs.ts"],
  vault: ["vault/vault.ts"],
  ses: ["ses/mailer.ts"],
  bouncer: ["ses/bouncer.ts"],
  inspector: ["doctor/inspector.ts"],
  provider: ["provider.ts", "ses/identity.ts", "ses/reputation.ts"],
};

/** A file: what it defines by name, the methods of the ports that it makes, and where other names come from. */
interface Module {
  readonly names: ReadonlyMap<string, string>;
  readonly methods: ReadonlyMap<string, string>;
  readonly imports: ReadonlyMap<string, string>;
}

/** By method of a port, `store.get`, every call of the SDK that it can come to, as the source of `packages/aws` has it. */
export async function made(root: string): Promise<Map<string, string[]>> {
  const modules = await read(join(root, "packages/aws/src"));
  return new Map(
    Object.entries(makers).flatMap(([port, files]) =>
      files.flatMap((file) =>
        [...(modules.get(file)?.methods ?? [])].map(
          ([method, text]) => [`${port}.${method}`, [...reached(modules, file, text, new Set())].sort()] as const,
        ),
      ),
    ),
  );
}

async function read(root: string): Promise<Map<string, Module>> {
  const files = (await readdir(root, { recursive: true })).filter((file) => /(?<!\.test)\.ts$/.test(file));
  return new Map(
    await Promise.all(
      files.map(async (file) => [file, parse(file, await readFile(join(root, file), "utf8"))] as const),
    ),
  );
}

/** Formatted as all of the code is, what is defined begins a line, and ends before the next that is as far in. */
function parse(file: string, text: string): Module {
  const of = (pattern: RegExp): Map<string, string> =>
    new Map([...text.matchAll(pattern)].map(({ index, 1: name = "" }) => [name, block(text.slice(index))]));
  const imports = [...text.matchAll(/^import \{([^}]*)\} from "(\.[^"]+)";/gm)].flatMap(([, names = "", from = ""]) =>
    names.split(",").map((name) => [name.trim(), normalize(join(dirname(file), from))] as const),
  );
  return {
    names: new Map([
      ...of(/^ {2}(?:const|(?:async )?function) (\w+)/gm),
      ...of(/^(?:export )?(?:const|(?:async )?function\*?) (\w+)/gm),
    ]),
    methods: new Map([
      ...of(/^ {4}(?:async )?(\w+)(?:\(|: (?:async )?\()[^\n]*(?:=>|\{$)/gm),
      ...[...text.matchAll(/^ {4}(\w+),$/gm)].map(([, name = ""]) => [name, `=> ${name}()`] as const),
    ]),
    imports: new Map(imports),
  };
}

function block(text: string): string {
  const indent = /^ */.exec(text)?.[0].length ?? 0;
  const end = text.slice(1).search(new RegExp(`\\n {0,${indent}}(?=[^ \\n)}\\]])`));
  return end < 0 ? text : text.slice(0, end + 1);
}

function reached(modules: ReadonlyMap<string, Module>, file: string, text: string, seen: Set<string>): Set<string> {
  const found = new Set([...text.matchAll(/\bnew (\w+Command)\(/g)].map(([, name]) => name ?? ""));
  for (const [, name = ""] of text.slice(text.search(/=>|\{\n/)).matchAll(/(?<![.\w])(\w+)\(/g)) {
    const here = modules.get(file);
    const from = here?.names.has(name) ? file : here?.imports.get(name);
    const next = from === undefined ? undefined : modules.get(from)?.names.get(name);
    if (from === undefined || next === undefined || seen.has(`${from} ${name}`)) continue;
    seen.add(`${from} ${name}`);
    for (const one of reached(modules, from, next, seen)) found.add(one);
  }
  return found;
}
