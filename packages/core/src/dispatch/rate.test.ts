import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Ports } from "../ports/main.ts";
import { factorAt, rateOf, slow } from "./rate.ts";

let env: TestPorts;
beforeAll(async () => {
  env = await startTestPorts({ ses: { maxSendRate: 40 } });
});
afterAll(() => env.close());

/** A process whose questions to SES are counted, and may be left unanswered. */
function process(answers: () => Promise<number | null> = () => env.ports.provider.sendRate()) {
  let asked = 0;
  const sendRate = () => {
    asked++;
    return answers();
  };
  const ports: Ports = { ...env.ports, provider: { ...env.ports.provider, sendRate } };
  return { ports, asked: () => asked };
}

describe("the share of SES's rate that is asked for", () => {
  it("recovers slowly after it has throttled", () => {
    const at = 1_000_000;
    expect(factorAt({ factor: 0.7, at }, at)).toBe(0.7);
    expect(factorAt({ factor: 0.7, at }, at + 60_000)).toBeCloseTo(0.8);
    expect(factorAt({ factor: 0.7, at }, at + 3_600_000)).toBe(1);
    expect(factorAt({ factor: 0.7, at }, at - 5_000)).toBe(0.7);
  });

  it("is asked of SES once in five minutes, whoever asks at the same time", async () => {
    const { ports, asked } = process();
    expect(await Promise.all([rateOf(ports), rateOf(ports), rateOf(ports)])).toEqual([40, 40, 40]);
    expect(await rateOf(ports)).toBe(40);
    expect(asked()).toBe(1);
    env.advance(5 * 60_000);
    env.ses.control.set({ maxSendRate: 80 });
    expect(await rateOf(ports)).toBe(80);
    expect(asked()).toBe(2);
    env.ses.control.set({ maxSendRate: 40 });
  });

  it("not said, is asked for again soon; nobody waits for it", async () => {
    let up = false;
    const { ports } = process(() => (up ? Promise.resolve(14) : Promise.reject(new Error("throttled"))));
    expect(await rateOf(ports)).toBeNull();
    up = true;
    expect(await rateOf(ports)).toBeNull();
    env.advance(11_000);
    expect(await rateOf(ports)).toBe(14);
  });

  it("several that are throttled at once slow it once, for all processes", async () => {
    const [first, second] = [process().ports, process().ports];
    expect(await rateOf(second)).toBe(40);
    await Promise.all([slow(first), slow(second), slow(first)]);
    expect(Math.round((await rateOf(first)) ?? 0)).toBe(28);
    expect(Math.round((await rateOf(second)) ?? 0)).toBe(28);
    env.advance(11_000);
    await slow(first);
    expect((await rateOf(first)) ?? 0).toBeLessThan(21);
  });
});
