import { describe, expect, it } from "vitest";
import { type Item, size, sizeOf } from "./item.ts";

describe("size of an item", () => {
  it.each<[string, Item, number]>([
    ["names and strings in UTF-8", { ü: { S: "a€" } }, 2 + 4],
    ["an empty string", { a: { S: "" } }, 1],
    ["binary by its bytes", { a: { B: "AAEC" } }, 1 + 3],
    ["booleans and null", { a: { BOOL: false }, b: { NULL: true } }, 4],
    ["sets without overhead", { a: { SS: ["x", "yy"] }, b: { NS: ["1", "22"] }, c: { BS: ["AAE="] } }, 3 + 3 + 4 + 2],
    ["an empty list and map", { a: { L: [] }, b: { M: {} } }, 2 + 3 + 3],
    ["a list: 3 and 1 for each element", { a: { L: [{ S: "ab" }, { BOOL: true }] } }, 1 + 3 + (1 + 2) + (1 + 1)],
    ["a map: 3 and 1 for each entry", { a: { M: { key: { S: "ab" }, k: { NULL: true } } } }, 1 + 3 + (1 + 5) + (1 + 2)],
  ])("counts %s", (_what, item, bytes) => {
    expect(size(item)).toBe(bytes);
  });

  it("is 0 for an item that is not there", () => {
    expect(size(undefined)).toBe(0);
  });

  // The same as DynamoDB Local finds, measured by filling items up to the next unit.
  it.each([
    ...([
      ["0", 1],
      ["1", 2],
      ["12", 2],
      ["120", 3],
      ["123", 3],
      ["100000", 2],
      ["0.5", 2],
      ["1.5", 3],
    ] as const),
    ...([
      ["-5", 3],
      ["123456.789", 6],
      ["-123456.789", 7],
      ["9".repeat(38), 20],
      [`-${"9".repeat(37)}.9`, 21],
    ] as const),
  ])("counts the number %s as %i bytes", (N, bytes) => {
    expect(sizeOf({ N })).toBe(bytes);
  });
});
