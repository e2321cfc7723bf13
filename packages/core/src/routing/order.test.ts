import { describe, expect, it } from "vitest";
import { server } from "../../../../test/fixtures/routing.ts";
import { sort } from "./order.ts";

const names = (...list: Parameters<typeof server>[]): string[] =>
  sort(list.map((each) => server(...each))).map(({ id }) => id);

describe("the order of servers", () => {
  it("R-SEL first is the lowest priority, whatever the name", () => {
    expect(names(["a", null, { priority: 2 }], ["b", null, { priority: 1 }], ["c", null, { priority: -1 }])).toEqual([
      "c",
      "b",
      "a",
    ]);
  });

  it("R-SEL then the name, lower-cased and in NFC", () => {
    const composed: Parameters<typeof server> = ["1", null, { name: "\u00e9" }];
    const decomposed: Parameters<typeof server> = [
      "2",
      null,
      { name: "E\u0301", created_at: "2025-01-01T00:00:00.000Z" },
    ];
    expect(names(composed, decomposed, ["3", null, { name: "Z" }])).toEqual(["3", "2", "1"]);
  });

  it("R-SEL names by code point, not by UTF-16 unit", () => {
    expect(names(["astral", null, { name: "\u{1f4ee}" }], ["private", null, { name: "\ue000" }])).toEqual([
      "private",
      "astral",
    ]);
  });

  it("R-SEL then creation, then the id", () => {
    const name = "same";
    const late = "2026-02-01T00:00:00.000Z";
    expect(names(["x", null, { name, created_at: late }], ["z", null, { name }], ["y", null, { name }])).toEqual([
      "y",
      "z",
      "x",
    ]);
  });
});
