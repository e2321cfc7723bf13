import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AliasRecord } from "../alias/record.ts";
import type { ThreadRecord } from "../thread/record.ts";
import { type Answered, type Place, plan } from "./plan.ts";

const thread = (id: string, model: string, alias: string | null = null) =>
  ({ id: `thr_${id}`, model, record_id: id, alias }) as unknown as ThreadRecord;
const alias = (address: string, model: string, record_id: string | null = null) =>
  ({ address, model, record_id }) as unknown as AliasRecord;
const answered = (to: ThreadRecord | null): Answered => ({
  thread: to,
  internal: false,
  email: "em_1",
  via: "references",
});
const place = (recipient: string, more: Partial<Place> = {}): Place => ({
  destination: { recipient, key: recipient, envelope: recipient, addresses: [recipient], named: [] },
  answered: undefined,
  alias: undefined,
  refuses: false,
  purpose: null,
  ...more,
});
const ways = (places: readonly Place[], replies = true) =>
  plan(places, replies).map(({ way, destinations }) => [way.to, destinations.map(({ recipient }) => recipient)]);

const ticket7 = thread("7", "helpdesk.ticket");

describe("R-IN-1 to R-IN-4 where a mail goes", () => {
  it("R-IN-1 a reply goes on its thread, an alias of another model takes it for a new record", () => {
    const reply = { answered: answered(ticket7) };
    expect(ways([place("a", reply)])).toEqual([["thread", ["a"]]]);
    expect(ways([place("a", { ...reply, alias: alias("a", "helpdesk.ticket") })])).toEqual([["thread", ["a"]]]);
    expect(ways([place("a", { ...reply, alias: alias("a", "crm.lead") })])).toEqual([["alias", ["a"]]]);
  });

  it("R-IN-1 the alias that the thread's own mail names is its own, whatever its model", () => {
    const reply = { answered: answered(thread("7", "helpdesk.ticket", "a")), alias: alias("a", "crm.lead") };
    expect(ways([place("a", reply)])).toEqual([["thread", ["a"]]]);
  });

  it("R-IN-1 an answer to an email without a thread is a new record by an alias, else what it is", () => {
    const reply = { answered: answered(null) };
    expect(ways([place("a", { ...reply, alias: alias("a", "crm.lead") })])).toEqual([["alias", ["a"]]]);
    expect(ways([place("a", reply), place("b", reply)])).toEqual([["email", ["a", "b"]]]);
  });

  it("R-IN-1 is never refused: an alias that does not take it leaves it where it belongs", () => {
    const refusing = { alias: alias("a", "crm.lead"), refuses: true };
    expect(ways([place("a", { ...refusing, answered: answered(ticket7) })])).toEqual([["thread", ["a"]]]);
    expect(ways([place("a", { ...refusing, answered: answered(null) })])).toEqual([["email", ["a"]]]);
    expect(ways([place("a", refusing)])).toEqual([["refused", ["a"]]]);
    expect(ways([place("a", { ...refusing, answered: answered(ticket7) })], false)).toEqual([["refused", ["a"]]]);
  });

  it("R-IN-2 the catchall alone has the rule of its own; with any other address it has not", () => {
    const rule = (...places: Place[]) => plan(places, true).map(({ way }) => way);
    expect(rule(place("c", { purpose: "catchall" }), place("d", { purpose: "catchall" }))).toEqual([
      { to: "nobody", rule: "catchall" },
    ]);
    expect(rule(place("c", { purpose: "catchall" }), place("x"))).toEqual([{ to: "nobody", rule: "none" }]);
  });

  it("R-IN-3 two aliases are two records, two of one record are one entry", () => {
    const [a, b] = [place("a", { alias: alias("a", "crm.lead") }), place("b", { alias: alias("b", "crm.lead") })];
    expect(ways([a, b])).toHaveLength(2);
    const of = (address: string) => place(address, { alias: alias(address, "crm.lead", "1") });
    expect(ways([of("a"), of("b")])).toEqual([["alias", ["a", "b"]]]);
  });

  it("R-IN-4 every destination is in exactly one outcome, and outcomes are told apart by their keys", () => {
    const arbitrary = fc.record({
      answered: fc.constantFrom(undefined, answered(ticket7), answered(null), answered(thread("8", "crm.lead"))),
      alias: fc.constantFrom(undefined, alias("s@x", "helpdesk.ticket"), alias("l@x", "crm.lead", "8")),
      refuses: fc.boolean(),
      purpose: fc.constantFrom(null, "bounce" as const, "catchall" as const),
    });
    fc.assert(
      fc.property(fc.array(arbitrary, { minLength: 1, maxLength: 6 }), fc.boolean(), (all, replies) => {
        const places = all.map((one, n) => place(`r${n}`, one));
        const found = plan(places, replies);
        const placed = found.flatMap(({ destinations }) => destinations.map(({ recipient }) => recipient));
        expect(placed.toSorted()).toEqual(places.map((_, n) => `r${n}`));
        expect(new Set(found.map(({ key }) => key)).size).toBe(found.length);
        expect(found.filter(({ way }) => way.to === "nobody").length).toBe(
          found.length === 1 && found[0]?.way.to === "nobody" ? 1 : 0,
        );
      }),
    );
  });
});
