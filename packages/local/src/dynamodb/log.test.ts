import { cp, mkdtemp, readdir, rm, stat, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compare, seeded } from "./crash.ts";
import { type Dynamodb, startDynamodb } from "./endpoint.ts";
import { all, connect, createFixture, type Fixture, TABLE } from "./fixture.ts";

const CUTS = 40;
const ROUNDS = 60;

/** Moves two items together in each transaction, so that every state but none in between is consistent. */
async function write(doc: Fixture["doc"]): Promise<void> {
  for (let n = 0; n < ROUNDS; n++) {
    const item = (sk: string) => ({ pk: "twins", sk, n, due_pk: `DUE#${n % 3}`, due_sk: String(n) });
    await doc.transactWrite({ TransactItems: ["a", "b"].map((sk) => ({ Put: { TableName: TABLE, Item: item(sk) } })) });
    await doc.put({ TableName: TABLE, Item: { pk: "single", sk: "x", n, due_pk: `DUE#${n % 5}`, due_sk: "1" } });
  }
}

/** The newest log of LevelDB: what has not been compacted yet. */
async function newestLog(dir: string): Promise<string> {
  const logs = (await readdir(dir)).filter((name) => name.endsWith(".log")).toSorted();
  return join(dir, logs.at(-1) ?? "");
}

describe("a log torn at any byte", () => {
  it("leaves a state that was: transactions whole, index and items in agreement, nothing before it lost", {
    timeout: 120_000,
  }, async () => {
    const fixture = await createFixture({ transactionMs: 0 });
    const work = await mkdtemp(join(tmpdir(), "torn-"));
    let copy: Dynamodb | undefined;
    try {
      await write(fixture.doc);
      const whole = (await stat(await newestLog(fixture.dir))).size;
      const random = seeded(7);
      const seen = new Set<unknown>();
      for (let cut = 0; cut < CUTS; cut++) {
        const dir = join(work, String(cut));
        await cp(fixture.dir, dir, { recursive: true });
        // The table itself is in the first bytes: tear what comes after.
        await truncate(await newestLog(dir), 4096 + Math.floor(random() * (whole - 4096)));
        copy = await startDynamodb({ dir });
        const { client, doc } = connect(copy.url);
        const items = await all(doc);
        expect(compare(items, await all(doc, "due"))).toEqual([]);
        const [a, b] = items.filter(({ pk }) => pk === "twins");
        expect(a?.n).toBe(b?.n);
        const single = items.find(({ pk }) => pk === "single");
        expect([Number(a?.n), Number(a?.n) - 1]).toContain(Number(single?.n ?? -1));
        seen.add(a?.n);
        client.destroy();
        await copy.close();
        copy = undefined;
      }
      expect(seen.size).toBeGreaterThan(CUTS / 3);
    } finally {
      await copy?.close();
      await rm(work, { recursive: true });
      await fixture.close();
    }
  });
});
