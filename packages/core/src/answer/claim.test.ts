import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { hasty, reply, stray } from "../../../../test/support/answer.ts";
import { mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { dying } from "../../../../test/support/dying.ts";
import { patch } from "../database/patch.ts";
import { accept } from "../email/accept.ts";
import { usage } from "../limit/usage.ts";
import type { Ports } from "../ports/main.ts";
import { patch as set } from "../settings/patch.ts";
import type { Asked } from "./answer.ts";
import { mostADay, mostToOne } from "./claim.ts";

const day = 86_400_000;
const answered = "Its sender was told so automatically.";

let env: TestPorts;
let ports: Ports;
let db: TestDatabase;
let name: string;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts();
  ports = hasty(env);
});
beforeEach(async () => {
  name = `claim${made++}`;
  db = await makeDatabase(ports, { name });
});
afterAll(() => env.close());

const come = (local = "nobody", from = "mary") =>
  stray(env, { to: [`${local}@${name}.posthouse.test`], from: `${from}@${name}.example` });
const told = (asked: Asked, by = ports) => reply(by, db, asked);
const sent = () => env.ses.mailbox.list().filter(({ recipients }) => recipients[0]?.endsWith(`${name}.example`)).length;
const used = async () => (await usage(ports, await db.version())).used;

describe("R-IN-7 how many automatic answers there are", () => {
  it("R-IN-7 one per sender and address a day, whatever the tag", async () => {
    expect(await told(await come())).toBe(answered);
    expect(await told(await come())).toMatch(/has answered its sender on that day/);
    expect(await told(await come("nobody+x"))).toMatch(/has answered its sender on that day/);
    expect(await told(await come("other"))).toBe(answered);
    expect(await told(await come("nobody", "peter"))).toBe(answered);
    expect([sent(), await used()]).toEqual([3, 3]);
    env.advance(day);
    expect(await told(await come())).toBe(answered);
    expect(sent()).toBe(4);
  });

  it("R-IN-7 a mail that is delivered again, and all at once, is answered once", async () => {
    const asked = await come();
    const words = await Promise.all(Array.from({ length: 8 }, () => told(asked)));
    expect(words.filter((each) => each === answered)).toHaveLength(1);
    expect([sent(), await used()]).toEqual([1, 1]);
  });

  it("R-IN-7 killed at whichever write it is answered at most once", async () => {
    const outcomes: number[] = [];
    for (const moment of ["before", "after"] as const)
      for (let calls = 0; calls < 6; calls++) {
        const asked = await come(`${moment}${calls}`, `${moment}${calls}`);
        const before = sent();
        const dead = dying(ports, calls, moment).ports;
        await told(asked, dead).catch(() => undefined);
        await told(asked);
        await told(asked);
        outcomes.push(sent() - before);
      }
    expect(Math.max(...outcomes)).toBe(1);
    expect(outcomes.filter((count) => count === 1).length).toBeGreaterThan(2);
  }, 60_000);

  it("R-IN-7 whose answer was lost is not answered again", async () => {
    const asked = await come();
    const bouncer: Ports["bouncer"] = {
      bounce: async (bounce) => {
        await ports.bouncer.bounce(bounce);
        return { outcome: "unknown", reply: "the connection broke" };
      },
    };
    await told(asked, { ...ports, bouncer });
    await told(asked);
    expect([sent(), await used()]).toEqual([1, 1]);
  });

  it.each([
    [1_000, mostADay],
    [20, 2],
    [11, 2],
    [1, 1],
  ])(
    "R-IN-7 a database with a limit of %i has %i a day",
    async (daily_limit, most) => {
      await patch(ports, name, { daily_limit });
      const words: string[] = [];
      for (let n = 0; n <= most; n++) words.push(await told(await come(`a${n}`, `p${n}`)));
      expect(words.filter((each) => each === answered)).toHaveLength(most);
      expect(words.at(-1)).toMatch(/the database has answered enough on that day|half of the daily limit is used/);
      expect(await used()).toBe(most);
      env.advance(day);
      expect(await told(await come())).toBe(answered);
    },
    120_000,
  );

  it("R-IN-7 a sender has so many of a database a day, whatever the tag", async () => {
    const words: string[] = [];
    for (let n = 0; n <= mostToOne; n++) words.push(await told(await come(`a${n}`, n === 0 ? "mary" : `mary+${n}`)));
    expect(words.filter((each) => each === answered)).toHaveLength(mostToOne);
    expect(words.at(-1)).toBe(
      "Its sender was not told: the database has answered its sender often enough on that day.",
    );
    expect(await told(await come("a9", "peter"))).toBe(answered);
    expect(await used()).toBe(mostToOne + 1);
  });

  it("R-IN-7 a mail has one of a database, by whatever addresses it came in", async () => {
    const one = await come();
    expect(await told(one)).toBe(answered);
    const other = { ...one, address: `other@${name}.posthouse.test` };
    expect(await told(other)).toBe("Its sender was not told: the database has answered it already.");
    expect([sent(), await used()]).toEqual([1, 1]);
  });
});

describe("R-IN-7 answers are dropped first", () => {
  it("R-IN-7 R-LIM-4 where the limit is full there are none, and nothing is held of them", async () => {
    await patch(ports, name, { daily_limit: 1 });
    expect(await told(await come())).toBe(answered);
    expect(await told(await come("other"))).toBe("Its sender was not told: half of the daily limit is used.");
    expect(sent()).toBe(1);
    expect(await usage(ports, await db.version())).toMatchObject({ used: 1, held: 0 });
  });

  it("R-IN-7 where half of the limit is used there are none: strangers do not use up the day", async () => {
    await patch(ports, name, { daily_limit: 20 });
    for (let n = 0; n < 10; n++) await accept(ports, await db.version(), mail());
    expect(await told(await come())).toBe(answered);
    expect(await told(await come("other"))).toBe("Its sender was not told: half of the daily limit is used.");
    expect(await used()).toBe(11);
  });

  it("R-IN-7 R-LIM-4 where mail waits for the limit it goes first", async () => {
    await set(ports, await db.version(), { on_limit: "hold" });
    await patch(ports, name, { daily_limit: 1 });
    const send = async () => accept(ports, await db.version(), mail());
    await send();
    await send();
    expect(await usage(ports, await db.version())).toMatchObject({ used: 1, held: 1 });
    await patch(ports, name, { daily_limit: 10 });
    expect(await told(await come())).toBe("Its sender was not told: mail is held for the daily limit.");
    expect([sent(), await used()]).toEqual([0, 1]);
  });
});

describe("R-IN-7 the pace of all answers", () => {
  it("R-IN-7 is one a second; who would wait long is dropped, and is not counted", async () => {
    await patch(ports, name, { daily_limit: 100 });
    const asked: Asked[] = [];
    for (let n = 0; n < 8; n++) asked.push(await come(`a${n}`, `p${n}`));
    const waits: number[] = [];
    // Nobody has a turn yet
    env.advance(60_000);
    const now = ports.clock.now();
    const still = {
      ...ports,
      clock: { ...ports.clock, now: () => now, sleep: async (ms: number) => void waits.push(ms) },
    };
    const words: string[] = [];
    for (const each of asked) words.push(await told(each, still));
    expect(waits).toEqual([1_000, 2_000, 3_000]);
    expect(words.filter((each) => each === answered)).toHaveLength(4);
    expect(words.at(-1)).toBe("Its sender was not told: too many automatic answers are under way.");
    expect([sent(), await used()]).toEqual([4, 4]);
  });
});
