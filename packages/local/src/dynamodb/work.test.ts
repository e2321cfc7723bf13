import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { all, createFixture, type Fixture, TABLE } from "./fixture.ts";

describe("index rows", () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await createFixture();
  });
  afterAll(() => fixture.close());

  /** Two items whose 24-bit hash, by which dynalite tells entries of one index key apart, is the same. */
  function colliding(): [string, string] {
    const seen = new Map<string, string>();
    for (let n = 0; ; n++) {
      const hash = createHash("md5").update("Outliers").update(`p${n}`).update("s").digest("hex").slice(0, 6);
      const twin = seen.get(hash);
      if (twin !== undefined) return [twin, `p${n}`];
      seen.set(hash, `p${n}`);
    }
  }

  it("are kept apart where dynalite's own keys would be the same", async () => {
    const { doc } = fixture;
    const pks = colliding();
    for (const pk of pks) await doc.put({ TableName: TABLE, Item: { pk, sk: "s", due_pk: "D", due_sk: "1" } });
    const page = (more: Record<string, unknown>) =>
      doc.query({
        ...{ TableName: TABLE, IndexName: "due", KeyConditionExpression: "due_pk = :p", Limit: 1 },
        ...{ ExpressionAttributeValues: { ":p": "D" }, ...more },
      });
    for (const ScanIndexForward of [true, false]) {
      const first = await page({ ScanIndexForward });
      const second = await page({ ScanIndexForward, ExclusiveStartKey: first.LastEvaluatedKey });
      const third = await page({ ScanIndexForward, ExclusiveStartKey: second.LastEvaluatedKey });
      expect([first, second].map(({ Items }) => String(Items?.[0]?.pk)).toSorted()).toEqual(pks.toSorted());
      expect(third.Count).toBe(0);
    }
    await doc.delete({ TableName: TABLE, Key: { pk: pks[0], sk: "s" } });
    expect((await all(doc, "due")).map(({ pk }) => pk)).toEqual([pks[1]]);
  });
});
