import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { prices } from "../bench/prices.ts";
import { has, idle, months } from "./idle.ts";
import { millions } from "./million.ts";
import { read } from "./readers.ts";

const page = (name: string): Promise<string> => readFile(new URL(`../../docs/${name}`, import.meta.url), "utf8");

it("docs/cost.md has the tables that `npm run simulate -- --write` makes", async () => {
  const text = await page("cost.md");
  expect(text).toContain(months());
  expect(text).toContain(millions(await read()));
});

describe("what an installation costs that nobody uses", () => {
  it("has as many metrics as docs/observability.md says that functions write", async () => {
    const text = await page("observability.md");
    const rows = [...text.matchAll(/^\| (`[a-z_]+`(?:, `[a-z_]+`)*) \| ([a-z, ]+) \| /gm)];
    const each = rows.map(([, names = "", of = ""]) => names.split(",").length * of.split(",").length);
    expect(each.reduce((all, n) => all + n, 0)).toBe(has.metrics);
    expect(idle(has.metrics).get("metrics of our own")).toBeCloseTo(has.metrics * prices.metric, 9);
    expect(idle().get("metrics of our own")).toBe(0);
  });
});
