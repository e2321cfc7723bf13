import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

/** The names of metrics in the code, the documents, the alarms and the dashboard are the same. */

const text = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
/** What a pattern finds in a file, by its groups. */
const all = (path: string, pattern: RegExp): string[][] =>
  [...text(path).matchAll(pattern)].map(([, ...groups]) => groups);

const functions = readdirSync(new URL("../functions", import.meta.url)).map((file) => file.replace(/\.ts$/, ""));
/** Those that the port has. */
const counted = all("packages/core/src/ports/metrics.ts", /^ {2}\|? ?"(\w+)";?$/gm).flat();
/** Metric and function of each row of the table. */
const rows = /^\| (`\w+`(?:, `\w+`)*) \| ([a-z]+(?:, [a-z]+)*) \| .+ \|$/gm;
const documented = all("docs/observability.md", rows).flatMap(([names = "", of = ""]) =>
  names.split(", ").flatMap((name) => of.split(", ").map((one) => `${name.slice(1, -1)} of ${one}`)),
);
const ofInfra = [
  ...all("infra/dashboard.ts", /\bown\("(\w+)", "(\w+)"\)/g),
  ...all("infra/alarms.ts", /metric: "(\w+)",\s+dimensions: \{ stage: \$app\.stage, function: "(\w+)" \}/g),
];

it("every metric that code counts is documented, and no other", () => {
  expect(counted.length).toBeGreaterThanOrEqual(12);
  expect(new Set(documented.map((each) => each.split(" ")[0]))).toEqual(new Set(counted));
  expect(documented.filter((each) => !functions.includes(each.split(" ").at(-1) ?? ""))).toEqual([]);
});

it("alarms and dashboard look at metrics that are written, by the functions that write them", () => {
  expect(ofInfra.length).toBeGreaterThan(10);
  expect(ofInfra.length).toBe(
    (text("infra/dashboard.ts").match(/\bown\("/g) ?? []).length +
      (text("infra/alarms.ts").match(/namespace: "Posthouse"/g) ?? []).length,
  );
  expect(ofInfra.map(([metric, of]) => `${metric} of ${of}`).filter((each) => !documented.includes(each))).toEqual([]);
  expect(text("infra/dashboard.ts")).toContain('["Posthouse", metric, "stage", $app.stage, "function", of]');
});

it("each function measures itself by the name of its file", () => {
  for (const name of functions)
    expect(all(`functions/${name}.ts`, /\bmeasured\(\s*"(\w+)"/g).flat(), name).toEqual([name]);
});

it("what they cost is what there are, by CloudWatch's price", () => {
  const [[price = "0", sum = "", count = ""] = []] = all(
    "docs/observability.md",
    /A metric is \$([\d.]+) a month[^$]*\$(\d+) for all (\d+)/g,
  );
  expect(Number(count)).toBe(documented.length);
  expect(Number(sum)).toBe(Math.round(documented.length * Number(price)));
});
