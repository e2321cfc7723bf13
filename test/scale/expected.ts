import { expect } from "vitest";
import type { Counted } from "./count.ts";
import { indexes, type Place, type Steps, some, sum, total } from "./units.ts";

const isIndex = (place: Place): boolean => indexes.includes(place);

/** Expects that work has written what these steps are charged with: units, those of each index, and where. */
export function expectSteps({ writes, indexes: counted, places }: Counted, steps: Partial<Steps>): void {
  const all = some(steps);
  const expected = total(all, "writes");
  expect({ writes, indexes: counted, places }).toEqual({
    writes: sum(all, "writes"),
    indexes: Object.fromEntries(indexes.map((index) => [index, expected.get(index) ?? 0])),
    places: [...expected].flatMap(([place, n]) => (n > 0 && !isIndex(place) ? [place] : [])).toSorted(),
  });
}

/** Expects that work has read what these steps are charged with. */
export const expectReads = ({ reads }: Counted, steps: Partial<Steps>): void =>
  expect(reads).toBe(sum(some(steps), "reads"));
