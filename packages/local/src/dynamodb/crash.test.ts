import { describe, expect, it } from "vitest";
import { disagreements, startVictim } from "./crash.ts";
import type { Point } from "./database.ts";
import { all, createFixture, type Fixture, TABLE } from "./fixture.ts";

const due = (shard: string) => ({ due_pk: `DUE#${shard}`, due_sk: "1" });
const Key = (sk: string) => ({ pk: "p", sk });

/** What is stored before each operation. */
const before = [
  { ...Key("update"), n: 0, ...due("before") },
  { ...Key("delete"), n: 0, ...due("before") },
  { ...Key("expired"), n: 0, expires_at: Math.floor(Date.now() / 1000) - 60, ...due("before") },
];

type Doc = Fixture["doc"];
type Items = Record<string, Record<string, unknown> | undefined>;

/** A write: what comes before the process that dies, in it, and what it leaves as a whole. */
interface Operation {
  prepare?: (fixture: Fixture) => Promise<unknown>;
  run: (doc: Doc) => Promise<unknown>;
  after: (items: Items) => void;
}

const operations: Record<string, Operation> = {
  put: {
    run: (doc) => doc.put({ TableName: TABLE, Item: { ...Key("put"), ...due("after") } }),
    after: (items) => expect(items.put).toMatchObject(due("after")),
  },
  update: {
    run: (doc) => doc.update({ TableName: TABLE, Key: Key("update"), ...set("SET due_pk = :d, n = :n", 1) }),
    after: (items) => expect(items.update).toMatchObject({ n: 1, ...due("after") }),
  },
  delete: {
    run: (doc) => doc.delete({ TableName: TABLE, Key: Key("delete") }),
    after: (items) => expect(items.delete).toBeUndefined(),
  },
  batch: {
    run: (doc) =>
      doc.batchWrite({ RequestItems: { [TABLE]: [{ PutRequest: { Item: { ...Key("put"), ...due("after") } } }] } }),
    after: (items) => expect(items.put).toMatchObject(due("after")),
  },
  transaction: {
    run: (doc) => doc.transactWrite(transaction),
    after: (items) => {
      expect(items.put).toMatchObject(due("after"));
      expect(items.update).toMatchObject({ n: 1, ...due("after") });
      expect(items.delete).toBeUndefined();
    },
  },
  expiry: {
    prepare: ({ client }) =>
      client.updateTimeToLive({
        ...{ TableName: TABLE, TimeToLiveSpecification: { AttributeName: "expires_at", Enabled: true } },
      }),
    // The sweeper does it by itself: read until the process is dead.
    run: async (doc) => {
      for (;;) await doc.get({ TableName: TABLE, Key: Key("expired") });
    },
    after: (items) => expect(items.expired).toBeUndefined(),
  },
};

const transaction = {
  ClientRequestToken: "once",
  TransactItems: [
    { Put: { TableName: TABLE, Item: { ...Key("put"), ...due("after") } } },
    { Update: { TableName: TABLE, Key: Key("update"), ...set("SET due_pk = :d ADD n :n", 1) } },
    { Delete: { TableName: TABLE, Key: Key("delete") } },
  ],
};

function set(UpdateExpression: string, n: number) {
  return { UpdateExpression, ExpressionAttributeValues: { ":d": "DUE#after", ":n": n } };
}

/** Stores `before`, runs the operation in a process that dies at the point, and starts again. */
async function dieAt(point: Point, { prepare, run }: Operation): Promise<Fixture> {
  const fixture = await createFixture({ ttlSweepMs: 3_600_000 });
  for (const Item of before) await fixture.doc.put({ TableName: TABLE, Item });
  await prepare?.(fixture);
  fixture.client.destroy();
  await fixture.dynamodb.close();
  const victim = await startVictim(fixture.dir, point);
  await expect(run(victim.doc)).rejects.toThrow();
  await victim.dead;
  await fixture.restart();
  return fixture;
}

async function itemsOf(doc: Doc): Promise<Items> {
  return Object.fromEntries((await all(doc)).map((item) => [String(item.sk), item]));
}

describe("a process killed at its commit", () => {
  it.each(Object.entries(operations))("before it: nothing of a %s is there", async (_name, operation) => {
    const fixture = await dieAt("before-commit", operation);
    expect(Object.values(await itemsOf(fixture.doc))).toEqual(expect.arrayContaining(before));
    expect(Object.keys(await itemsOf(fixture.doc))).toHaveLength(before.length);
    expect(await disagreements(fixture.doc)).toEqual([]);
    await fixture.close();
  });

  it.each(Object.entries(operations))(
    "after it: all of a %s is there, though never answered",
    async (_name, operation) => {
      const fixture = await dieAt("after-commit", operation);
      operation.after(await itemsOf(fixture.doc));
      expect(await disagreements(fixture.doc)).toEqual([]);
      await fixture.close();
    },
  );

  it.each<[Point, boolean]>([
    ["before-commit", false],
    ["after-commit", true],
  ])("%s: a transaction repeated with its token has been run once", async (point, wasCommitted) => {
    const fixture = await dieAt(point, { run: (doc) => doc.transactWrite(transaction), after: () => undefined });
    fixture.dynamodb.meter.reset();
    await fixture.doc.transactWrite(transaction);
    expect((await itemsOf(fixture.doc)).update).toMatchObject({ n: 1 });
    expect(fixture.dynamodb.meter.read().writes === 0).toBe(wasCommitted);
    await fixture.close();
  });
});
