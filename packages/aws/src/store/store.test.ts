import { ConditionFailed, type Item, type Store, StoreBusy, TransactionCanceled } from "@posthouse/core/ports/store";
import { broken, type Fault, type FaultHook, throttled } from "@posthouse/local/dynamodb/fault";
import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

let test: TestPorts;
let store: Store;
let fault: FaultHook | undefined;
let n = 0;
let pk = "";

beforeAll(async () => {
  test = await startTestPorts({ dynamodb: { fault: (call) => fault?.(call) } });
  ({ store } = test.ports);
});
afterAll(() => test.close());
beforeEach(() => {
  fault = undefined;
  pk = `TEST#${n++}`;
});

/** Lets the next call of an operation go wrong, so many times. */
function breakNext(operation: string, what: Fault, times = 1): { calls: number } {
  const seen = { calls: 0 };
  fault = (call) => (call.operation === operation && ++seen.calls <= times ? what : undefined);
  return seen;
}

async function caught(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("single writes", () => {
  it("puts, reads and deletes every type an item has", async () => {
    const item = {
      pk,
      sk: "a",
      text: "ü",
      n: 1.5,
      yes: true,
      none: null,
      list: [1, "x", { y: [] }],
      bytes: new Uint8Array([1, 2]),
    };
    expect(await store.write({ put: { ...item, left_out: undefined } })).toBeUndefined();
    expect(await store.get({ pk, sk: "a" }, { consistent: true })).toEqual(item);
    expect(await store.write({ delete: { pk, sk: "a" } })).toEqual(item);
    expect(await store.get({ pk, sk: "a" })).toBeUndefined();
    expect(await store.write({ delete: { pk, sk: "a" } })).toBeUndefined();
  });

  it("updates and answers the item as it then is", async () => {
    const update = { update: { pk, sk: "a" }, set: { state: "new", gone: 1 }, add: { n: 2 } };
    expect(await store.write(update)).toEqual({ pk, sk: "a", state: "new", gone: 1, n: 2 });
    const next = { update: { pk, sk: "a" }, add: { n: -1 }, remove: ["gone"], if: "#n = :n", values: { n: 2 } };
    expect(await store.write(next)).toEqual({ pk, sk: "a", state: "new", n: 1 });
  });

  it("throws ConditionFailed with what was there", async () => {
    await store.write({ put: { pk, sk: "a", left: 3 } });
    const write = { update: { pk, sk: "a" }, add: { left: -5 }, if: "#left >= :n", values: { n: 5 } };
    const error = await caught(store.write(write));
    expect(error).toBeInstanceOf(ConditionFailed);
    expect(error).toHaveProperty("item", { pk, sk: "a", left: 3 });
    const none = await caught(store.write({ delete: { pk, sk: "b" }, if: "attribute_exists(pk)" }));
    expect(none).toBeInstanceOf(ConditionFailed);
    expect(none).toHaveProperty("item", undefined);
  });

  it("repeats what was surely not applied", async () => {
    const seen = breakNext("UpdateItem", { when: "before", error: throttled() }, 2);
    expect(await store.write({ update: { pk, sk: "a" }, add: { n: 1 } })).toHaveProperty("n", 1);
    expect(seen.calls).toBe(3);
  });

  it("never repeats an ADD, nor a condition, whose answer was lost", async () => {
    const added = breakNext("UpdateItem", { when: "after" });
    expect(await caught(store.write({ update: { pk, sk: "a" }, add: { n: 1 } }))).toBeInstanceOf(StoreBusy);
    expect(added.calls).toBe(1);
    expect(await store.get({ pk, sk: "a" }, { consistent: true })).toHaveProperty("n", 1);
    const put = breakNext("PutItem", { when: "after", error: broken() });
    const error = await caught(store.write({ put: { pk, sk: "b" }, if: "attribute_not_exists(pk)" }));
    expect(error).toBeInstanceOf(StoreBusy);
    expect(error).toHaveProperty("cause.name", "InternalServerError");
    expect(put.calls).toBe(1);
  });

  it("repeats a lost write that says the same whenever it is made", async () => {
    const seen = breakNext("PutItem", { when: "after" });
    await store.write({ put: { pk, sk: "a", n: 1 } });
    expect(seen.calls).toBe(2);
  });
});

describe("transactions", () => {
  it("writes all or nothing, and gives the reasons in order", async () => {
    await store.write({ put: { pk, sk: "counter", left: 1 } });
    const take = { update: { pk, sk: "counter" }, add: { left: -2 }, if: "#left >= :n", values: { n: 2 } };
    const error = await caught(
      store.transact([{ put: { pk, sk: "head" } }, take, { check: { pk, sk: "x" }, if: "attribute_not_exists(pk)" }]),
    );
    expect(error).toBeInstanceOf(TransactionCanceled);
    expect((error as TransactionCanceled).reasons).toEqual([
      { code: "None" },
      { code: "ConditionalCheckFailed", item: { pk, sk: "counter", left: 1 } },
      { code: "None" },
    ]);
    expect(await store.get({ pk, sk: "head" }, { consistent: true })).toBeUndefined();
  });

  it.each([
    ["cut off", { when: "after" as const }],
    ["answered with 500", { when: "after" as const, error: broken() }],
  ])("carries a transaction out once when its answer is %s", async (_, what) => {
    const seen = breakNext("TransactWriteItems", what);
    await store.transact([{ update: { pk, sk: "counter" }, add: { n: 1 } }]);
    expect(seen.calls).toBe(2);
    expect(await store.get({ pk, sk: "counter" }, { consistent: true })).toHaveProperty("n", 1);
  });

  it("takes the same token again as done", async () => {
    const writes = [{ update: { pk, sk: "counter" }, add: { n: 1 } }];
    await store.transact(writes, "token-1");
    await store.transact(writes, "token-1");
    expect(await store.get({ pk, sk: "counter" }, { consistent: true })).toHaveProperty("n", 1);
  });

  it("leaves throttling after the SDK's own patience to the caller, as StoreBusy", async () => {
    breakNext("TransactWriteItems", { when: "before", error: throttled() }, 10);
    expect(await caught(store.transact([{ put: { pk, sk: "a" } }]))).toBeInstanceOf(StoreBusy);
  });

  it("a plain write waits out the transactions in its way", async () => {
    await store.write({ put: { pk, sk: "counter", n: 0 } });
    const busy = Array.from({ length: 5 }, () =>
      caught(store.transact([{ update: { pk, sk: "counter" }, add: { n: 1 } }])),
    );
    await store.write({ update: { pk, sk: "counter" }, set: { seen: true } });
    const lost = (await Promise.all(busy)).filter((error) => error !== undefined).length;
    expect(await store.get({ pk, sk: "counter" }, { consistent: true })).toMatchObject({ seen: true, n: 5 - lost });
  });
});

describe("queries", () => {
  const sks = (items: Item[]): string[] => items.map(({ sk }) => sk);
  const all = ["a", "b1", "b2", "b3", "c"];
  beforeEach(async () => {
    await Promise.all(all.map((sk) => store.write({ put: { pk, sk, due_pk: `DUE#${pk}`, due_sk: `t${sk}` } })));
  });

  it.each([
    [{}, all],
    [{ descending: true }, all.toReversed()],
    [{ prefix: "b" }, ["b1", "b2", "b3"]],
    [{ below: "b2" }, ["a", "b1"]],
    [{ above: "b2" }, ["b3", "c"]],
    [{ above: "b1", below: "c" }, ["b2", "b3"]],
    [{ prefix: "b", above: "b1" }, ["b2", "b3"]],
    [{ prefix: "b", below: "b3", descending: true }, ["b2", "b1"]],
    [{ above: "c", below: "a" }, []],
  ])("reads %o", async (bounds, expected) => {
    expect(sks((await store.query({ pk, consistent: true, ...bounds })).items)).toEqual(expected);
  });

  it("pages by limit and cursor, and has none at the end", async () => {
    const first = await store.query({ pk, limit: 3 });
    expect(sks(first.items)).toEqual(["a", "b1", "b2"]);
    const second = await store.query({ pk, limit: 3, cursor: first.cursor as string });
    expect(sks(second.items)).toEqual(["b3", "c"]);
    expect(second.cursor).toBeUndefined();
  });

  it("reads an index by its own keys, with a cursor, keys only", async () => {
    const first = await store.query({ pk: `DUE#${pk}`, index: "due", below: "tc", limit: 2 });
    expect(first.items[0]).toEqual({ pk, sk: "a", due_pk: `DUE#${pk}`, due_sk: "ta" });
    const second = await store.query({ pk: `DUE#${pk}`, index: "due", below: "tc", cursor: first.cursor as string });
    expect(sks([...first.items, ...second.items])).toEqual(["a", "b1", "b2", "b3"]);
  });

  it("an item without the index's attributes is not in it", async () => {
    await store.write({ update: { pk, sk: "a" }, remove: ["due_pk", "due_sk"] });
    expect(sks((await store.query({ pk: `DUE#${pk}`, index: "due" })).items)).toEqual(["b1", "b2", "b3", "c"]);
  });
});

describe("batchGet", () => {
  it("reads over a hundred keys, each once, and leaves out what is missing", async () => {
    const keys = Array.from({ length: 120 }, (_, i) => ({ pk, sk: `k${i}` }));
    await Promise.all(keys.map((key) => store.write({ put: key })));
    const items = await store.batchGet([...keys, ...keys, { pk, sk: "missing" }], { consistent: true });
    expect(items).toHaveLength(120);
    expect(await store.batchGet([])).toEqual([]);
  });
});
