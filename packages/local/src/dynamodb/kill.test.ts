import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { disagreements, seeded, startVictim } from "./crash.ts";
import { all, createFixture, type Fixture, TABLE } from "./fixture.ts";

const ROUNDS = 15;
const WRITERS = 4;

/** What one writer knows of its items: the last version answered, and the one it was writing. */
interface Ledger {
  answered: number;
  tried: number;
}

type Doc = Fixture["doc"];

/** Index keys that come, change and go with the version. */
function item(pk: string, sk: string, n: number): Record<string, unknown> {
  return { pk, sk, n, ...(n % 4 === 0 ? {} : { due_pk: `DUE#${n % 3}`, due_sk: String(n % 7) }) };
}

/** Writes version after version until the process dies; tells of each answer. */
async function writeOn(ledger: Ledger, write: (n: number) => Promise<unknown>, answer: () => void): Promise<void> {
  for (;;) {
    ledger.tried = ledger.answered + 1;
    const alive = await write(ledger.tried).then(
      () => true,
      () => false,
    );
    if (!alive) return;
    ledger.answered = ledger.tried;
    answer();
  }
}

/** Resolves at the given number of calls of `count`. */
function counter(target: number): { count: () => void; reached: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  let calls = 0;
  const count = (): void => {
    calls += 1;
    if (calls === target) resolve();
  };
  return { count, reached: promise };
}

function plain(doc: Doc, writer: number): (n: number) => Promise<unknown> {
  const pk = `PLAIN#${writer}`;
  return async (n) => {
    if (n % 5 === 0) await doc.delete({ TableName: TABLE, Key: { pk, sk: "x" } });
    await doc.put({ TableName: TABLE, Item: item(pk, "x", n) });
  };
}

function transaction(doc: Doc, writer: number): (n: number) => Promise<unknown> {
  const put = (sk: string, n: number) => ({ Put: { TableName: TABLE, Item: item(`TRIPLE#${writer}`, sk, n) } });
  return (n) => doc.transactWrite({ TransactItems: [put("a", n), put("b", n), put("c", n)] });
}

/** Compares what is stored with the ledgers, and goes on from what is stored. */
function settle(items: Record<string, unknown>[], plains: Ledger[], triples: Ledger[]): void {
  const versions = (pk: string): number[] => items.filter((one) => one.pk === pk).map(({ n }) => Number(n));
  for (const [writer, ledger] of plains.entries()) {
    // Between the deletion and the put of every fifth version there may be none.
    const [n] = versions(`PLAIN#${writer}`);
    if (n === undefined) expect([ledger.tried % 5, ledger.answered]).toContain(0);
    else expect([ledger.answered, ledger.tried]).toContain(n);
    ledger.answered = n ?? ledger.answered;
  }
  for (const [writer, ledger] of triples.entries()) {
    const found = versions(`TRIPLE#${writer}`);
    const n = found[0] ?? 0;
    expect(found).toEqual(n === 0 ? [] : [n, n, n]);
    expect([ledger.answered, ledger.tried]).toContain(n);
    ledger.answered = n;
  }
}

describe("a process killed at random moments", () => {
  it(`loses no answered write in ${ROUNDS} rounds, tears no transaction, and keeps index and items in agreement`, async () => {
    const random = seeded(42);
    const ledgers = (): Ledger[] => Array.from({ length: WRITERS }, () => ({ answered: 0, tried: 0 }));
    const [plains, triples] = [ledgers(), ledgers()];
    const fixture = await createFixture();
    fixture.client.destroy();
    await fixture.dynamodb.close();
    for (let round = 0; round < ROUNDS; round++) {
      const victim = await startVictim(fixture.dir);
      const answers = counter(1 + Math.floor(random() * 150));
      const writing = [
        ...plains.map((ledger, writer) => writeOn(ledger, plain(victim.doc, writer), answers.count)),
        ...triples.map((ledger, writer) => writeOn(ledger, transaction(victim.doc, writer), answers.count)),
      ];
      // After so many answers, and then at any moment of the writes under way.
      await answers.reached;
      await sleep(random() * 10);
      await victim.kill();
      await Promise.all(writing);
      await fixture.restart();
      settle(await all(fixture.doc), plains, triples);
      expect(await disagreements(fixture.doc)).toEqual([]);
      fixture.client.destroy();
      await fixture.dynamodb.close();
    }
    const written = [...plains, ...triples].reduce((sum, { answered }) => sum + answered, 0);
    expect(written).toBeGreaterThan(ROUNDS * 20);
    await fixture.restart();
    await fixture.close();
  }, 120_000);
});
