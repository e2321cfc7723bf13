import { describe, expect, it } from "vitest";
import { failure, fresh, type Store, TABLE } from "./table.ts";

/** Conditions on plain writes, and what a refused one returns. */
export function conditions(use: () => Store): void {
  describe("conditions", () => {
    const ALL_OLD = { ReturnValuesOnConditionCheckFailure: "ALL_OLD" } as const;

    it("puts once under attribute_not_exists", async () => {
      const { doc } = use();
      const Item = { pk: fresh(), sk: "x" };
      const put = () => doc.put({ TableName: TABLE, Item, ConditionExpression: "attribute_not_exists(pk)" });
      await put();
      const error = await failure(put());
      expect(error.name).toBe("ConditionalCheckFailedException");
      expect(error.Item).toBeUndefined();
    });

    it("returns the item a refused put, update and delete met", async () => {
      const { doc } = use();
      const Key = { pk: fresh(), sk: "x" };
      const Item = { ...Key, state: "sent", n: 3 };
      await doc.put({ TableName: TABLE, Item });
      const when = {
        ...{ TableName: TABLE, ConditionExpression: "#s = :s", ExpressionAttributeNames: { "#s": "state" } },
        ...{ ExpressionAttributeValues: { ":s": "queued" }, ...ALL_OLD },
      };
      const { ExpressionAttributeValues: values } = when;
      const set = { UpdateExpression: "SET n = :n", ExpressionAttributeValues: { ...values, ":n": 4 } };
      // Not unmarshalled: the document client leaves exceptions as they are.
      const met = { pk: { S: Key.pk }, sk: { S: "x" }, state: { S: "sent" }, n: { N: "3" } };
      for (const call of [
        () => doc.put({ ...when, Item }),
        () => doc.delete({ ...when, Key }),
        () => doc.update({ ...when, Key, ...set }),
      ]) {
        const error = await failure(call());
        expect([error.name, error.Item]).toEqual(["ConditionalCheckFailedException", met]);
      }
      const { Item: stored } = await doc.get({ TableName: TABLE, Key, ConsistentRead: true });
      expect(stored).toEqual(Item);
    });

    it("returns no item where there is none, and refuses other values of the parameter", async () => {
      const { doc, client } = use();
      const Key = { pk: fresh(), sk: "x" };
      const remove = { TableName: TABLE, Key, ConditionExpression: "attribute_exists(pk)", ...ALL_OLD };
      const error = await failure(doc.delete(remove));
      expect([error.name, error.Item]).toEqual(["ConditionalCheckFailedException", undefined]);
      const wrong = client.deleteItem({
        ...{ TableName: TABLE, Key: { pk: { S: Key.pk }, sk: { S: "x" } } },
        ReturnValuesOnConditionCheckFailure: "ALL_NEW" as "NONE",
      });
      expect((await failure(wrong)).name).toBe("ValidationException");
    });

    it.each([
      ["n >= :three AND n < :four", true],
      ["n > :three OR NOT attribute_exists(n)", false],
      ["n IN (:four, :three)", true],
      ["n BETWEEN :three AND :four", true],
      ["begins_with(#t, :ab)", true],
      ["contains(#t, :ab) AND size(#t) = :three", true],
      ["attribute_type(#t, :type)", false],
      ["#m.#k = :three", true],
      ["n <> :three", false],
    ])("evaluates %s", async (ConditionExpression, holds) => {
      const { doc } = use();
      const Key = { pk: fresh(), sk: "x" };
      await doc.put({ TableName: TABLE, Item: { ...Key, n: 3, text: "abc", map: { key: 3 } } });
      const pick = (all: Record<string, unknown>) =>
        Object.fromEntries(Object.entries(all).filter(([name]) => new RegExp(`${name}\\b`).test(ConditionExpression)));
      const names = pick({ "#t": "text", "#m": "map", "#k": "key" }) as Record<string, string>;
      const values = pick({ ":three": 3, ":four": 4, ":ab": "ab", ":type": "N" });
      const call = doc.delete({
        ...{ TableName: TABLE, Key, ConditionExpression },
        ...(Object.keys(names).length > 0 ? { ExpressionAttributeNames: names } : {}),
        ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: values } : {}),
      });
      const outcome = await call.then(
        () => "held",
        (error: Error) => error.name,
      );
      expect(outcome).toBe(holds ? "held" : "ConditionalCheckFailedException");
    });

    it("refuses unused and missing names and values", async () => {
      const { doc } = use();
      const Key = { pk: fresh(), sk: "x" };
      const unused = doc.delete({
        ...{ TableName: TABLE, Key, ConditionExpression: "attribute_exists(pk)" },
        ExpressionAttributeValues: { ":unused": 1 },
      });
      expect((await failure(unused)).name).toBe("ValidationException");
      const missing = doc.delete({ TableName: TABLE, Key, ConditionExpression: "#x = :x" });
      expect((await failure(missing)).name).toBe("ValidationException");
    });

    it("refuses reserved words that are not behind a #name", async () => {
      const { doc } = use();
      const bare = doc.update({
        ...{ TableName: TABLE, Key: { pk: fresh(), sk: "x" }, UpdateExpression: "SET status = :s" },
        ExpressionAttributeValues: { ":s": "queued" },
      });
      expect((await failure(bare)).message).toMatch(/reserved keyword/);
    });

    it("lets exactly one of 20 parallel conditional updates through", async () => {
      const { doc } = use();
      const Key = { pk: fresh(), sk: "x" };
      await doc.put({ TableName: TABLE, Item: { ...Key, state: "queued" } });
      const claim = (owner: number) =>
        doc.update({
          ...{ TableName: TABLE, Key, UpdateExpression: "SET #s = :to, #o = :o", ConditionExpression: "#s = :from" },
          ExpressionAttributeNames: { "#s": "state", "#o": "owner" },
          ExpressionAttributeValues: { ":from": "queued", ":to": "sending", ":o": owner },
        });
      const outcomes = await Promise.allSettled(Array.from({ length: 20 }, (_, owner) => claim(owner)));
      const winner = outcomes.findIndex(({ status }) => status === "fulfilled");
      expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      const { Item } = await doc.get({ TableName: TABLE, Key, ConsistentRead: true });
      expect(Item?.owner).toBe(winner);
    });
  });
}
