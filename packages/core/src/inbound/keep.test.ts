import { expect, it } from "vitest";
import { type Reason, StoreBusy, TransactionCanceled } from "../ports/store.ts";
import { isOutrun } from "./keep.ts";

const canceled = (...codes: Reason["code"][]) => new TransactionCanceled(codes.map((code) => ({ code })));

it.each([
  ["a condition", canceled("None", "ConditionalCheckFailed"), true],
  ["a condition beside a conflict", canceled("TransactionConflict", "ConditionalCheckFailed"), true],
  ["an item that is too large", canceled("Other", "None"), false],
  ["a conflict", canceled("TransactionConflict"), false],
  ["a busy store", new StoreBusy("busy"), false],
])("R-IN is decided anew, or not, where what stood in the way was %s", (_, error, anew) => {
  expect(isOutrun(error)).toBe(anew);
});
