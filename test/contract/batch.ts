import { describe, expect, it } from "vitest";
import { failure, fresh, type Store, TABLE } from "./table.ts";

/** BatchGetItem and BatchWriteItem. */
export function batches(use: () => Store): void {
  const keys = (pk: string, count: number) => Array.from({ length: count }, (_, n) => ({ pk, sk: String(n) }));

  const putAll = (Items: Record<string, unknown>[]) =>
    use().doc.batchWrite({ RequestItems: { [TABLE]: Items.map((Item) => ({ PutRequest: { Item } })) } });

  describe("batches", () => {
    it("write 25, read up to 100, and leave out what is not there", async () => {
      const { doc } = use();
      const pk = fresh();
      const { UnprocessedItems } = await putAll(keys(pk, 25));
      expect(UnprocessedItems).toEqual({});
      const wanted = { Keys: keys(pk, 100), ConsistentRead: true };
      const { Responses, UnprocessedKeys } = await doc.batchGet({ RequestItems: { [TABLE]: wanted } });
      expect(UnprocessedKeys).toEqual({});
      const found = (Responses?.[TABLE] ?? []).map(({ sk }) => Number(sk)).toSorted((a, b) => a - b);
      expect(found).toEqual(Array.from({ length: 25 }, (_, n) => n));
    });

    it("put and delete together, with the indexes", async () => {
      const { doc } = use();
      const shard = `DUE#${fresh()}`;
      const pk = fresh();
      await putAll([{ pk, sk: "old", due_pk: shard, due_sk: "1" }]);
      await doc.batchWrite({
        RequestItems: {
          [TABLE]: [
            { PutRequest: { Item: { pk, sk: "new", due_pk: shard, due_sk: "2" } } },
            { DeleteRequest: { Key: { pk, sk: "old" } } },
          ],
        },
      });
      const { Items } = await doc.query({
        ...{ TableName: TABLE, IndexName: "due", KeyConditionExpression: "due_pk = :p" },
        ExpressionAttributeValues: { ":p": shard },
      });
      expect(Items).toEqual([{ pk, sk: "new", due_pk: shard, due_sk: "2" }]);
    });

    it("refuse more than 25 writes and 100 reads", async () => {
      const { doc } = use();
      const pk = fresh();
      expect((await failure(putAll(keys(pk, 26)))).name).toBe("ValidationException");
      const read = doc.batchGet({ RequestItems: { [TABLE]: { Keys: keys(pk, 101) } } });
      expect((await failure(read)).name).toBe("ValidationException");
    });

    it("refuse duplicates and a malformed member, and then write nothing", async () => {
      const { doc } = use();
      const pk = fresh();
      const good = { pk, sk: "good" };
      for (const bad of [
        [
          { pk, sk: "twice" },
          { pk, sk: "twice" },
        ],
        [{ pk }],
        [{ pk, sk: "x", body: "ü".repeat(204_800) }],
      ]) {
        expect((await failure(putAll([good, ...bad]))).name).toBe("ValidationException");
      }
      const { Item } = await doc.get({ TableName: TABLE, Key: good, ConsistentRead: true });
      expect(Item).toBeUndefined();
      const read = doc.batchGet({ RequestItems: { [TABLE]: { Keys: [good, good] } } });
      expect((await failure(read)).name).toBe("ValidationException");
    });
  });
}
