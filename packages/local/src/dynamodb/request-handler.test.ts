import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocument } from "@aws-sdk/lib-dynamodb";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { credentials } from "../resources.ts";
import * as Fault from "./fault.ts";
import { createFixture, type Fixture, TABLE } from "./fixture.ts";
import { inProcess } from "./request-handler.ts";

describe("a client without a socket", () => {
  let fixture: Fixture;
  let fault: Fault.Fault | undefined;
  let doc: DynamoDBDocument;
  beforeEach(async () => {
    fault = undefined;
    fixture = await createFixture({ fault: () => fault });
    const options = { endpoint: fixture.dynamodb.url, region: "us-east-1", credentials, maxAttempts: 1 };
    doc = DynamoDBDocument.from(new DynamoDBClient({ ...options, ...inProcess(fixture.dynamodb) }));
  });
  afterEach(() => fixture.close());

  const Item = { pk: "p", sk: "s", text: "Grüße 🎉" };
  const Key = { pk: "p", sk: "s" };
  const put = (more = {}) => doc.put({ TableName: TABLE, Item, ...more });
  const stored = async (over = doc) => (await over.get({ TableName: TABLE, Key, ConsistentRead: true })).Item;

  it("reads and writes what one with a socket does", async () => {
    await put();
    expect([await stored(), await stored(fixture.doc)]).toEqual([Item, Item]);
  });

  it("is refused as one with a socket is", async () => {
    await put();
    const once = { ConditionExpression: "attribute_not_exists(pk)", ReturnValuesOnConditionCheckFailure: "ALL_OLD" };
    const refused = {
      name: "ConditionalCheckFailedException",
      Item: expect.anything(),
      $metadata: { httpStatusCode: 400 },
    };
    await expect(put(once)).rejects.toMatchObject(refused);
  });

  it("is cut off as one with a socket is, and before or after the call is carried out", async () => {
    fault = { when: "before" };
    await expect(put()).rejects.toMatchObject({ code: "ECONNRESET" });
    fault = undefined;
    expect(await stored()).toBeUndefined();
    fault = { when: "after" };
    await expect(put()).rejects.toMatchObject({ code: "ECONNRESET" });
    fault = { when: "before", error: Fault.broken() };
    await expect(put()).rejects.toMatchObject({ name: "InternalServerError", $metadata: { httpStatusCode: 500 } });
    fault = undefined;
    expect(await stored()).toEqual(Item);
  });
});
