import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createFixture, type Fixture, TABLE } from "./fixture.ts";

/** Counted by hand: an item `{pk, sk, body}` has 2 + 1 + 2 + 1 + 4 bytes beside its body. */
describe("the capacity meter", () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await createFixture({ transactionMs: 0 });
    const { doc } = fixture;
    for (let n = 0; n < 9; n++) await doc.put({ TableName: TABLE, Item: item(String(n), 1500) });
  });
  afterAll(() => fixture.close());
  beforeEach(() => fixture.dynamodb.meter.reset());

  const item = (sk: string, bytes: number, more = {}) => ({ pk: "p", sk, body: "x".repeat(bytes - 10), ...more });
  const due = { due_pk: "D", due_sk: "1" };
  const units = () => {
    const { reads, writes, byTarget } = fixture.dynamodb.meter.read();
    return { reads, writes, byTarget };
  };
  const only = (reads: number, writes: number) => ({ reads, writes });

  it("counts plain writes by size and index", async () => {
    const { doc } = fixture;
    const put = (bytes: number, more = {}) => doc.put({ TableName: TABLE, Item: item("w", bytes, more) });
    await put(1024); // 1
    await put(1025, due); // 2 and an entry
    await doc.delete({ TableName: TABLE, Key: { pk: "p", sk: "w" } }); // 2 and an entry
    expect(units()).toEqual({ ...only(0, 7), byTarget: { [TABLE]: only(0, 5), [`${TABLE}/due`]: only(0, 2) } });
    expect(fixture.dynamodb.meter.read().byOperation).toEqual({
      PutItem: { calls: 2, ...only(0, 4) },
      DeleteItem: { calls: 1, ...only(0, 3) },
    });
  });

  it("counts a refused condition by the item it met, and a refused request not at all", async () => {
    const { doc } = fixture;
    const when = { TableName: TABLE, ConditionExpression: "attribute_not_exists(pk)" };
    await expect(doc.put({ ...when, Item: { pk: "p", sk: "0" } })).rejects.toThrow();
    expect(units()).toEqual({ ...only(0, 2), byTarget: { [TABLE]: only(0, 2) } });
    fixture.dynamodb.meter.reset();
    await expect(doc.put({ TableName: TABLE, Item: { pk: "p" } })).rejects.toThrow();
    expect(units()).toEqual({ ...only(0, 0), byTarget: {} });
  });

  it("doubles transactions, committed or cancelled, and counts their index entries once", async () => {
    const { doc } = fixture;
    const check = (sk: string) => ({
      ConditionCheck: { TableName: TABLE, Key: { pk: "p", sk }, ConditionExpression: "attribute_exists(pk)" },
    });
    const put = { Put: { TableName: TABLE, Item: item("t", 1500, due) } };
    await doc.transactWrite({ TransactItems: [put, check("0")] }); // 2 × 2, an entry, 2 × 2
    expect(units()).toEqual({ ...only(0, 9), byTarget: { [TABLE]: only(0, 8), [`${TABLE}/due`]: only(0, 1) } });
    fixture.dynamodb.meter.reset();
    await expect(doc.transactWrite({ TransactItems: [put, check("none")] })).rejects.toThrow(); // 2 × 2, 2 × 1
    expect(units()).toEqual({ ...only(0, 6), byTarget: { [TABLE]: only(0, 6) } });
    await doc.delete({ TableName: TABLE, Key: { pk: "p", sk: "t" } });
  });

  it("counts single reads one by one, and what is not there too", async () => {
    const { doc } = fixture;
    const get = (sk: string, ConsistentRead: boolean) =>
      doc.get({ TableName: TABLE, Key: { pk: "p", sk }, ConsistentRead });
    await get("0", true); // 1
    await get("0", false); // 0.5
    await get("none", true); // 1
    const Keys = ["0", "1", "none"].map((sk) => ({ pk: "p", sk }));
    await doc.batchGet({ RequestItems: { [TABLE]: { Keys } } }); // 1.5
    await doc.transactGet({ TransactItems: Keys.map((Key) => ({ Get: { TableName: TABLE, Key } })) }); // 6
    expect(units()).toEqual({ ...only(10, 0), byTarget: { [TABLE]: only(10, 0) } });
  });

  it("counts a query by what it walks through, filtered or not, projected or not", async () => {
    const { doc } = fixture;
    const query = (more: Record<string, unknown>) =>
      doc.query({
        ...{ TableName: TABLE, KeyConditionExpression: "pk = :p", ExpressionAttributeValues: { ":p": "p" } },
        ...more,
      });
    await query({ ConsistentRead: true }); // 13,500 bytes: 4
    await query({ FilterExpression: "attribute_not_exists(body)", ProjectionExpression: "sk" }); // 2
    await query({ Limit: 2, ConsistentRead: true }); // 3,000 bytes: 1
    await query({ ExpressionAttributeValues: { ":p": "none" } }); // 0.5
    await query({ IndexName: "due", KeyConditionExpression: "due_pk = :p" }); // 0.5 on the index
    expect(units()).toEqual({ ...only(8, 0), byTarget: { [TABLE]: only(7.5, 0), [`${TABLE}/due`]: only(0.5, 0) } });
  });

  it("is what ReturnConsumedCapacity reports", async () => {
    const { doc } = fixture;
    const INDEXES = { ReturnConsumedCapacity: "INDEXES" } as const;
    const { ConsumedCapacity } = await doc.put({ TableName: TABLE, Item: item("r", 1500, due), ...INDEXES });
    expect(ConsumedCapacity).toEqual({
      ...{ TableName: TABLE, CapacityUnits: 3, Table: { CapacityUnits: 2 } },
      GlobalSecondaryIndexes: { due: { CapacityUnits: 1 } },
    });
    const requests = { [TABLE]: [{ DeleteRequest: { Key: { pk: "p", sk: "r" } } }] };
    const batch = await doc.batchWrite({ RequestItems: requests, ReturnConsumedCapacity: "TOTAL" });
    expect(batch.ConsumedCapacity).toEqual([{ TableName: TABLE, CapacityUnits: 3 }]);
  });
});
