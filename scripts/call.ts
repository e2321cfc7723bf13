import { parseArgs } from "node:util";

/** What a script was called with. */
export interface Given {
  /** The text of an option; empty where it was not given. */
  text(name: string): string;
  /** Whether an option that has no text was given. */
  has(name: string): boolean;
}

/**
 * Runs a script with its options, and `--help`, which says the usage. Whatever is thrown is said with the usage, and the
 * process ends with 2.
 */
export async function call(
  usage: string,
  options: Readonly<Record<string, { readonly type: "string" | "boolean" }>>,
  run: (given: Given) => Promise<void>,
): Promise<void> {
  try {
    const { values } = parseArgs({ options: { ...options, help: { type: "boolean" } } });
    const named: Readonly<Record<string, unknown>> = values;
    if (values.help === true) process.stdout.write(usage);
    else await run({ text: (name) => textOf(named[name]), has: (name) => named[name] === true });
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exitCode = 2;
  }
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
