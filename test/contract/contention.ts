import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { codes, type Failure, fresh, type Store, TABLE } from "./table.ts";

/** Many transactions on one item at once, tried again as a caller must. */
export function contention(use: () => Store): void {
  /** Charges `n` and writes one receipt; true when it did, false when too little is left. */
  async function charge(pk: string, id: number, n: number): Promise<boolean> {
    for (let attempt = 0; attempt < 400; attempt++) {
      const outcome = await use()
        .doc.transactWrite({
          TransactItems: [
            { Put: { TableName: TABLE, Item: { pk, sk: `RECEIPT#${id}`, n } } },
            {
              Update: {
                ...{ TableName: TABLE, Key: { pk, sk: "COUNT" }, UpdateExpression: "SET #l = #l - :n" },
                ...{ ConditionExpression: "#l >= :n", ExpressionAttributeNames: { "#l": "left" } },
                ExpressionAttributeValues: { ":n": n },
              },
            },
          ],
        })
        .then(
          () => "charged",
          (error: Failure) => codes(error)?.[1] ?? error.name,
        );
      if (outcome === "charged") return true;
      if (outcome === "ConditionalCheckFailed") return false;
      expect(["TransactionConflict", "None"]).toContain(outcome);
      await sleep(Math.random() * 40);
    }
    throw new Error("400 attempts met a conflict each");
  }

  describe("contention", () => {
    it.each([
      { limit: 20, n: 1, callers: 60, granted: 20 },
      { limit: 20, n: 3, callers: 20, granted: 6 },
    ])("a counter of $limit lets exactly $granted of $callers parallel charges of $n through", async (given) => {
      const { doc } = use();
      const pk = fresh();
      await doc.put({ TableName: TABLE, Item: { pk, sk: "COUNT", left: given.limit } });
      const outcomes = await Promise.all(Array.from({ length: given.callers }, (_, id) => charge(pk, id, given.n)));
      expect(outcomes.filter(Boolean)).toHaveLength(given.granted);
      const { Item } = await doc.get({ TableName: TABLE, Key: { pk, sk: "COUNT" }, ConsistentRead: true });
      expect(Item?.left).toBe(given.limit - given.granted * given.n);
      const { Count } = await doc.query({
        ...{ TableName: TABLE, KeyConditionExpression: "pk = :pk AND begins_with(sk, :r)", ConsistentRead: true },
        ExpressionAttributeValues: { ":pk": pk, ":r": "RECEIPT#" },
      });
      expect(Count).toBe(given.granted);
    });
  });
}
