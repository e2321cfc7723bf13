import { describe, expect, it } from "vitest";
import { median, ratio } from "./statistics.ts";
import { table, verdict } from "./table.ts";

describe("figures of the report", () => {
  it.each([
    [[3], 3],
    [[9, 1, 2], 2],
    [[4, 1, 3, 2], 2.5],
  ])("the median of %o is %d", (values, middle) => expect(median(values)).toBe(middle));

  it("a ratio is taken round by round, so that a slow round slows both", () => {
    expect(ratio([20, 200, 30], [10, 100, 10])).toBe(2);
  });

  it.each([
    [3, 3, "met"],
    [2.5, 1.5, "over by 1"],
    [7, null, "no budget"],
  ])("%d of a budget of %o: %s", (spent, budget, words) => expect(verdict(spent, budget)).toBe(words));

  it("numbers stand to the right", () => {
    const rows = [
      ["a", 5],
      ["bcd", 12],
    ];
    expect(table(["step", "n"], rows).split("\n")).toEqual([
      "| step |  n |",
      "|------|---:|",
      "| a    |  5 |",
      "| bcd  | 12 |",
    ]);
  });
});
