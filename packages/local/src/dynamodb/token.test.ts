import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFixture, type Fixture, TABLE } from "./fixture.ts";
import { digest } from "./token.ts";

describe("a ClientRequestToken", () => {
  let fixture: Fixture;
  let now = Date.UTC(2026, 0, 1);
  const options = { now: () => now, transactionMs: 0 };

  beforeEach(async () => {
    now = Date.UTC(2026, 0, 1);
    fixture = await createFixture(options);
  });
  afterEach(() => fixture.close());

  const add = (by: number) =>
    fixture.doc.transactWrite({
      ClientRequestToken: "one",
      TransactItems: [
        {
          Update: {
            ...{ TableName: TABLE, Key: { pk: "p", sk: "count" }, UpdateExpression: "ADD n :by" },
            ExpressionAttributeValues: { ":by": by },
          },
        },
      ],
    });
  const count = async () =>
    (await fixture.doc.get({ TableName: TABLE, Key: { pk: "p", sk: "count" }, ConsistentRead: true })).Item?.n;

  it("is remembered over a restart, for the request it came with", async () => {
    await add(1);
    await fixture.restart();
    await add(1);
    expect(await count()).toBe(1);
    await expect(add(2)).rejects.toMatchObject({ name: "IdempotentParameterMismatchException" });
  });

  it("is forgotten after ten minutes, from memory and from disk", async () => {
    await add(1);
    now += 10 * 60_000 - 1;
    await add(1);
    expect(await count()).toBe(1);
    now += 1;
    await add(2);
    expect(await count()).toBe(3);
    now += 10 * 60_000;
    await fixture.dynamodb.sweep();
    await fixture.restart();
    now -= 60_000;
    await add(4);
    expect(await count()).toBe(7);
  });

  it("costs reads, not writes, when it is seen again", async () => {
    await add(1);
    fixture.dynamodb.meter.reset();
    await add(1);
    expect(fixture.dynamodb.meter.read()).toMatchObject({ reads: 2, writes: 0 });
  });

  it("is refused when longer than 36 characters", async () => {
    const call = {
      ClientRequestToken: "x".repeat(37),
      TransactItems: [{ Delete: { TableName: TABLE, Key: { pk: "p", sk: "s" } } }],
    };
    await expect(fixture.doc.transactWrite(call)).rejects.toMatchObject({ name: "ValidationException" });
  });
});

describe("the digest of a request", () => {
  it("is the same whatever the order of members, and another for other values", () => {
    expect(digest([{ a: 1, b: { c: 2, d: 3 } }])).toBe(digest([{ b: { d: 3, c: 2 }, a: 1 }]));
    expect(digest([1, 2])).not.toBe(digest([2, 1]));
    expect(digest({ a: 1 })).not.toBe(digest({ a: 2 }));
  });
});
