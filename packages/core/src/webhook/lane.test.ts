import { describe, expect, it } from "vitest";
import type { Store } from "../ports/store.ts";
import { type Ended, within } from "./lane.ts";

/** A clock whose sleepers wake when the test says so. */
function fake() {
  const sleepers: (() => void)[] = [];
  let now = 1_000;
  const clock = {
    now: () => now,
    sleep: (_ms: number) => new Promise<void>((resolve) => void sleepers.push(resolve)),
  };
  return {
    ports: { store: {} as Store, clock },
    advance: (ms: number) => void (now += ms),
    async wake() {
      for (const wake of sleepers.splice(0)) wake();
      await settled();
    },
  };
}

/** When who waits leaves, on that clock. */
const latest = 41_000;

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Attempts that end when the test says so. */
function attempts() {
  const ends: ((ended: Ended<string>) => void)[] = [];
  const attempt = () => new Promise<Ended<string>>((resolve) => void ends.push(resolve));
  return { attempt, ends, end: (n: number, rest_until = 0) => ends[n]?.({ result: `done ${n}`, rest_until }) };
}

describe("the way to one endpoint", () => {
  it("has four attempts at a time; who waits has the next place", async () => {
    const { ports, wake } = fake();
    const { attempt, ends, end } = attempts();
    const all = Array.from({ length: 6 }, () => within(ports, "wh_1", latest, attempt));
    await settled();
    expect(ends).toHaveLength(4);
    end(0);
    await settled();
    expect(ends).toHaveLength(5);
    end(1);
    await wake();
    expect(ends).toHaveLength(6);
    for (const n of [2, 3, 4, 5]) end(n);
    expect(await Promise.all(all)).toEqual([0, 1, 2, 3, 4, 5].map((n) => ({ result: `done ${n}` })));
  });

  it("is waited for while attempts are under way, as long as there is time for one; that of another is its own", async () => {
    const { ports, advance, wake } = fake();
    const { attempt, ends, end } = attempts();
    const stuck = Array.from({ length: 4 }, () => within(ports, "wh_1", latest, attempt));
    const [fifth, sixth] = [within(ports, "wh_1", latest, attempt), within(ports, "wh_1", latest, attempt)];
    const other = within(ports, "wh_2", latest, attempt);
    await settled();
    expect(ends).toHaveLength(5);
    advance(30_000);
    await wake();
    end(0);
    await settled();
    expect(ends).toHaveLength(6);
    advance(10_000);
    await wake();
    expect(await sixth).toMatchObject({ rests: false });
    for (const n of [1, 2, 3, 4, 5]) end(n);
    expect(await fifth).toEqual({ result: "done 5" });
    expect(await other).toEqual({ result: "done 4" });
    expect(await Promise.all(stuck)).toHaveLength(4);
    expect(ends).toHaveLength(6);
  });

  it("keeps nobody whose place would come too late, and says when there is one", async () => {
    const { ports, advance } = fake();
    const { attempt, end } = attempts();
    const first = Array.from({ length: 4 }, () => within(ports, "wh_1", latest, attempt));
    const stays = within(ports, "wh_1", 100_000, attempt);
    await settled();
    advance(30_000);
    end(0);
    await first[0];
    const now = ports.clock.now();
    expect(await within(ports, "wh_1", latest, attempt)).toEqual({ until: now + 30_000, rests: false });
    const waiting = Array.from({ length: 4 }, () => within(ports, "wh_1", 100_000, attempt));
    expect(await within(ports, "wh_1", latest, attempt)).toEqual({ until: now + 60_000, rests: false });
    for (let n = 1; n < 9; n++) {
      end(n);
      await settled();
    }
    expect(await Promise.all([...first, stays, ...waiting])).toHaveLength(9);
  });

  it("is closed while the endpoint rests, for who waits too, and open again afterwards", async () => {
    const { ports, advance } = fake();
    const { attempt, ends, end } = attempts();
    const all = Array.from({ length: 5 }, () => within(ports, "wh_1", latest, attempt));
    await settled();
    end(0, 5_000);
    await settled();
    expect(await all[4]).toEqual({ until: 5_000, rests: true });
    expect(await within(ports, "wh_1", latest, attempt)).toEqual({ until: 5_000, rests: true });
    for (const n of [1, 2, 3]) end(n, 5_000);
    await Promise.all(all);
    advance(5_000);
    const next = within(ports, "wh_1", latest, attempt);
    await settled();
    end(4);
    expect(await next).toEqual({ result: "done 4" });
    expect(ends).toHaveLength(5);
  });

  it("gives its place back when the attempt throws", async () => {
    const { ports } = fake();
    const broken = () => Promise.reject(new Error("broken"));
    for (let n = 0; n < 6; n++) await expect(within(ports, "wh_1", latest, broken)).rejects.toThrow("broken");
  });
});
