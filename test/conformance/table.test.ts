import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const lines = readFileSync(join(import.meta.dirname, "README.md"), "utf8").split("\n");
const rows = lines
  .filter((line) => line.startsWith("|") && !/^\|(?: requirement |-)/.test(line))
  .map((line) => {
    const [, file = "", title = ""] = / `([^`]+\.test\.ts)` "([^"]+)" \|$/.exec(line) ?? [];
    return { line, file, title };
  });

describe("the table of conformance", () => {
  it("speaks of each standard, and each row names a test", () => {
    const standards = ["RFC 3464", "RFC 5965", "RFC 8058", "RFC 5322", "Standard Webhooks"];
    for (const name of standards) expect(lines.some((line) => line.startsWith(`## ${name}`))).toBe(true);
    expect(rows.length).toBeGreaterThan(30);
    expect(rows.filter(({ title }) => title === "").map(({ line }) => line)).toEqual([]);
  });

  it.each(rows.map(({ title, file }) => [title, file]))("there is a test “%s” in %s", (title, file) => {
    const path = join(root, file);
    expect(existsSync(path)).toBe(true);
    const calls =
      readFileSync(path, "utf8")
        .replaceAll('\\"', '"')
        .match(/\b(?:it|describe)\b[\s\S]*?=> \{/g) ?? [];
    expect(calls.some((call) => call.includes(title))).toBe(true);
  });
});
