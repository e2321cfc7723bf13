import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as Capacity from "./capacity.ts";
import type { Item } from "./item.ts";
import type { Index, Table } from "./schema.ts";

const keys = (hash: string, range: string): Table["KeySchema"] => [
  { AttributeName: hash, KeyType: "HASH" },
  { AttributeName: range, KeyType: "RANGE" },
];

const index = (IndexName: string, projection: Partial<Index["Projection"]> = {}): Index => ({
  ...{ IndexName, KeySchema: keys(`${IndexName}_pk`, `${IndexName}_sk`) },
  Projection: { ProjectionType: "KEYS_ONLY", ...projection },
});

const table: Table = {
  ...{ TableName: "Main", TableStatus: "ACTIVE", KeySchema: keys("pk", "sk"), AttributeDefinitions: [] },
  GlobalSecondaryIndexes: [
    ...[index("due"), index("full", { ProjectionType: "ALL" })],
    index("some", { ProjectionType: "INCLUDE", NonKeyAttributes: ["extra"] }),
  ],
};

/** An item of exactly `bytes` bytes with the given keys. */
function item(bytes: number, more: Record<string, string> = {}): Item {
  const strings: Item = { pk: { S: "p" }, sk: { S: "s" } };
  for (const [name, value] of Object.entries(more)) strings[name] = { S: value };
  const used = Object.entries(strings).reduce((sum, [name, { S = "" }]) => sum + name.length + S.length, 0);
  return { ...strings, fill: { S: "x".repeat(bytes - used - 4) } };
}

const due = { due_pk: "D", due_sk: "1" };
const some = { some_pk: "S", some_sk: "1" };
const full = { full_pk: "F", full_sk: "1" };

describe("write units", () => {
  it.each([
    [0, 1],
    [1, 1],
    [1024, 1],
    [1025, 2],
    [400 * 1024, 400],
  ])("%i bytes cost %i", (bytes, units) => {
    expect(Capacity.writeUnits(bytes)).toBe(units);
  });

  it.each<[string, Item | undefined, Item | undefined, number, Record<string, number>]>([
    ["a new item without index keys", undefined, item(1500), 2, {}],
    ["the larger image when it shrinks", item(3000), item(10 + 4), 3, {}],
    ["a deletion by the old image", item(2049), undefined, 3, {}],
    ["a deletion of nothing", undefined, undefined, 1, {}],
    ["an entry that appears", item(100), item(100, due), 1, { due: 1 }],
    ["an entry that goes", item(100, due), item(100), 1, { due: 1 }],
    ["an entry whose key changes: deleted and put", item(100, due), item(100, { ...due, due_sk: "2" }), 1, { due: 2 }],
    ["no entry when nothing projected changes", item(100, due), item(2000, due), 2, {}],
    ["no entry while a key of it is missing", undefined, item(100, { due_pk: "D" }), 1, {}],
    ["a full projection when any attribute changes", item(100, full), item(2000, full), 2, { full: 2 }],
    ["an included attribute that changes", item(100, some), item(100, { ...some, extra: "e" }), 1, { some: 1 }],
    ["each index by its own entry", undefined, item(3000, { ...due, ...full }), 3, { due: 1, full: 3 }],
  ])("count %s", (_what, before, after, units, indexes) => {
    expect(Capacity.ofWrite({ table, before, after })).toEqual({ table: "Main", units, indexes });
  });

  it("double the table's in a transaction, and not the indexes'", () => {
    const cost = Capacity.ofWrite({ table, after: item(1500, due) }, true);
    expect(cost).toEqual({ table: "Main", units: 4, indexes: { due: 1 } });
  });

  it("count a refused condition by the item it met", () => {
    expect(Capacity.ofCheck(table, item(2500))).toEqual({ table: "Main", units: 3, indexes: {} });
    expect(Capacity.ofCheck(table, undefined, true).units).toBe(2);
  });

  it("see no difference in dynalite's copies, which have no prototype", () => {
    const copy = Object.assign(Object.create(null) as Item, structuredClone(item(100, due)));
    copy.due_pk = Object.assign(Object.create(null) as Item["x"], { S: "D" }) ?? {};
    expect(Capacity.ofWrite({ table, before: item(100, due), after: copy }).indexes).toEqual({});
  });
});

describe("a change and its reverse", () => {
  const key = fc.option(fc.constantFrom("1", "2"), { nil: undefined });
  const image = fc.option(
    fc
      .record({ bytes: fc.integer({ min: 60, max: 5000 }), due_pk: key, due_sk: key, full_pk: key, full_sk: key })
      .map(({ bytes, ...keys }) => item(bytes, JSON.parse(JSON.stringify(keys)) as Record<string, string>)),
    { nil: undefined },
  );

  it("cost the same, and a change to the same image nothing on the indexes", () => {
    fc.assert(
      fc.property(image, image, (before, after) => {
        expect(Capacity.ofWrite({ table, before, after })).toEqual(
          Capacity.ofWrite({ table, before: after, after: before }),
        );
        expect(Capacity.ofWrite({ table, before, after: before }).indexes).toEqual({});
      }),
    );
  });
});

describe("read units", () => {
  it.each([
    [0, true, 1],
    [0, false, 0.5],
    [4096, true, 1],
    [4097, true, 2],
    [4097, false, 1],
    [12_289, false, 2],
  ])("%i bytes, consistent %s: %d", (bytes, consistent, units) => {
    expect(Capacity.readUnits(bytes, consistent)).toBe(units);
  });

  it("are twice a consistent read in a transaction", () => {
    expect(Capacity.ofRead("Main", item(5000)).units).toBe(4);
    expect(Capacity.ofRead("Main", undefined).units).toBe(2);
  });
});

describe("reports", () => {
  const cost = { table: "Main", units: 3, indexes: { due: 2 } };

  it("have the detail that was asked for", () => {
    expect(Capacity.report(cost, undefined)).toBeUndefined();
    expect(Capacity.report(cost, "NONE")).toBeUndefined();
    expect(Capacity.report(cost, "TOTAL")).toEqual({ TableName: "Main", CapacityUnits: 5 });
    expect(Capacity.report(cost, "INDEXES")).toEqual({
      ...{ TableName: "Main", CapacityUnits: 5, Table: { CapacityUnits: 3 } },
      GlobalSecondaryIndexes: { due: { CapacityUnits: 2 } },
    });
  });

  it("add up per table and leave what they add as it was", () => {
    const other = { table: "Other", units: 1, indexes: {} };
    expect(Capacity.sum([cost, other, cost])).toEqual([{ table: "Main", units: 6, indexes: { due: 4 } }, other]);
    expect(cost).toEqual({ table: "Main", units: 3, indexes: { due: 2 } });
  });
});
