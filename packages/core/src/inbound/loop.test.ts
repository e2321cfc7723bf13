import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Passage, pass } from "./loop.ts";

let env: TestPorts;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts();
});
afterAll(() => env.close());

const minute = 60_000;
const mary = "mary@example.net";

/** A database of its own, and mails of it one after the other, each with an id of its own unless it is given. */
function counting() {
  const db = `db_${made++}`;
  let sent = 0;
  return (changes: Partial<Parameters<typeof pass>[2]> = {}, of = db) =>
    pass(env.ports, of, { sender: mary, what: "record", id: `rcv_${sent++}`, allowed: [], ...changes });
}

async function times(n: number, one: () => Promise<Passage>): Promise<Passage[]> {
  const all: Passage[] = [];
  for (let k = 0; k < n; k++) all.push(await one());
  return all;
}
const passes = (n: number): Passage[] => Array.from({ length: n }, () => "passes");

describe("R-IN-5 loops", () => {
  it("R-IN-5 20 pass in 120 minutes, the 21st does not, and its sender is told once", async () => {
    const ask = counting();
    expect(await times(23, ask)).toEqual([...passes(20), "first", "stopped", "stopped"]);
  });

  it("R-IN-5 the window slides: each place is free 120 minutes after it was taken, not a moment sooner", async () => {
    const ask = counting();
    expect(await times(10, ask)).toEqual(passes(10));
    env.advance(60 * minute);
    expect(await times(11, ask)).toEqual([...passes(10), "first"]);
    env.advance(59 * minute);
    expect(await ask()).toBe("stopped");
    env.advance(minute);
    expect(await times(11, ask)).toEqual([...passes(10), "stopped"]);
    env.advance(60 * minute);
    expect(await times(11, ask)).toEqual([...passes(10), "first"]);
  });

  it("R-IN-5 the same mail again counts once, and gets the same answer", async () => {
    const ask = counting();
    const again = { id: "rcv_same" };
    expect(await times(30, () => ask(again))).toEqual(passes(30));
    expect(await times(19, ask)).toEqual(passes(19));
    const last = { id: "rcv_last" };
    expect(await times(2, () => ask(last))).toEqual(["first", "first"]);
    expect([await ask(), await ask(again)]).toEqual(["stopped", "passes"]);
  });

  it("R-IN-5 a plus tag makes no other sender, and needs no other entry of the allow list", async () => {
    const ask = counting();
    let n = 0;
    const tagged = () => ask({ sender: `mary+${n++}@example.net` });
    expect(await times(20, tagged)).toEqual(passes(20));
    expect([await ask(), await tagged(), await ask({ sender: "bob@example.net" })]).toEqual([
      "first",
      "stopped",
      "passes",
    ]);
    expect(await ask({ sender: "mary+x@example.net", allowed: [mary] })).toBe("passes");
  });

  it("R-IN-5 each sender, each thread and each database counts for itself; no sender is one sender", async () => {
    const ask = counting();
    await times(20, ask);
    expect(await ask()).toBe("first");
    for (const changes of [{ sender: "bob@example.net" }, { what: "thr_1" }, { sender: "" }])
      expect(await ask(changes)).toBe("passes");
    expect(await ask({}, "db_other")).toBe("passes");
    expect(await times(20, () => ask({ sender: "" }))).toEqual([...passes(19), "first"]);
  });

  it("R-IN-5 whoever is on the allow list writes as often as they like, by address or by domain", async () => {
    const ask = counting();
    for (const allowed of [["Mary@Example.net"], ["Example.NET"]])
      expect(await times(25, () => ask({ allowed }))).toEqual(passes(25));
    const other = { allowed: ["ann@example.net", "sub.example.net", "net"] };
    expect(await times(21, () => ask(other))).toEqual([...passes(20), "first"]);
    const idn = { sender: "a@xn--bcher-kva.example", allowed: ["bücher.example"] };
    expect(await times(21, () => ask(idn))).toEqual(passes(21));
    expect((await times(21, () => ask({ sender: "", allowed: [""] }))).at(-1)).toBe("first");
  });

  it("R-IN-5 exactly 20 of many at once pass, and one is told", async () => {
    const ask = counting();
    const answers = await Promise.all(Array.from({ length: 30 }, () => ask()));
    const count = (passage: Passage) => answers.filter((one) => one === passage).length;
    expect([count("passes"), count("first"), count("stopped")]).toEqual([20, 1, 9]);
  });

  it("R-IN-5 a sender of any length and letters is counted", async () => {
    const ask = counting();
    const sender = "ü".repeat(2_000);
    expect(await times(21, () => ask({ sender }))).toEqual([...passes(20), "first"]);
  });

  it("R-IN-5 however they come, never more than 20 pass in any 120 minutes, and never fewer than could", async () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 30, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(gaps, async (minutes) => {
        const ask = counting();
        const passed: number[] = [];
        for (const gap of minutes) {
          env.advance(gap * minute);
          const now = env.ports.clock.now();
          const answer = await ask();
          const within = passed.filter((at) => at > now - 120 * minute).length;
          // The clock goes on by itself: whoever is about to leave the window may count or not
          if (within < 20) expect(answer).toBe("passes");
          if (answer === "passes") passed.push(env.ports.clock.now());
        }
        for (const at of passed)
          expect(passed.filter((one) => one >= at && one < at + 120 * minute - minute).length).toBeLessThanOrEqual(20);
      }),
      { numRuns: 8 },
    );
  });
});
