import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startDynamodb } from "./endpoint.ts";
import * as Fault from "./fault.ts";
import { connect, createFixture, type Fixture, TABLE } from "./fixture.ts";

describe("the endpoint", () => {
  let fixture: Fixture;
  let fault: Fault.Fault | undefined;

  beforeEach(async () => {
    fault = undefined;
    fixture = await createFixture({
      fault: ({ operation }) => (operation === "PutItem" ? fault : undefined),
    });
  });
  afterEach(() => fixture.close());

  const Item = { pk: "p", sk: "s" };
  const put = () => fixture.doc.put({ TableName: TABLE, Item });
  const stored = async () => (await fixture.doc.get({ TableName: TABLE, Key: Item, ConsistentRead: true })).Item;

  it("keeps tables and items over a restart", async () => {
    await put();
    await fixture.restart();
    expect(await stored()).toEqual(Item);
    expect((await fixture.client.listTables()).TableNames).toEqual([TABLE]);
    const { Table } = await fixture.client.describeTable({ TableName: TABLE });
    expect([Table?.TableStatus, Table?.GlobalSecondaryIndexes?.[0]?.IndexStatus]).toEqual(["ACTIVE", "ACTIVE"]);
  });

  it("deletes a table with its items, and makes it again empty", async () => {
    await put();
    await fixture.client.deleteTable({ TableName: TABLE });
    await expect(put()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    await expect.poll(async () => (await fixture.client.listTables()).TableNames).toEqual([]);
    const keys = {
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" as const },
        { AttributeName: "sk", KeyType: "RANGE" as const },
      ],
    };
    await fixture.client.createTable({
      ...{ TableName: TABLE, BillingMode: "PAY_PER_REQUEST", ...keys },
      AttributeDefinitions: ["pk", "sk"].map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
    });
    expect(await stored()).toBeUndefined();
  });

  it("tells a second process that its data is in use", async () => {
    await expect(startDynamodb({ dir: fixture.dir })).rejects.toThrow(/another process/);
  });

  it("refuses bodies that are no JSON object, without quoting them, and unknown operations", async () => {
    const call = (operation: string, body: string) =>
      fetch(fixture.dynamodb.url, {
        method: "POST",
        body,
        headers: { "x-amz-target": `DynamoDB_20120810.${operation}` },
      });
    for (const body of ["", "[]", "null", '{"Secret": "hunter2"']) {
      const answer = await call("PutItem", body);
      expect(answer.status).toBe(400);
      expect(await answer.text()).not.toContain("hunter2");
    }
    const unknown = (await (await call("ExecuteStatement", "{}")).json()) as { __type: string };
    expect(unknown.__type).toContain("UnknownOperationException");
  });

  it("refuses keys of an index that are empty or too long, as AWS does", async () => {
    for (const keys of [
      { due_pk: "" },
      { due_pk: "D", due_sk: "s".repeat(1025) },
      { due_pk: "D".repeat(2049), due_sk: "1" },
    ]) {
      const refused = fixture.doc.put({ TableName: TABLE, Item: { ...Item, ...keys } });
      await expect(refused).rejects.toMatchObject({ name: "ValidationException" });
    }
    const set = (value: unknown) =>
      fixture.doc.update({
        ...{
          TableName: TABLE,
          Key: Item,
          UpdateExpression: "SET due_pk = :v",
          ExpressionAttributeValues: { ":v": value },
        },
      });
    await expect(set("")).rejects.toThrow(/secondary index key/);
    await expect(set(1)).rejects.toMatchObject({ name: "ValidationException" });
    expect(await stored()).toBeUndefined();
  });

  describe("faults", () => {
    it("before: nothing is executed", async () => {
      for (const error of [Fault.throttled(), Fault.broken(), Fault.conflicted(2)]) {
        fault = { when: "before", error };
        await expect(put()).rejects.toMatchObject({ name: error.type });
      }
      fault = { when: "before" };
      await expect(put()).rejects.toThrow();
      expect(await stored()).toBeUndefined();
    });

    it("after: it is executed, and the answer is lost", async () => {
      fault = { when: "after" };
      await expect(put()).rejects.toThrow();
      expect(await stored()).toEqual(Item);
    });

    it("let the SDK's own retries get through", async () => {
      let calls = 0;
      const dynamodb = fixture;
      await dynamodb.restart({
        fault: () => (calls++ === 0 ? { when: "before", error: Fault.throttled() } : undefined),
      });
      const { client, doc } = connect(dynamodb.dynamodb.url, 3);
      await doc.put({ TableName: TABLE, Item });
      client.destroy();
      expect(calls).toBe(2);
    });
  });
});
