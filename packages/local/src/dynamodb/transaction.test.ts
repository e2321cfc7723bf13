import type { TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createFixture, createGate, type Fixture, TABLE } from "./fixture.ts";

const gate = createGate();
let fixture: Fixture;
let pk = "";
let tests = 0;

beforeAll(async () => {
  fixture = await createFixture({ probe: gate.probe });
});
afterAll(() => fixture.close());
beforeEach(() => {
  pk = `TEST#${tests++}`;
});

const put = (sk: string, more: Record<string, unknown> = {}) => ({
  Put: { TableName: TABLE, Item: { pk, sk, ...more } },
});
const transact = (...TransactItems: ReturnType<typeof put>[]) => fixture.doc.transactWrite({ TransactItems });
const get = async (sk: string) =>
  (await fixture.doc.get({ TableName: TABLE, Key: { pk, sk }, ConsistentRead: true })).Item;
const outcome = (work: Promise<unknown>): Promise<Error | undefined> =>
  work.then(
    () => undefined,
    (error: Error) => error,
  );
const codes = (error: Error | undefined) =>
  (error as TransactionCanceledException).CancellationReasons?.map(({ Code }) => Code);

/** Runs `meanwhile` while a transaction that puts the items is in flight, and sees that it is committed. */
async function inFlight(sks: string[], meanwhile: () => Promise<void>): Promise<void> {
  const { status } = await gate.during(() => transact(...sks.map((sk) => put(sk, { by: "first" }))), meanwhile);
  expect(status).toBe("fulfilled");
  for (const sk of sks) expect(await get(sk)).toMatchObject({ by: "first" });
}

describe("a transaction in flight", () => {
  it("cancels a later one on a shared item, by position, and commits itself", async () => {
    await inFlight(["a", "b"], async () => {
      const error = await outcome(transact(put("c"), put("b", { by: "second" })));
      expect(error?.name).toBe("TransactionCanceledException");
      expect(codes(error)).toEqual(["None", "TransactionConflict"]);
      expect((error as TransactionCanceledException).CancellationReasons?.[1]?.Message).toMatch(/ongoing/);
    });
    expect(await get("c")).toBeUndefined();
  });

  it("makes conflicts and failed conditions come mixed", () =>
    inFlight(["a"], async () => {
      const check = { TableName: TABLE, Key: { pk, sk: "none" }, ConditionExpression: "attribute_exists(pk)" };
      const TransactItems = [put("a"), { ConditionCheck: check }];
      const error = await outcome(fixture.doc.transactWrite({ TransactItems }));
      expect(codes(error)).toEqual(["TransactionConflict", "ConditionalCheckFailed"]);
    }));

  it("refuses plain writes to its items with TransactionConflictException", () =>
    inFlight(["a"], async () => {
      const on = { TableName: TABLE, Key: { pk, sk: "a" } };
      const { doc } = fixture;
      const refused = await Promise.all([
        outcome(doc.put({ TableName: TABLE, Item: on.Key })),
        outcome(doc.delete(on)),
        outcome(doc.update({ ...on, UpdateExpression: "REMOVE x" })),
      ]);
      expect(refused.map((error) => error?.name)).toEqual(Array(3).fill("TransactionConflictException"));
    }));

  it("leaves its items unprocessed in a batch, and takes the others", async () => {
    await inFlight(["a"], async () => {
      const requests = ["a", "b"].map((sk) => ({ PutRequest: { Item: { pk, sk, by: "batch" } } }));
      const { UnprocessedItems } = await fixture.doc.batchWrite({ RequestItems: { [TABLE]: requests } });
      expect(UnprocessedItems).toEqual({ [TABLE]: [requests[0]] });
    });
    expect(await get("b")).toMatchObject({ by: "batch" });
  });

  it("is not seen by reads, and delays neither them nor writes and transactions on other items", async () => {
    await fixture.doc.put({ TableName: TABLE, Item: { pk, sk: "a", by: "before" } });
    await inFlight(["a"], async () => {
      expect(await get("a")).toMatchObject({ by: "before" });
      await fixture.doc.put({ TableName: TABLE, Item: { pk, sk: "b" } });
      await transact(put("c"), put("d"));
    });
  });

  it("cancels a transactional read of its items", () =>
    inFlight(["a"], async () => {
      const Get = (sk: string) => ({ Get: { TableName: TABLE, Key: { pk, sk } } });
      const error = await outcome(fixture.doc.transactGet({ TransactItems: [Get("b"), Get("a")] }));
      expect(codes(error)).toEqual(["None", "TransactionConflict"]);
    }));

  it("answers its own token with TransactionInProgressException, and later with the result", async () => {
    const call = { ClientRequestToken: `token-${pk}`, TransactItems: [put("a")] };
    const first = await gate.during(
      () => fixture.doc.transactWrite(call),
      async () => {
        expect((await outcome(fixture.doc.transactWrite(call)))?.name).toBe("TransactionInProgressException");
      },
    );
    expect(first.status).toBe("fulfilled");
    expect(await outcome(fixture.doc.transactWrite(call))).toBeUndefined();
  });
});

describe("a transaction", () => {
  it("reports what an update cannot do as ValidationError, and an item too large", async () => {
    await fixture.doc.put({ TableName: TABLE, Item: { pk, sk: "text", text: "no number" } });
    const add = { UpdateExpression: "SET #t = #t + :n", ExpressionAttributeNames: { "#t": "text" } };
    const Update = { TableName: TABLE, Key: { pk, sk: "text" }, ...add, ExpressionAttributeValues: { ":n": 1 } };
    const TransactItems = [put("a"), { Update }, put("big", { body: "ü".repeat(204_800) })];
    const error = await outcome(fixture.doc.transactWrite({ TransactItems }));
    expect(codes(error)).toEqual(["None", "ValidationError", "ValidationError"]);
    expect(await get("a")).toBeUndefined();
  });

  it("lets only the first of many that overlap through, and takes the others when they try again", async () => {
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => outcome(transact(put("hot"), put("cold")))));
    expect(outcomes.filter((error) => error === undefined).length).toBeGreaterThan(0);
    for (const error of outcomes)
      if (error) expect(codes(error)).toEqual(["TransactionConflict", "TransactionConflict"]);
    expect(await outcome(transact(put("hot")))).toBeUndefined();
  });
});
