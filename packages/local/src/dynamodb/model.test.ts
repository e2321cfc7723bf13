import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compare } from "./crash.ts";
import { all, createFixture, type Fixture, TABLE } from "./fixture.ts";

/** One step on one of a few items: `due` undefined leaves it out of the index. */
const step = fc.record({
  kind: fc.constantFrom("put", "update", "delete", "transaction" as const),
  sk: fc.constantFrom("a", "b", "c"),
  n: fc.integer({ min: 0, max: 9 }),
  due: fc.option(fc.constantFrom("1", "2"), { nil: undefined }),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

describe("any sequence of writes", () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await createFixture({ transactionMs: 0 });
  });
  afterAll(() => fixture.close());

  const itemOf = ({ sk, n, due }: Step) => ({
    pk: "p",
    sk,
    n,
    ...(due === undefined ? {} : { due_pk: "D", due_sk: due }),
  });

  /** An update sets `n` and the index key, or removes the index key; it makes the item when there is none. */
  const updateOf = ({ sk, n, due }: Step) => ({
    ...{ TableName: TABLE, Key: { pk: "p", sk } },
    UpdateExpression: due === undefined ? "SET n = :n REMOVE due_pk, due_sk" : "SET n = :n, due_pk = :p, due_sk = :d",
    ExpressionAttributeValues: due === undefined ? { ":n": n } : { ":n": n, ":p": "D", ":d": due },
  });

  async function run(one: Step): Promise<void> {
    const { doc } = fixture;
    if (one.kind === "put") await doc.put({ TableName: TABLE, Item: itemOf(one) });
    if (one.kind === "update") await doc.update(updateOf(one));
    if (one.kind === "delete") await doc.delete({ TableName: TABLE, Key: { pk: "p", sk: one.sk } });
    if (one.kind === "transaction")
      await doc.transactWrite({ TransactItems: [{ Put: { TableName: TABLE, Item: itemOf(one) } }] });
  }

  it("leaves the items a model has, and the index in agreement with them", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        const model = new Map((await all(fixture.doc)).map((item) => [item.sk, item]));
        for (const one of steps) {
          await run(one);
          if (one.kind === "delete") model.delete(one.sk);
          else model.set(one.sk, itemOf(one));
        }
        const items = await all(fixture.doc);
        expect(new Map(items.map((item) => [item.sk, item]))).toEqual(model);
        expect(compare(items, await all(fixture.doc, "due"))).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });
});
