import { describe, expect, it } from "vitest";
import { createLocks } from "./lock.ts";

const gate = () => Promise.withResolvers<void>();

describe("locks", () => {
  it("queue plain writes of one item, and not those of others", async () => {
    const locks = createLocks();
    const [first, order] = [gate(), [] as string[]];
    const a1 = locks.write("a", async () => (await first.promise, order.push("a1")));
    const a2 = locks.write("a", async () => order.push("a2"));
    await locks.write("b", async () => order.push("b"));
    expect(order).toEqual(["b"]);
    first.resolve();
    await Promise.all([a1, a2]);
    expect(order).toEqual(["b", "a1", "a2"]);
  });

  it("go on after a write that failed", async () => {
    const locks = createLocks();
    const failed = locks.write("a", () => Promise.reject(new Error("refused")));
    const next = locks.write("a", async () => "done");
    await expect(failed).rejects.toThrow("refused");
    expect(await next).toBe("done");
  });

  it("cancel the later of two transactions that share an item, and mark nothing for it", () => {
    const locks = createLocks();
    const first = locks.begin(["a", "b"]);
    expect(first.conflicts).toEqual([false, false]);
    expect(locks.begin(["c", "b"]).conflicts).toEqual([false, true]);
    expect(locks.held(["a", "b", "c", undefined])).toEqual([true, true, false, false]);
    first.end();
    expect(locks.begin(["c", "b"]).conflicts).toEqual([false, false]);
  });

  it("refuse a plain write while a transaction is in flight, and take it afterwards", async () => {
    const locks = createLocks();
    const flight = locks.begin(["a"]);
    await expect(locks.write("a", async () => 1)).rejects.toMatchObject({ type: "TransactionConflictException" });
    flight.end();
    expect(await locks.write("a", async () => 1)).toBe(1);
  });

  it("let a transaction wait for the plain writes that came before it", async () => {
    const locks = createLocks();
    const [first, order] = [gate(), [] as string[]];
    const write = locks.write("a", async () => (await first.promise, order.push("write")));
    const flight = locks.begin(["a"]);
    const ready = flight.ready.then(() => order.push("transaction"));
    first.resolve();
    await Promise.all([write, ready]);
    expect(order).toEqual(["write", "transaction"]);
  });
});
