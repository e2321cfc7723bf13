import { describe, expect, it } from "vitest";
import { codes, failure, fresh, type Store, TABLE } from "./table.ts";

/** TransactWriteItems and TransactGetItems, one at a time; several at once are in `contention.ts`. */
export function transactions(use: () => Store): void {
  const get = async (pk: string, sk: string) =>
    (await use().doc.get({ TableName: TABLE, Key: { pk, sk }, ConsistentRead: true })).Item;

  const put = (pk: string, sk: string, more: Record<string, unknown> = {}) => ({
    Put: { TableName: TABLE, Item: { pk, sk, ...more } },
  });

  const create = (pk: string, sk: string, ReturnValuesOnConditionCheckFailure: "ALL_OLD" | "NONE" = "NONE") => ({
    Put: {
      ...{ TableName: TABLE, Item: { pk, sk, by: "transaction" } },
      ...{ ConditionExpression: "attribute_not_exists(pk)", ReturnValuesOnConditionCheckFailure },
    },
  });

  describe("transactions", () => {
    it("put, update, delete and check together", async () => {
      const { doc } = use();
      const pk = fresh();
      for (const sk of ["update", "delete", "check"]) await doc.put({ TableName: TABLE, Item: { pk, sk, n: 1 } });
      const Key = (sk: string) => ({ TableName: TABLE, Key: { pk, sk } });
      const isOne = { ConditionExpression: "n = :one", ExpressionAttributeValues: { ":one": 1 } };
      await doc.transactWrite({
        TransactItems: [
          put(pk, "put", { due_pk: `DUE#${pk}`, due_sk: "1" }),
          { Update: { ...Key("update"), ...isOne, UpdateExpression: "SET n = n + :one" } },
          { Delete: { ...Key("delete"), ...isOne } },
          { ConditionCheck: { ...Key("check"), ...isOne } },
        ],
      });
      const { Items } = await doc.query({
        ...{ TableName: TABLE, KeyConditionExpression: "pk = :pk", ExpressionAttributeValues: { ":pk": pk } },
        ...{ ConsistentRead: true, ProjectionExpression: "sk, n" },
      });
      expect(Items).toEqual([{ sk: "check", n: 1 }, { sk: "put" }, { sk: "update", n: 2 }]);
      const index = { ExpressionAttributeValues: { ":p": `DUE#${pk}` }, KeyConditionExpression: "due_pk = :p" };
      expect((await doc.query({ TableName: TABLE, IndexName: "due", ...index })).Count).toBe(1);
    });

    it("write nothing when one condition fails, and tell which, with the item if asked", async () => {
      const { doc } = use();
      const pk = fresh();
      const stored = { pk, sk: "there", by: "put", list: [1] };
      await doc.put({ TableName: TABLE, Item: stored });
      await doc.put({ TableName: TABLE, Item: { ...stored, sk: "too" } });
      // Not unmarshalled: the document client leaves exceptions as they are.
      const met = { pk: { S: pk }, sk: { S: "there" }, by: { S: "put" }, list: { L: [{ N: "1" }] } };
      const TransactItems = [put(pk, "a"), create(pk, "there", "ALL_OLD"), create(pk, "new"), create(pk, "too")];
      const error = await failure(doc.transactWrite({ TransactItems }));
      expect(error.name).toBe("TransactionCanceledException");
      expect(error.message).toContain("[None, ConditionalCheckFailed, None, ConditionalCheckFailed]");
      expect(codes(error)).toEqual(["None", "ConditionalCheckFailed", "None", "ConditionalCheckFailed"]);
      expect(error.CancellationReasons?.map(({ Item }) => Item)).toEqual([undefined, met, undefined, undefined]);
      expect(error.CancellationReasons?.[1]?.Message).toBe("The conditional request failed");
      expect([await get(pk, "a"), await get(pk, "new"), await get(pk, "there")]).toEqual([
        undefined,
        undefined,
        stored,
      ]);
    });

    it("fail a check on an item that is not there", async () => {
      const { doc } = use();
      const pk = fresh();
      const check = { TableName: TABLE, Key: { pk, sk: "x" }, ConditionExpression: "attribute_exists(pk)" };
      const error = await failure(doc.transactWrite({ TransactItems: [put(pk, "a"), { ConditionCheck: check }] }));
      expect(codes(error)).toEqual(["None", "ConditionalCheckFailed"]);
    });

    it("are run once for one token, and refused for the same token with other parameters", async () => {
      const { doc } = use();
      const pk = fresh();
      await doc.put({ TableName: TABLE, Item: { pk, sk: "count", n: 0 } });
      const ClientRequestToken = `token-${Date.now()}`;
      const add = (by: number) => ({
        Update: {
          ...{ TableName: TABLE, Key: { pk, sk: "count" }, UpdateExpression: "SET n = n + :by" },
          ExpressionAttributeValues: { ":by": by },
        },
      });
      for (let call = 0; call < 3; call++) await doc.transactWrite({ ClientRequestToken, TransactItems: [add(1)] });
      expect(await get(pk, "count")).toMatchObject({ n: 1 });
      const other = await failure(doc.transactWrite({ ClientRequestToken, TransactItems: [add(2)] }));
      expect(other.name).toBe("IdempotentParameterMismatchException");
      expect(await get(pk, "count")).toMatchObject({ n: 1 });
    });

    it("are run again for a token whose transaction was cancelled", async () => {
      const { doc } = use();
      const pk = fresh();
      const call = { ClientRequestToken: `again-${Date.now()}`, TransactItems: [create(pk, "x"), put(pk, "y")] };
      await doc.put({ TableName: TABLE, Item: { pk, sk: "x" } });
      expect((await failure(doc.transactWrite(call))).name).toBe("TransactionCanceledException");
      await doc.delete({ TableName: TABLE, Key: { pk, sk: "x" } });
      await doc.transactWrite(call);
      expect(await get(pk, "y")).toBeDefined();
    });

    it("take 100 actions and refuse 101, none, and two on one item", async () => {
      const { doc } = use();
      const pk = fresh();
      const many = (count: number) => Array.from({ length: count }, (_, n) => put(pk, String(n)));
      await doc.transactWrite({ TransactItems: many(100) });
      const twice = [put(pk, "0"), { Delete: { TableName: TABLE, Key: { pk, sk: "0" } } }];
      for (const TransactItems of [many(101), [], twice]) {
        expect((await failure(doc.transactWrite({ TransactItems }))).name).toBe("ValidationException");
      }
      expect(await get(pk, "0")).toBeDefined();
    });

    it("refuse more than 4 MB together", async () => {
      const { doc } = use();
      const pk = fresh();
      const body = "x".repeat(390_000);
      const many = (count: number) => Array.from({ length: count }, (_, n) => put(pk, String(n), { body }));
      await doc.transactWrite({ TransactItems: many(10) });
      expect((await failure(doc.transactWrite({ TransactItems: many(11) }))).name).toBe("ValidationException");
    });

    it("refuse an action of two kinds, a check without a condition, a table that is not there", async () => {
      const { doc } = use();
      const pk = fresh();
      const Key = { TableName: TABLE, Key: { pk, sk: "x" } };
      const two = { ...put(pk, "a"), Delete: Key };
      const bare = { ConditionCheck: { ...Key, ConditionExpression: undefined } };
      for (const item of [two, bare]) {
        expect((await failure(doc.transactWrite({ TransactItems: [item] }))).name).toBe("ValidationException");
      }
      const nowhere = doc.transactWrite({ TransactItems: [{ Delete: { ...Key, TableName: "Nowhere" } }] });
      expect((await failure(nowhere)).name).toBe("ResourceNotFoundException");
    });

    it("read several items at one moment, in their order", async () => {
      const { doc } = use();
      const pk = fresh();
      await doc.transactWrite({ TransactItems: [put(pk, "a", { n: 1 }), put(pk, "b", { n: 2 })] });
      const Get = (sk: string) => ({ Get: { TableName: TABLE, Key: { pk, sk }, ProjectionExpression: "n" } });
      const { Responses } = await doc.transactGet({ TransactItems: [Get("b"), Get("none"), Get("a")] });
      expect(Responses).toEqual([{ Item: { n: 2 } }, {}, { Item: { n: 1 } }]);
      const twice = doc.transactGet({ TransactItems: [Get("a"), Get("a")] });
      expect((await failure(twice)).name).toBe("ValidationException");
    });
  });
}
