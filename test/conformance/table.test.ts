import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { titlesIn } from "../support/title.ts";

const root = join(import.meta.dirname, "../..");
const [, ...sections] = readFileSync(join(import.meta.dirname, "README.md"), "utf8").split(/^## /m);
const rowsOf = (section: string) => section.split("\n").filter((line) => /^\|(?! requirement |-)/.test(line));
const rows = sections.flatMap(rowsOf).map((line) => {
  const [, section = "", file = "", title = ""] =
    /^\| .+ \| ([^|]+) \| `([^`]+\.test\.ts)` "([^"]+)" \|$/.exec(line) ?? [];
  return { line, section, file, title };
});

/** Rows that each standard has at least: one that is taken out is missed. */
const least = { "RFC 3464": 14, "RFC 5965": 7, "RFC 8058": 10, "RFC 5322": 5, "Standard Webhooks": 22 };

describe("the table of conformance", () => {
  it.each(Object.entries(least))("speaks of %s in %i rows or more", (name, count) => {
    const found = sections.filter((section) => section.startsWith(name));
    expect(found).toHaveLength(1);
    expect(found.flatMap(rowsOf).length).toBeGreaterThanOrEqual(count);
  });

  it("each row names a section and a test, and no row is there twice", () => {
    expect(rows.filter(({ section, title }) => section === "" || title === "").map(({ line }) => line)).toEqual([]);
    expect(new Set(rows.map(({ line }) => line)).size).toBe(rows.length);
  });

  it.each(rows.map(({ title, file }) => [title, file]))("there is a test “%s” in %s", (title, file) => {
    const path = join(root, file);
    expect(existsSync(path)).toBe(true);
    expect(titlesIn(readFileSync(path, "utf8")).filter((each) => each.includes(title))).not.toEqual([]);
  });

  it("a title is looked for in calls, not in comments, imports or what a test does", () => {
    const source = [
      'import { describe, it } from "vitest";',
      '// it("of a comment")',
      'describe("of a group", () => {',
      '  it("of a \\"test\\"", () => expect("of an expectation").toBe("x"));',
      '  it.each([["of a case", f("x")]])(',
      '    "of each %s",',
      "    () => {},",
      "  );",
    ].join("\n");
    expect(titlesIn(source)).toEqual(["of a group", 'of a "test"', "of each %s"]);
  });
});
