import { describe, expect, it } from "vitest";
import { deferred } from "./deferred.ts";

interface Port {
  add(a: number, b: number): Promise<number>;
  fail(): Promise<void>;
}

describe("a deferred port", () => {
  it("is loaded once, at its first call, and answers as the port does", async () => {
    let loads = 0;
    const port = deferred<Port>({ add: true, fail: true }, () => {
      loads++;
      return Promise.resolve({ add: (a, b) => Promise.resolve(a + b), fail: () => Promise.reject(new Error("no")) });
    });
    expect(loads).toBe(0);
    expect(await Promise.all([port.add(1, 2), port.add(3, 4)])).toEqual([3, 7]);
    await expect(port.fail()).rejects.toThrow("no");
    expect(loads).toBe(1);
  });

  it("loads again after a load that failed", async () => {
    let broken = true;
    const port = deferred<Port>({ add: true, fail: true }, () =>
      broken
        ? Promise.reject(new Error("not loaded"))
        : Promise.resolve({ add: (a, b) => Promise.resolve(a + b), fail: () => Promise.resolve() }),
    );
    await expect(port.add(1, 2)).rejects.toThrow("not loaded");
    broken = false;
    expect(await port.add(1, 2)).toBe(3);
  });
});
