import { describe, expect, it } from "vitest";
import { failure, fresh, type Store, TABLE } from "./table.ts";

/** Queries on the table and on its sparse indexes, page by page. */
export function queries(use: () => Store): void {
  const fill = async (pk: string, sks: string[]) => {
    for (const sk of sks) await use().doc.put({ TableName: TABLE, Item: { pk, sk, size: sk.length } });
  };

  const page = (pk: string, options: Record<string, unknown> = {}) =>
    use().doc.query({
      ...{ TableName: TABLE, KeyConditionExpression: "pk = :pk", ExpressionAttributeValues: { ":pk": pk } },
      ...{ ConsistentRead: true, ...options },
    });

  const due = (shard: string, options: Record<string, unknown> = {}) =>
    use().doc.query({
      ...{ TableName: TABLE, IndexName: "due", KeyConditionExpression: "due_pk = :p" },
      ...{ ExpressionAttributeValues: { ":p": shard }, ...options },
    });

  describe("queries", () => {
    it("orders by the bytes of the sort key, both ways", async () => {
      const pk = fresh();
      await fill(pk, ["b", "a", "ab", "B", "ü", "a#"]);
      const order = ["B", "a", "a#", "ab", "b", "ü"];
      expect((await page(pk)).Items?.map(({ sk }) => sk)).toEqual(order);
      expect((await page(pk, { ScanIndexForward: false })).Items?.map(({ sk }) => sk)).toEqual(order.toReversed());
    });

    it("pages by Limit, ascending and descending, without gap or repetition", async () => {
      const pk = fresh();
      const sks = ["1", "2", "3", "4", "5"];
      await fill(pk, sks);
      for (const ScanIndexForward of [true, false]) {
        const seen: unknown[] = [];
        let ExclusiveStartKey: Record<string, unknown> | undefined;
        do {
          const result = await page(pk, {
            Limit: 2,
            ScanIndexForward,
            ...(ExclusiveStartKey ? { ExclusiveStartKey } : {}),
          });
          expect(result.Items?.length).toBeLessThanOrEqual(2);
          seen.push(...(result.Items ?? []).map(({ sk }) => sk));
          ExclusiveStartKey = result.LastEvaluatedKey;
        } while (ExclusiveStartKey);
        expect(seen).toEqual(ScanIndexForward ? sks : sks.toReversed());
      }
    });

    it.each([
      ["begins_with(sk, :a)", { ":a": "EVT#" }, ["EVT#1", "EVT#2", "EVT#3"]],
      ["sk BETWEEN :a AND :b", { ":a": "EVT#2", ":b": "EVT#3" }, ["EVT#2", "EVT#3"]],
      ["sk < :a", { ":a": "EVT#1" }, ["BODY"]],
      ["sk <= :a", { ":a": "EVT#1" }, ["BODY", "EVT#1"]],
      ["sk > :a", { ":a": "EVT#3" }, ["HEAD"]],
      ["sk >= :a", { ":a": "EVT#3" }, ["EVT#3", "HEAD"]],
      ["sk = :a", { ":a": "HEAD" }, ["HEAD"]],
    ])("finds %s", async (condition, values, expected) => {
      const pk = fresh();
      await fill(pk, ["HEAD", "BODY", "EVT#2", "EVT#1", "EVT#3"]);
      const result = await page(pk, {
        KeyConditionExpression: `pk = :pk AND ${condition}`,
        ExpressionAttributeValues: { ":pk": pk, ...values },
      });
      expect(result.Items?.map(({ sk }) => sk)).toEqual(expected);
    });

    it("filters after it has read, counts both, projects what is asked for", async () => {
      const pk = fresh();
      await fill(pk, ["1", "22", "333"]);
      const result = await page(pk, {
        ...{
          FilterExpression: "#size > :one",
          ProjectionExpression: "sk",
          ExpressionAttributeNames: { "#size": "size" },
        },
        ExpressionAttributeValues: { ":pk": pk, ":one": 1 },
      });
      expect(result).toMatchObject({ Items: [{ sk: "22" }, { sk: "333" }], Count: 2, ScannedCount: 3 });
      expect(await page(pk, { Select: "COUNT" })).toMatchObject({ Count: 3, ScannedCount: 3 });
    });

    it("ends a page at 1 MB", async () => {
      const { doc } = use();
      const pk = fresh();
      for (const sk of ["1", "2", "3", "4"])
        await doc.put({ TableName: TABLE, Item: { pk, sk, body: "x".repeat(390_000) } });
      const first = await page(pk);
      expect(first.Items?.length).toBeLessThan(4);
      expect(first.LastEvaluatedKey).toEqual({ pk, sk: first.Items?.at(-1)?.sk });
    });
  });

  describe("sparse indexes", () => {
    it("hold an item while it has both keys, and the keys alone", async () => {
      const { doc } = use();
      const shard = `DUE#${fresh()}`;
      const Key = { pk: fresh(), sk: "HEAD" };
      await doc.put({ TableName: TABLE, Item: { ...Key, due_pk: shard, body: "…" } });
      expect((await due(shard)).Items).toEqual([]);
      const move = (due_sk: string) =>
        doc.update({
          ...{ TableName: TABLE, Key, UpdateExpression: "SET due_sk = :t" },
          ExpressionAttributeValues: { ":t": due_sk },
        });
      await move("2026-01-01");
      expect((await due(shard)).Items).toEqual([{ ...Key, due_pk: shard, due_sk: "2026-01-01" }]);
      await move("2026-01-02");
      expect((await due(shard)).Items).toEqual([{ ...Key, due_pk: shard, due_sk: "2026-01-02" }]);
      await doc.update({ TableName: TABLE, Key, UpdateExpression: "REMOVE due_pk, due_sk" });
      expect((await due(shard)).Items).toEqual([]);
    });

    it("follow a put over an item, and its deletion", async () => {
      const { doc } = use();
      const [one, two] = [`DUE#${fresh()}`, `DUE#${fresh()}`];
      const Key = { pk: fresh(), sk: "HEAD" };
      await doc.put({ TableName: TABLE, Item: { ...Key, due_pk: one, due_sk: "1" } });
      await doc.put({ TableName: TABLE, Item: { ...Key, due_pk: two, due_sk: "1" } });
      expect([(await due(one)).Count, (await due(two)).Count]).toEqual([0, 1]);
      await doc.delete({ TableName: TABLE, Key });
      expect((await due(two)).Count).toBe(0);
    });

    it("keep items with one and the same index key apart, page by page", async () => {
      const { doc } = use();
      const shard = `DUE#${fresh()}`;
      const pks = Array.from({ length: 12 }, () => fresh());
      for (const pk of pks)
        await doc.put({ TableName: TABLE, Item: { pk, sk: "HEAD", due_pk: shard, due_sk: "same" } });
      for (const ScanIndexForward of [true, false]) {
        const seen: string[] = [];
        let ExclusiveStartKey: Record<string, unknown> | undefined;
        do {
          const result = await due(shard, {
            Limit: 5,
            ScanIndexForward,
            ...(ExclusiveStartKey ? { ExclusiveStartKey } : {}),
          });
          seen.push(...(result.Items ?? []).map(({ pk }) => String(pk)));
          ExclusiveStartKey = result.LastEvaluatedKey;
        } while (ExclusiveStartKey);
        expect(seen.toSorted()).toEqual(pks.toSorted());
      }
    });

    it("cannot be read consistently, nor beyond what they hold", async () => {
      expect((await failure(due("DUE#0", { ConsistentRead: true }))).name).toBe("ValidationException");
      expect((await failure(due("DUE#0", { Select: "ALL_ATTRIBUTES" }))).name).toBe("ValidationException");
    });
  });
}
