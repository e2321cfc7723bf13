import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { accept } from "../email/accept.ts";
import { get } from "../email/read.ts";
import { patch } from "../settings/patch.ts";
import { apply } from "./apply.ts";
import type { Change } from "./change.ts";
import { isMachine } from "./machine.ts";

const delivered = Date.parse("2036-11-23T08:00:00.000Z");
const after = (ms: number) => new Date(delivered + ms).toISOString();
const people = (...times: (number | null)[]) =>
  times.map((ms) => ({ facts: ms === null ? {} : { delivered_at: after(ms) } }));
const opened = (user_agent: string, ms = 60_000): Pick<Change, "kind" | "user_agent" | "at"> => ({
  kind: "opened",
  user_agent,
  at: after(ms),
});

describe("an open or a click is a machine's", () => {
  it.each([
    ["Mozilla/5.0", true],
    ["Mozilla/5.0 (Windows NT 10.0) Mimecast", true],
    ["Mozilla/5.0 (compatible) BingPreview/1.0b", true],
    ["Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)", false],
    ["YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html", false],
    ["Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15", false],
  ])("by what it calls itself: %s, %s", (agent, machine) => {
    expect(isMachine(people(0), opened(agent))).toBe(machine);
  });

  it.each([
    [2_999, [0], true],
    [3_000, [0], false],
    [-500, [0], true],
    [0, [null], false],
    [2_999, [null, 0], true],
    [60_000, [59_000, 0], false],
  ])("by how soon: %i ms, delivered after %j: %s", (ms, times, machine) => {
    expect(isMachine(people(...times), opened("Reader", ms))).toBe(machine);
    expect(isMachine(people(...times), { ...opened("Reader", ms), kind: "clicked" })).toBe(machine);
  });

  it("and nothing else is", () => {
    expect(isMachine(people(0), { ...opened("Mozilla/5.0", 1), kind: "bounced" })).toBe(false);
  });
});

describe("in the timeline", () => {
  let env: TestPorts;
  let db: TestDatabase;
  beforeAll(async () => {
    env = await startTestPorts();
    db = await makeDatabase(env.ports);
    await patch(env.ports, await db.version(), { tracking: { opens: true, clicks: true } });
  });
  afterAll(() => env.close());

  it.each([
    ["the only recipient", ["a@example.net"]],
    ["several", ["a@example.net", "b@example.net"]],
  ])("of %s, a prefetch is a machine's, told before the delivery or after it, with it or later", async (_, to) => {
    const open = (ms: number): Change => ({ ...opened("Reader", ms), address: null, dedupe: `o${ms}` });
    const delivery: Change = { address: to[0] ?? "", kind: "delivered", at: after(0), dedupe: "d" };
    for (const tellings of [[[open(1_000), delivery, open(9_000)]], [[delivery], [open(9_000), open(1_000)]]]) {
      const { id } = await accept(env.ports, await db.version(), mail({ to }));
      await deliver(env);
      for (const changes of tellings) await apply(env.ports, { database: db.id, id }, changes);
      const { events } = await get(env.ports, db.id, id);
      const opens = events.filter(({ type }) => type === "opened").map(({ at, machine }) => [at, machine]);
      expect(opens).toEqual([
        [after(1_000), true],
        [after(9_000), undefined],
      ]);
    }
  });
});
