import fc from "fast-check";
import { expect, it } from "vitest";
import { references } from "./reference.ts";

it("the second of a name is name#2, whatever else is named so", () => {
  expect(references(["a", "b", "a", "a#2", "a"])).toEqual(["a", "b", "a#2", "a#2#2", "a#3"]);
});

it("references are always different, and always the same", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("a", "b", "a#2", "a#2#2", "b#3", "")), (names) => {
      const found = references(names);
      expect(new Set(found).size).toBe(names.length);
      expect(references(names)).toEqual(found);
    }),
  );
});
