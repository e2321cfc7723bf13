import type { Bundle } from "../source.ts";
import { functions } from "../stack.ts";
import type { Check } from "./check.ts";

/** What SST links to every function unasked: the stage. */
const app = "App";
/** The one module that reads links. */
const reader = "packages/aws/src/env.ts";

/** Every link that code reads is there, with the property that it reads of it, and none that nobody reads. */
export const link: Check = ({ stack, bundles }) =>
  functions(stack).flatMap(({ name, file }) => {
    const code = bundles.find((bundle) => bundle.file === file);
    const build = stack.builds.find((one) => one.name === name);
    if (!code || !build) return [`${name} has no code`];
    const read = readings(code);
    return [
      ...Object.keys(build.links)
        .filter((one) => !read.has(one))
        .map((one) => `${name} never reads the link ${one}`),
      ...[...read]
        .filter(([one]) => one !== app)
        .flatMap(([one, property]) => {
          const given = build.links[one];
          if (!given) return [`${name} is not linked to ${one}`];
          return given.includes(property)
            ? []
            : [`${name} reads ${property} of ${one}, which is told ${given.join(", ")}`];
        }),
    ];
  });

/** By link, the property that code reads: `linked("Table").name`, or by a function that reads one of whichever it is given. */
function readings({ modules }: Bundle): Map<string, string> {
  const text = modules.get(reader) ?? "";
  const direct = [...text.matchAll(/\blinked\d*\("(\w+)"\)\.(\w+)/g)].map(
    ([, name = "", property = ""]) => [name, property] as const,
  );
  const readers = [...text.matchAll(/\b(\w+) = \((\w+)\) => linked\d*\(\2\)\.(\w+)/g)];
  const through = readers.flatMap(([, reading = "", , property = ""]) =>
    [...text.matchAll(new RegExp(`\\b${reading}\\("(\\w+)"\\)`, "g"))].map(
      ([, name = ""]) => [name, property] as const,
    ),
  );
  return new Map([...direct, ...through]);
}
