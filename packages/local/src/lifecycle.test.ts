import { lifetimeOf, lifetimePrefix, lifetimes } from "@posthouse/core/email/lifetime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expire } from "./lifecycle.ts";
import { startTestPorts, type TestPorts } from "./testing.ts";

const day = 86_400_000;
let env: TestPorts;
beforeAll(async () => {
  env = await startTestPorts();
});
afterAll(() => env.close());

describe("the lifetime of objects", () => {
  it("is never shorter than asked for, and read back from the key", () => {
    for (const days of [0, 1, 8, 9, 40, 129.5, 400]) {
      const lifetime = lifetimeOf(`${lifetimePrefix(days * 86_400)}/db/em`) ?? 0;
      expect(lifetime).toBeGreaterThanOrEqual(days * day);
    }
    expect(lifetimeOf("db/em")).toBeUndefined();
  });

  it("ends by prefix and age, and no sooner", async () => {
    const keys = lifetimes.map((days) => `${lifetimePrefix(days * 86_400)}/db/em`);
    for (const key of [...keys, "other/db/em"]) await env.ports.blobs.put(key, new Uint8Array([1]));
    const now = Date.now() + 41 * day;
    expect(await expire(env.services.fauxqs.url, now)).toBe(2);
    const left = await Promise.all(
      [...keys, "other/db/em"].map(async (key) => (await env.ports.blobs.get(key)) !== undefined),
    );
    expect(left).toEqual([false, false, true, true, true, true]);
    expect(await expire(env.services.fauxqs.url, now)).toBe(0);
  });
});
