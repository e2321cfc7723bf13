import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Bundle } from "../source.ts";
import { functions, part } from "../stack.ts";
import type { Check } from "./check.ts";

/** Read by Node, by SST's own code in the bundle, and by the logger. */
const others = ["NODE_OPTIONS", "SST_RESOURCE_App", "SST_KEY", "SST_KEY_FILE", "POWERTOOLS_LOG_LEVEL"];
/** Lambda's own. */
const lambda = ["_X_AMZN_TRACE_ID", "AWS_LAMBDA_FUNCTION_NAME", "AWS_XRAY_DAEMON_ADDRESS"];
/** The one module that reads the environment, and how. */
const reader = "packages/aws/src/env.ts";
const readings = /\b(?:text|flag|required|origin|seconds)\d*\("([A-Z_]+)"/g;

/** Every name that code reads is provided, every one that is provided is read, and every setting of infra has its line in `.env.example`. */
export const environment: Check = async ({ root, stack, bundles, isWhole }) => {
  const perFunction = functions(stack).flatMap(({ name, file, resource }) => {
    const code = bundles.find((bundle) => bundle.file === file);
    if (!code) return [`${name} has no code`];
    const given = Object.keys(part(part(resource.inputs, "environment"), "variables"));
    const variables = named(code, readings);
    return [
      ...strays(code).map((module) => `${name} reads the environment in ${module}, where nobody looks for it`),
      ...given.filter((one) => !variables.has(one) && !others.includes(one)).map((one) => `${name} never reads ${one}`),
      ...(isWhole ? [...variables].filter((one) => !given.includes(one) && !lambda.includes(one)) : []).map(
        (one) => `${name} is not given ${one}`,
      ),
    ];
  });
  return [...perFunction, ...(await example(root))];
};

const named = ({ modules }: Bundle, pattern: RegExp): Set<string> =>
  new Set([...(modules.get(reader) ?? "").matchAll(pattern)].map(([, name]) => name ?? ""));

/** Our own modules beside the reader that read the environment. */
const strays = ({ modules }: Bundle): string[] =>
  [...modules].flatMap(([module, text]) => (module !== reader && /\bprocess\.env\b/.test(text) ? module : []));

async function example(root: string): Promise<string[]> {
  const infra = join(root, "infra");
  const sources = (await readdir(infra)).filter((file) => file.endsWith(".ts"));
  const code = await Promise.all(sources.map((file) => readFile(join(infra, file), "utf8")));
  const read = new Set(
    [...code.join("\n").matchAll(/\b(?:text|required|number)\(\s*"([A-Z_]+)"/g)].map(([, name]) => name ?? ""),
  );
  const told = new Set(
    [...(await readFile(join(root, ".env.example"), "utf8")).matchAll(/^#? ?([A-Z_]+)=/gm)].map(
      ([, name]) => name ?? "",
    ),
  );
  return [
    ...[...read].filter((one) => !told.has(one)).map((one) => `.env.example does not have ${one}`),
    ...[...told].filter((one) => !read.has(one)).map((one) => `infra never reads ${one} of .env.example`),
  ];
}
