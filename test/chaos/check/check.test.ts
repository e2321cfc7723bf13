import { describe, expect, it } from "vitest";
import type { Answered } from "../load/caller.ts";
import type { Item } from "../store.ts";
import { check, type Violations } from "./all.ts";
import type { Evidence } from "./evidence.ts";

/** The suite's own eyes: each of what they are to see is shown to them once. */
const to = "box-1@example.net";
const key = { pk: "MAIL#db_1#em_1" };
const head = {
  ...key,
  sk: "HEAD",
  id: "em_1",
  database: "db_1",
  to,
  state: "delivered",
  delivered_at: "2026-11-23T07:00:00.000Z",
  charged_day: "2026-11-23",
  charged_n: 1,
};
const counter = { pk: "USE#db_1#2026-11-23", sk: "COUNT", left: 9, limit: 10 };
const known = { pk: "MID#db_1#0", sk: "ses-1#em_1" };
const copy = { email: "em_1", recipient: to, provider_id: "ses-1" };
const planned = { n: 1, database: "tight" } as const;
const answer: Answered = { planned, status: 200, ids: ["em_1"], canceled: false };
const refusal: Answered = { planned, status: 429, ids: [], canceled: false };
const version = { pk: "DB#db_1", sk: "VERSION", name: "tight" };

const delivered = { id: "evt_2", type: "email.delivered", about: "em_1", recipients: [to] };
const told = [{ ...delivered, id: "evt_1", type: "email.sent" }, delivered];
const counted = { database: "tight", delivered: 1, bounced: 0 };

const good: Evidence = {
  answered: [answer],
  items: [head, counter, known, version],
  ses: [copy],
  smtp: [],
  dead: [],
  spent: [],
  told,
  counted: [counted],
  events_arrived: true,
};
const items = (...changed: Item[]): Partial<Evidence> => ({ items: [counter, known, version, ...changed] });
const broken = (change: Partial<Evidence>): (keyof Violations)[] => {
  const found = check({ ...good, ...change });
  return (Object.keys(found) as (keyof Violations)[]).filter((name) => found[name].length > 0);
};
const note = { ...key, sk: "EVT#1", type: "requeued", note: "sent again, possible duplicate" };

describe("the checks of the chaos suite", () => {
  it("G1 G2 G3 G4 find nothing where all is well", () => {
    expect(broken({})).toEqual([]);
  });

  it.each([
    ["an email that was answered and is gone", { answered: [answer, { ...answer, ids: ["em_2"] }] }],
    ["an email nobody was answered", { answered: [] }],
    ["one that waits", items({ ...head, state: "deferred" })],
    ["a place in a line", items(head, { pk: "LINE#db_1#platform", sk: "PLACE#0#em_1" })],
    ["a batch that was not finished", items(head, { pk: "BATCH#db_1", sk: "bat_1" })],
    ["one that failed though it could be reached", items({ ...head, state: "failed", failure_type: "connection" })],
    ["one that is sent and never left", { ses: [] }],
    [
      "one that was canceled and left",
      { answered: [{ ...answer, canceled: true }], ...items({ ...head, state: "canceled" }) },
    ],
  ])("G1 %s", (_name, change) => {
    expect(broken(change)).toContain("G1");
  });

  it.each([
    ["a counter below nothing", { items: [head, known, { ...counter, left: -1 }] }],
    ["a counter that is not the sum", { items: [head, known, { ...counter, left: 8 }] }],
    ["a recipient nobody is charged for", items({ ...head, charged_n: 0 })],
    ["a charge without a counter", { items: [head, known] }],
    ["a refusal where there was room", { answered: [answer, refusal] }],
  ])("G2 %s", (_name, change) => {
    expect(broken(change)).toContain("G2");
  });

  it("G2 what an earlier attempt was charged for counts", () => {
    const more = { items: [head, known, version, { ...counter, left: 8 }] };
    expect(broken({ ...more, spent: [{ database: "db_1", day: "2026-11-23", n: 1 }] })).toEqual([]);
  });

  it("G3 a second copy over SES while events arrive, whatever the timeline says", () => {
    expect(broken({ ses: [copy, copy], ...items(head, note) })).toEqual(["G3"]);
  });

  it("G3 a second copy while no events arrive, or over SMTP, only where the timeline says so", () => {
    const cut = { ses: [copy, copy], events_arrived: false };
    expect(broken(cut)).toEqual(["G3"]);
    expect(broken({ ...cut, ...items(head, note) })).toEqual([]);
    expect(broken({ smtp: [copy, copy] })).toEqual(["G3"]);
    expect(broken({ smtp: [copy, copy], ...items(head, note) })).toEqual([]);
  });

  it("G4 an event may be told any number of times", () => {
    expect(broken({ told: [...told, ...told] })).toEqual([]);
  });

  it.each([
    ["what SES took and the email does not know", items({ ...head, state: "failed", failure_type: "unknown" })],
    ["an id of SES's that is not kept", { items: [head, counter] }],
    ["dead letters", { dead: ["feedback"] }],
    ["a delivery that no webhook was told of", { told: told.slice(0, 1) }],
    ["a mail that went out and no webhook was told of", { told: [delivered] }],
    ["an event told under two ids", { told: [...told, { ...delivered, id: "evt_3" }] }],
    ["a bounce told as a delivery", { ses: [{ ...copy, recipient: "bounce@simulator.amazonses.com" }] }],
    ["a delivery that is not counted", { counted: [{ ...counted, delivered: 0 }] }],
    ["a delivery counted twice", { counted: [{ ...counted, delivered: 2 }] }],
    ["a bounce that was none", { counted: [{ ...counted, bounced: 1 }] }],
    ["a delivery that the email does not know of", items({ ...head, delivered_at: undefined })],
  ])("G4 %s", (_name, change) => {
    expect(broken(change)).toContain("G4");
  });
});
