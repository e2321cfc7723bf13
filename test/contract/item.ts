import { describe, expect, it } from "vitest";
import { failure, fresh, type Store, TABLE } from "./table.ts";

/** Values go in and come out as they are; keys and sizes have limits. */
export function items(use: () => Store): void {
  describe("items", () => {
    it("keeps strings, binary, booleans, null, lists and maps", async () => {
      const { doc } = use();
      const item = {
        ...{ pk: fresh(), sk: "x", text: "Grüße ✉", empty: "", yes: true, none: null },
        bytes: Uint8Array.from([0, 255, 10]),
        list: [1, "two", { three: [3] }],
        map: { a: { b: { c: "d" } } },
        tags: new Set(["a", "b"]),
      };
      await doc.put({ TableName: TABLE, Item: item });
      const { Item } = await doc.get({ TableName: TABLE, Key: { pk: item.pk, sk: "x" }, ConsistentRead: true });
      expect(Item).toEqual(item);
    });

    it("keeps numbers to 38 digits, in normal form", async () => {
      const { client } = use();
      const Key = { pk: { S: fresh() }, sk: { S: "x" } };
      const digits = "12345678901234567890123456789012345678";
      const numbers = {
        big: { N: digits },
        small: { N: "-0.00000001" },
        padded: { N: "007.500" },
        power: { N: "1e3" },
      };
      await client.putItem({ TableName: TABLE, Item: { ...Key, ...numbers } });
      const { Item } = await client.getItem({ TableName: TABLE, Key, ConsistentRead: true });
      expect([Item?.big, Item?.small, Item?.padded, Item?.power].map((value) => value?.N)).toEqual([
        ...[digits, "-0.00000001", "7.5", "1000"],
      ]);
      const tooLong = client.putItem({ TableName: TABLE, Item: { ...Key, n: { N: `${digits}9` } } });
      expect((await failure(tooLong)).name).toBe("ValidationException");
    });

    it("adds to a number, to a missing one and to a nested one", async () => {
      const { doc } = use();
      const Key = { pk: fresh(), sk: "x" };
      await doc.put({ TableName: TABLE, Item: { ...Key, left: 5, by: { app: 1 } } });
      const { Attributes } = await doc.update({
        ...{ TableName: TABLE, Key, ReturnValues: "ALL_NEW" },
        UpdateExpression: "SET #left = #left - :two, #by.#app = #by.#app + :two ADD #new :two",
        ExpressionAttributeNames: { "#left": "left", "#by": "by", "#app": "app", "#new": "new" },
        ExpressionAttributeValues: { ":two": 2 },
      });
      expect(Attributes).toEqual({ ...Key, left: 3, by: { app: 3 }, new: 2 });
    });

    it("sets if_not_exists, appends to lists, removes attributes", async () => {
      const { doc } = use();
      const Key = { pk: fresh(), sk: "x" };
      await doc.put({ TableName: TABLE, Item: { ...Key, first: 1, log: ["a"], gone: true } });
      await doc.update({
        ...{ TableName: TABLE, Key },
        UpdateExpression:
          "SET #f = if_not_exists(#f, :n), #s = if_not_exists(#s, :n), #l = list_append(#l, :more) REMOVE gone",
        ExpressionAttributeNames: { "#f": "first", "#s": "second", "#l": "log" },
        ExpressionAttributeValues: { ":n": 9, ":more": ["b"] },
      });
      const { Item } = await doc.get({ TableName: TABLE, Key, ConsistentRead: true });
      expect(Item).toEqual({ ...Key, first: 1, second: 9, log: ["a", "b"] });
    });

    it.each(["pk", "sk"])("refuses an empty string in %s", async (attribute) => {
      const { doc } = use();
      const put = doc.put({ TableName: TABLE, Item: { pk: fresh(), sk: "x", [attribute]: "" } });
      expect((await failure(put)).name).toBe("ValidationException");
    });

    it("refuses a number in the key of an index", async () => {
      const { doc } = use();
      const put = doc.put({ TableName: TABLE, Item: { pk: fresh(), sk: "x", due_pk: 1, due_sk: "1" } });
      expect((await failure(put)).name).toBe("ValidationException");
    });

    it("takes 400 KB and refuses one byte more, counted in bytes", async () => {
      const { doc } = use();
      const pk = fresh();
      const room = 400 * 1024 - Buffer.byteLength(`pk${pk}skxbody`);
      const put = (body: string) => doc.put({ TableName: TABLE, Item: { pk, sk: "x", body } });
      await put("x".repeat(room));
      expect((await failure(put("x".repeat(room + 1)))).name).toBe("ValidationException");
      expect((await failure(put("ü".repeat(room / 2 + 1)))).name).toBe("ValidationException");
      const grow = doc.update({
        ...{ TableName: TABLE, Key: { pk, sk: "x" } },
        ...{ UpdateExpression: "SET a = :a", ExpressionAttributeValues: { ":a": 1 } },
      });
      expect((await failure(grow)).name).toBe("ValidationException");
    });

    it("takes keys of 2,048 and 1,024 bytes and refuses longer ones", async () => {
      const { doc } = use();
      const pk = fresh().padEnd(2048, "x");
      const put = (keys: Record<string, string>) => doc.put({ TableName: TABLE, Item: { pk, sk: "x", ...keys } });
      await put({ sk: "s".repeat(1024) });
      expect((await failure(put({ pk: `${pk}x` }))).name).toBe("ValidationException");
      expect((await failure(put({ sk: "ü".repeat(513) }))).name).toBe("ValidationException");
    });
  });
}
