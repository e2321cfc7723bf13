import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Head, Recipient } from "../email/head.ts";
import type { Change } from "./change.ts";
import * as Mail from "./mail.ts";
import { reduce, type Told } from "./reduce.ts";

const addresses = ["a@one.net", "b@one.net", "c@one.net"];
const head = {
  ...{ database: "db_1", id: "em_1", kind: "transactional", state: "sent", attempt: 1, try: 1, rev: 1 },
  ...{ over: "platform", recipients: 3 },
} as unknown as Head;
const start = Mail.create(
  head,
  addresses.map((address, n): Recipient => ({ n, address, field: "to" })),
);
const told = (kind: Change["kind"], address: string | null, more: Partial<Change> = {}): Told => ({
  attempt: 1,
  changes: [{ kind, address, at: "2026-11-23T08:00:00.000Z", dedupe: `${kind}${address}`, ...more }],
});
const end = (all: readonly Told[]) =>
  all.reduce((mail, one) => reduce(mail, one).mail, start).people.map(({ state }) => state);

const both = told("complained", null, { among: addresses.slice(0, 2) });
const [a, b] = addresses.slice(0, 2).map((address) => told("bounced", address)) as [Told, Told];

describe("a complaint of one of several", () => {
  it("R-FAIL-5 and bounces of them all end the same in any order", () => {
    expect(end([a, b, both])).toEqual(end([both, a, b]));
    expect(end([b, both, a])).toEqual(end([a, both, b]));
    expect(end([a, b, both])).toEqual(["complained", "complained", "sent"]);
  });

  it("R-FAIL-1 moves no state back, whatever is told after it", () => {
    const order = ["sent", "bounced", "complained"];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(a, b, both, told("bounced", "c@one.net")), { maxLength: 6 }), (all) => {
        for (let n = 0; n < all.length; n++) {
          const [before, after] = [end(all.slice(0, n)), end(all.slice(0, n + 1))];
          for (const [k, state] of after.entries())
            expect(order.indexOf(state)).toBeGreaterThanOrEqual(order.indexOf(before[k] ?? "sent"));
        }
      }),
    );
  });
});
