import { beforeAll, describe, expect, it } from "vitest";
import { onEssentials, prices } from "../bench/prices.ts";
import { total } from "./bill.ts";
import { simulate } from "./day/run.ts";
import { billOf, things } from "./million.ts";
import { type Readers, read } from "./readers.ts";
import { report } from "./report.ts";
import { small } from "./scenario.ts";

const million = 1_000_000;

describe("what the simulation makes of its counts", () => {
  let readers: Readers;
  beforeAll(async () => {
    readers = await read();
  });

  it("charges a million mails one by one with the units of the budget", () => {
    const [single] = things;
    const lines = single && billOf(single, readers);
    // Accepted 10, handed over 5, delivered 2 and a tenth of what counts ten together (test/bench/budget.test.ts)
    expect(lines?.get("write units")).toBeCloseTo(17.2 * million * prices.writeUnit, 6);
    expect(lines?.get("read units")).toBeCloseTo((1.5 + 3 + 2) * million * prices.readUnit, 6);
    expect(lines?.get("SES")).toBeCloseTo(million * prices.ses, 6);
  });

  it("charges SES's plan Essentials by the mails of a month", () => {
    expect(onEssentials(0)).toBe(0);
    expect(onEssentials(million)).toBeCloseTo(160, 9);
    expect(onEssentials(10 * million)).toBeCloseTo(1_600, 9);
    expect(onEssentials(110 * million)).toBeCloseTo(1_600 + 12_600 + 1_100, 9);
  });

  it("adds up the lines of a day, and tells its figures", () => {
    const day = simulate({ ...small, databases: 100, transactional: 20_000 }, readers, { seconds: 3_600, first: 8 });
    const text = report(day);
    const sent = day.counts.sent.toLocaleString("en-US");
    expect(text).toMatch(new RegExp(`handed over to SES +\\| ${sent} `));
    const [, all] = /\| together +\| ([\d.]+)/.exec(text) ?? [];
    const lines = [
      ...text.matchAll(
        /^\| (?:SES|write|read|objects|queues|topic|API|Lambda|KMS|logs|metrics|traces)[^|]*\| (\d+\.\d\d) /gm,
      ),
    ];
    expect(lines).toHaveLength(12);
    expect(lines.reduce((sum, [, value]) => sum + Number(value), 0)).toBeCloseTo(Number(all), 1);
    expect(
      total(
        new Map([
          ["a", 1],
          ["b", 2],
        ]),
      ),
    ).toBe(3);
  });
});
