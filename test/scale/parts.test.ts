import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import * as Chance from "./chance.ts";
import { ascii, svg } from "./chart.ts";
import * as Delays from "./day/delays.ts";
import * as Fair from "./day/fair.ts";
import * as Keys from "./day/keys.ts";
import * as Lane from "./day/lane.ts";
import { parse } from "./options.ts";
import { read } from "./readers.ts";

describe("what the simulation is made of", () => {
  it("draws places as often as their weights say", () => {
    const draw = Chance.draw(Float64Array.of(1, 0, 7, 2), Chance.create(1));
    const counts = [0, 0, 0, 0];
    for (let n = 0; n < 100_000; n++) {
      const place = draw();
      counts[place] = (counts[place] ?? 0) + 1;
    }
    for (const [place, part] of [0.1, 0, 0.7, 0.2].entries())
      expect((counts[place] ?? 0) / 100_000).toBeCloseTo(part, 1.9);
    expect(counts[1]).toBe(0);
  });

  it.each([0.3, 12, 900])("draws %d times on average", (mean) => {
    const chance = Chance.create(2);
    const all = Array.from({ length: 20_000 }, () => chance.times(mean));
    const found = all.reduce((sum, n) => sum + n, 0) / all.length;
    const deviation = Math.sqrt(all.reduce((sum, n) => sum + (n - found) ** 2, 0) / all.length);
    expect(found / mean).toBeCloseTo(1, 1);
    expect(deviation / Math.sqrt(mean)).toBeCloseTo(1, 1);
  });

  it("keeps the order of a lane, however long it gets", () => {
    const lane = Lane.create();
    for (let n = 0; n < 10; n++) lane.push(n, n, 0);
    for (let n = 0; n < 5; n++) expect(lane.shift().at).toBe(n);
    for (let n = 10; n < 70_000; n++) lane.push(n % 7, n, 1);
    for (let n = 5; n < 70_000; n++) if (lane.shift().at !== n) throw new Error(`${n} is not in its place`);
    expect(lane.size).toBe(0);
  });

  it("R-KIND-4 gives each database its turn", () => {
    const fair = Fair.create(3);
    fair.push(0, 1, 25, 0);
    fair.push(2, 2, 4, 0);
    fair.push(0, 3, 1, 0);
    const turns: string[] = [];
    while (fair.size > 0) fair.take(10, (database, { at }, n) => void turns.push(`${database} ${at} ${n}`));
    expect(turns).toEqual(["0 1 10", "2 2 4", "0 1 10", "0 1 5", "0 3 1"]);
  });

  it("G6 has KMS open a key once a process in five minutes", () => {
    const keys = Keys.create(2);
    const open = (now: number, uses: number, database = 1) => Keys.open(keys, database, now, uses, 20);
    expect([open(10, 15), open(11, 15), open(12, 15)]).toEqual([15, 5, 0]);
    expect(open(12, 1, 0)).toBe(1);
    expect([open(299, 1), open(300, 1)]).toEqual([0, 1]);
  });

  it("says how long a part of the mail waited", () => {
    const delays = Delays.create();
    expect(delays.quantile(0.5)).toBe(0);
    delays.add(0, 90);
    delays.add(7, 9);
    delays.add(100, 1);
    expect([0.5, 0.99, 1].map((each) => delays.quantile(each))).toEqual([0, 7, 100]);
  });

  it("finds in the infrastructure how queues are read", async () => {
    const readers = await read();
    expect(readers.mass.size).toBeGreaterThan(0);
    expect(readers.mass.most).toBeGreaterThan(0);
    expect(readers.feedback.window).toBeGreaterThan(0);
    expect(readers.dispatch.most).toBeNull();
    for (const memory of Object.values(readers.memory)) expect(memory).toBeGreaterThanOrEqual(0.125);
  });

  it("says so where the infrastructure has other words", async () => {
    const folder = `${await mkdtemp(join(tmpdir(), "posthouse-infra-"))}/`;
    try {
      await writeFile(`${folder}api.ts`, 'make("Api", { memory: 128 })');
      await writeFile(`${folder}workers.ts`, 'for (const name of ["Dispatch", "Feedback", "Deliver"]) make(name);');
      await expect(read(pathToFileURL(folder))).rejects.toThrow("fit test/scale/readers.ts");
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("plots a curve with its largest value at the top", () => {
    const curve = { title: "Mail", points: [0, 0, 4, 8, 0, 0], mark: { name: "most", value: 8 } };
    const lines = ascii(curve, 23).split("\n");
    expect(lines[0]).toBe("Mail, most 8");
    expect(lines[1]).toBe("       8 │ █ ");
    expect(lines[5]).toBe("         │ █ ");
    expect(svg("A day", [curve], 23)).toContain('<polygon class="curve" points="74,');
  });

  it("reads what is asked for", () => {
    expect(parse([]).scenarios).toHaveLength(2);
    expect(parse(["--only", "default", "--rate", "14"]).scenarios[0]?.ses?.rate).toBe(14);
    expect(() => parse(["--only", "huge"])).toThrow("default or hundred-million");
    const [ten] = parse(["--only", "default", "--times", "10", "--rate", "100"]).scenarios;
    expect(ten).toMatchObject({ transactional: 2_000_000, ses: { rate: 100, quota: 8_640_000 } });
    expect(ten?.plans["trial"]?.limit).toBe(500);
    expect(() => parse(["--times", "no"])).toThrow("over 0");
    expect(() => parse(["--rate", "0"])).toThrow("2 or more");
    expect(() => parse(["--write", "--rate", "14"])).toThrow("leave out");
  });
});
