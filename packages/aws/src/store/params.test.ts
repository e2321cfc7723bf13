import { describe, expect, it } from "vitest";
import * as Cursor from "./cursor.ts";
import * as params from "./params.ts";

const key = { pk: "USE#db_1#2026-11-23", sk: "COUNT" };

describe("store params", () => {
  it("puts a whole item, plainly", () => {
    expect(params.put("t", { put: { ...key, left: 50 } })).toEqual({ TableName: "t", Item: { ...key, left: 50 } });
  });

  it("resolves #names to attributes and :names to values, and asks for the item that stood in the way", () => {
    const write = { put: key, if: "attribute_not_exists(pk) OR #expires_at < :now", values: { now: 7 } };
    expect(params.put("t", write)).toEqual({
      TableName: "t",
      Item: key,
      ConditionExpression: "attribute_not_exists(pk) OR #expires_at < :now",
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      ExpressionAttributeNames: { "#expires_at": "expires_at" },
      ExpressionAttributeValues: { ":now": 7 },
    });
  });

  it("builds SET, ADD and REMOVE without meeting the condition's placeholders", () => {
    const write = {
      update: key,
      set: { status: "sent", n: 9 },
      add: { try: 1 },
      remove: ["due_pk", "due_sk"],
      if: "#n = :n AND #status <> :status",
      values: { n: 8, status: "sent" },
    };
    expect(params.update("t", write)).toEqual({
      TableName: "t",
      Key: key,
      UpdateExpression: "SET #_0 = :_0, #_1 = :_1 ADD #_2 :_2 REMOVE #_3, #_4",
      ConditionExpression: "#n = :n AND #status <> :status",
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      ExpressionAttributeNames: {
        "#_0": "status",
        "#_1": "n",
        "#_2": "try",
        "#_3": "due_pk",
        "#_4": "due_sk",
        "#n": "n",
        "#status": "status",
      },
      ExpressionAttributeValues: { ":_0": "sent", ":_1": 9, ":_2": 1, ":n": 8, ":status": "sent" },
    });
  });

  it("leaves out what is undefined, and clauses that would be empty", () => {
    expect(params.update("t", { update: key, set: { a: undefined }, add: {}, remove: [] })).toEqual({
      TableName: "t",
      Key: key,
    });
  });

  it("says which value a condition lacks", () => {
    expect(() => params.put("t", { put: key, if: "#left >= :n", values: { m: 1 } })).toThrow(/names :n.*no "n"/);
    expect(() => params.put("t", { put: key, if: "#left >= :n" })).toThrow(TypeError);
  });

  it("makes each kind of action of a transaction", () => {
    expect(params.action("t", { put: key })).toHaveProperty("Put.Item", key);
    expect(params.action("t", { delete: key })).toHaveProperty("Delete.Key", key);
    expect(params.action("t", { update: key, set: { a: 1 } })).toHaveProperty(
      "Update.UpdateExpression",
      "SET #_0 = :_0",
    );
    const check = params.action("t", { check: key, if: "attribute_exists(pk)" });
    expect(check).toHaveProperty("ConditionCheck.ConditionExpression", "attribute_exists(pk)");
    expect(() => params.action("t", { update: key })).toThrow(/needs something to change/);
    expect(() => params.action("t", { check: key })).toThrow(/needs an `if`/);
  });
});

describe("store query params", () => {
  const conditions = (query: Parameters<typeof params.query>[1]) => {
    const input = params.query("t", query);
    return [input.KeyConditionExpression, input.ExpressionAttributeValues];
  };

  it("reads a partition, or one of an index by its own keys", () => {
    expect(conditions({ pk: "a" })).toEqual(["#_0 = :_0", { ":_0": "a" }]);
    const input = params.query("t", { pk: "DUE#1", index: "due", below: "x", limit: 5, descending: true });
    expect(input).toMatchObject({
      IndexName: "due",
      ExpressionAttributeNames: { "#_0": "due_pk", "#_1": "due_sk" },
      Limit: 5,
      ScanIndexForward: false,
    });
  });

  it.each([
    [{ prefix: "p" }, "#_0 = :_0 AND begins_with(#_1, :_1)", ["p"]],
    [{ below: "m" }, "#_0 = :_0 AND #_1 < :_1", ["m"]],
    [{ above: "c" }, "#_0 = :_0 AND #_1 > :_1", ["c"]],
    [{ above: "c", below: "m" }, "#_0 = :_0 AND #_1 BETWEEN :_1 AND :_2", ["c", "m"]],
    [{ prefix: "p", above: "pc" }, "#_0 = :_0 AND #_1 BETWEEN :_1 AND :_2", ["pc", "p\u{10FFFF}"]],
    [{ prefix: "p", below: "pm" }, "#_0 = :_0 AND #_1 BETWEEN :_1 AND :_2", ["p", "pm"]],
    [{ prefix: "p", above: "a", below: "z" }, "#_0 = :_0 AND #_1 BETWEEN :_1 AND :_2", ["p", "p\u{10FFFF}"]],
    [{ above: "m", below: "c" }, "#_0 = :_0 AND #_1 < :_1", ["\u0000"]],
  ])("makes one sort key condition of %o", (bounds, expression, values) => {
    const [made, used] = conditions({ pk: "a", ...bounds });
    expect(made).toBe(expression);
    expect(Object.values(used as object)).toEqual(["a", ...values]);
  });

  it("G5 continues a cursor within its own partition only", () => {
    const cursor = Cursor.encode({ pk: "DB#db_1", sk: "x" });
    expect(params.query("t", { pk: "DB#db_1", cursor })).toHaveProperty("ExclusiveStartKey", {
      pk: "DB#db_1",
      sk: "x",
    });
    const refused = expect.objectContaining({ name: "validation_error" });
    expect(() => params.query("t", { pk: "DB#db_2", cursor })).toThrow(refused);
    for (const forged of ["", "x", "bnVsbA", Cursor.encode({ pk: "DB#db_1", sk: 1 })])
      expect(() => params.query("t", { pk: "DB#db_1", cursor: forged })).toThrow(refused);
  });
});
