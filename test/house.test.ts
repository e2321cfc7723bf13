import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

/** Rules of the house that no linter checks. */

const root = join(import.meta.dirname, "..");
const files = ["functions", "packages", "test"]
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)),
  )
  .filter((name) => name.endsWith(".ts") && !name.includes("node_modules"))
  .map((name) => ({ name, text: readFileSync(join(root, name), "utf8"), test: /\.test\.ts$|^test\//.test(name) }));
const sources = files.filter(({ test }) => !test);
const offenders = (pattern: RegExp, among = files) =>
  among.filter(({ name, text }) => name !== "test/house.test.ts" && pattern.test(text)).map(({ name }) => name);
const lines = (text: string) => text.split("\n").length - 1;

describe("rules of the house", () => {
  it("files are short: none over 400 lines, the median of sources at most 80", () => {
    expect(files.filter(({ text }) => lines(text) > 400).map(({ name }) => name)).toEqual([]);
    const sorted = sources.map(({ text }) => lines(text)).sort((a, b) => a - b);
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThanOrEqual(80);
  });

  it("function files have at most 15 lines", () => {
    const functions = sources.filter(({ name }) => name.startsWith("functions"));
    expect(functions.length).toBeGreaterThan(0);
    expect(functions.filter(({ text }) => lines(text) > 15).map(({ name }) => name)).toEqual([]);
  });

  it("core does not know where it runs", () => {
    const core = sources.filter(({ name }) => name.startsWith(join("packages", "core")));
    expect(offenders(/process\.env|from "hono|from "aws-lambda"|from "@aws-sdk|from "@posthouse\//, core)).toEqual([]);
  });

  it("the environment is read in one place, and set by the embedded mode", () => {
    const known = ["aws/src/env.ts", "local/src/machine.ts", "local/src/main.ts"];
    expect(offenders(/process\.env/, sources).toSorted()).toEqual(known.map((name) => join("packages", name)));
  });

  it("zod is imported whole: `import { z }` costs 350 KB a bundle", () => {
    expect(offenders(/import \{ ?z ?\} from ["']zod["']/)).toEqual([]);
  });

  it("no test is skipped or focused, and no module of our own is mocked", () => {
    expect(offenders(/\b(it|test|describe)\.(skip|only|todo|fails|skipIf|runIf)\b|vi\.mock\(/)).toEqual([]);
  });

  it("nothing is left for later", () => {
    expect(offenders(/\b(TODO|FIXME|XXX)\b|@ts-ignore|@ts-expect-error/)).toEqual([]);
  });
});
