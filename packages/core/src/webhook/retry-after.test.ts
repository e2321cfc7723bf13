import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeDatabase } from "../../../../test/support/database.ts";
import { status } from "../../../../test/support/receiver.ts";
import { later, makeHook, pump, tell } from "../../../../test/support/webhooks.ts";
import * as RetryAfter from "./retry-after.ts";

const now = Date.parse("1994-11-06T08:49:07Z");
const hour = 3_600_000;

describe("RFC 9110 §10.2.3 Retry-After", () => {
  it.each([
    [503, "30", 30_000],
    [429, " 30 ", 30_000],
    [504, "Sun, 06 Nov 1994 08:49:37 GMT", 30_000],
    [502, "Sunday, 06-Nov-94 08:49:37 GMT", 30_000],
    [503, "Sun Nov  6 08:49:37 1994", 30_000],
    [503, "86400", hour],
    [503, "9".repeat(400), hour],
    [503, "Tue, 06 Nov 2094 08:49:37 GMT", hour],
    [503, "Sun, 06 Nov 1994 08:49:00 GMT", undefined],
    [503, "0", undefined],
    [503, "-5", undefined],
    [503, "1.5", undefined],
    [503, "soon", undefined],
    [503, "Mon, nonsense", undefined],
    [503, "", undefined],
    [503, undefined, undefined],
    [500, "30", undefined],
    [404, "30", undefined],
  ])("of %i, %j is %s ms", (code, value, wait) => {
    expect(RetryAfter.read(code, value, now)).toBe(wait);
  });
});

describe("the wait it makes", () => {
  it("is never shorter than asked for, up to a tenth longer, and leaves time for another attempt", () => {
    expect([0, 0.5, 1].map((chance) => RetryAfter.within(30_000, 10 * hour, chance))).toEqual([30_000, 31_500, 33_000]);
    expect(RetryAfter.within(hour, 600_000, 0)).toBe(480_000);
    expect([RetryAfter.within(hour, 60_000, 1), RetryAfter.within(0, 10 * hour, 1)]).toEqual([0, 0]);
  });
});

describe("an endpoint that says when to come again", () => {
  let env: TestPorts;
  beforeAll(async () => {
    env = await startTestPorts();
  });
  afterAll(() => env.close());

  it("is left alone so long, an hour at most, and then tried", async () => {
    const { ports } = env;
    const db = await makeDatabase(ports, { name: "asked" }, { provisioned: false });
    const one = await makeHook(ports, db.id, { how: status(503, { "retry-after": "600" }) });
    const wait = async () => {
      const [delivery] = await one.deliveries();
      expect(delivery?.attempts.at(-1)).not.toHaveProperty("asked");
      return Date.parse(delivery?.next_attempt_at ?? "") - ports.clock.now();
    };
    await tell(ports, db.id, "em_1");
    await pump(env, ports);
    expect(await wait()).toBeGreaterThanOrEqual(599_000);
    expect(await wait()).toBeLessThanOrEqual(660_001);
    await later(env, 300);
    expect(one.received).toHaveLength(1);
    one.answer(status(429, { "retry-after": "86400" }));
    await later(env, 700);
    expect(one.received).toHaveLength(2);
    expect(await wait()).toBeGreaterThan(hour - 60_000);
    expect(await wait()).toBeLessThanOrEqual(1.1 * hour + 1);
    one.answer(status(204));
    await later(env, 4_100);
    await later(env, 600);
    expect(await one.deliveries()).toMatchObject([{ status: "delivered", attempts: [{}, {}, { status: 204 }] }]);
    await one.close();
  });
});
