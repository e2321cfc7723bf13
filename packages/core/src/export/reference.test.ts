import fc from "fast-check";
import { expect, it } from "vitest";
import { references } from "./reference.ts";

it("the second of a name is name#2, whatever else is named so", () => {
  expect(references(["a", "b", "a", "a#2", "a"])).toEqual(["a", "b", "a#2", "a#2#1", "a#3"]);
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

it("a reference says which one of which name is meant, in whatever order", () => {
  const names = fc.array(fc.constantFrom("a", "b", "a#2", "a#2#2", "b#3", ""));
  const shuffled = names.chain((list) =>
    fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
  );
  fc.assert(
    fc.property(shuffled, ([list, other]) => {
      const byName = (names: readonly string[]) =>
        references(names)
          .map((reference, n) => [names[n], reference].join(" is "))
          .toSorted();
      expect(byName(other)).toEqual(byName(list));
    }),
  );
});
