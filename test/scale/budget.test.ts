import { expect, it } from "vitest";
import { compare, type Line } from "../bench/budget.ts";
import type { Cost } from "../bench/cost.ts";
import { indexes, type Steps, some, total } from "./units.ts";

const none: Cost = { calls: {}, reads: 0, writes: {}, indexes: 0 };
/** What the budget says, which is what `test/bench/budget.test.ts` counts. */
const lines = compare({
  ...{ accept: none, "accept with key": none, "batch of 100": none, dispatch: none, "dispatch, of a batch": none },
  ...{ "feedback, nothing new": none, "feedback, ten delivered": none, "feedback, settles": none },
});

/** Of one of the budget's steps: read units, write units of the table and of its indexes. */
function budgetOf(step: Line["step"]) {
  const own = lines.filter((line) => line.step === step);
  const sum = (isIt: (what: string) => boolean): number =>
    own.filter(({ what }) => isIt(what)).reduce((all, { budget }) => all + (budget ?? 0), 0);
  return {
    reads: sum((what) => what === "read units"),
    table: sum((what) => what.startsWith("write units") && !what.endsWith("indexes")),
    indexes: sum((what) => what === "write units, indexes"),
  };
}

function unitsOf(steps: Partial<Steps>) {
  const sum = (what: "reads" | "writes", isIt: (index: boolean) => boolean): number =>
    [...total(some(steps), what)].reduce((all, [place, n]) => all + (isIt(indexes.includes(place)) ? n : 0), 0);
  return {
    reads: sum("reads", () => true),
    table: sum("writes", (isIndex) => !isIndex),
    indexes: sum("writes", (isIndex) => isIndex),
  };
}

it.each<[Line["step"], Partial<Steps>]>([
  ["accept", { accepted: 1 }],
  ["dispatch", { "sent, transactional": 1, "sent, counted": 1 }],
  ["feedback, nothing new", { "told sent": 1 }],
  ["feedback, ten delivered", { delivered: 10, "counted together": 1 }],
])("the simulation charges %s with what the budget of a mail counts", (step, steps) => {
  expect(unitsOf(steps)).toEqual(budgetOf(step));
});

it("the simulation charges a batch of 100 with what the budget counts, and mass mail with its opt-outs beside", () => {
  const optOuts = 50;
  const { reads, ...writes } = unitsOf({ batch: 1, "mail of a batch": 100 });
  expect({ reads: reads - optOuts, ...writes }).toEqual(budgetOf("batch of 100"));
});

it("the simulation charges the sending of a batch's mail with what the budget counts, and mass mail with its lists and key beside", () => {
  const [lists, key] = [1, 1];
  const { reads, ...writes } = unitsOf({ "sent, mass": 1, "key of links read": 1, "sent, counted": 1 });
  expect({ reads: reads - lists - key, ...writes }).toEqual(budgetOf("dispatch, of a batch"));
});
