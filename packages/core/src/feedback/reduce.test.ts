import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Head, Recipient } from "../email/head.ts";
import type { Counts } from "../statistics/day.ts";
import type { Change } from "./change.ts";
import * as Count from "./count.ts";
import * as Mail from "./mail.ts";
import { reduce, type Told } from "./reduce.ts";

const addresses = ["a@one.net", "b@one.net", "c@two.net"];

function mailOf(recipients: number, changes: Partial<Head> = {}): Mail.Mail {
  const head = {
    ...{ database: "db_1", id: "em_1", kind: "transactional", state: "sending", attempt: 1, try: 1, rev: 1 },
    ...{ over: "platform", recipients },
    ...(recipients === 1 && { to: addresses[0], field: "to" }),
    ...changes,
  } as unknown as Head;
  const items = addresses.slice(0, recipients).map((address, n): Recipient => ({ n, address, field: "to" }));
  return Mail.create(head, recipients === 1 ? [] : items);
}

const change = (kind: Change["kind"], address: string | null, more: Partial<Change> = {}): Change => ({
  ...{ kind, address, at: "2026-11-23T08:00:00.000Z", dedupe: `${kind} ${address} ${JSON.stringify(more)}` },
  ...more,
});
const told = (...changes: Change[]): Told => ({
  attempt: 1,
  accepted: { at: "2026-11-23T07:59:59.000Z", provider_id: "0100" },
  changes,
});

/** Everything told, in that order: what became of the mail, and what was counted on the way. */
function run(mail: Mail.Mail, all: readonly Told[]) {
  let current = mail;
  const sums: Partial<Counts>[] = [];
  for (const one of all) {
    const next = reduce(current, one);
    if (next.mail === current) continue;
    sums.push(Count.difference(current, next.mail));
    const head = next.accepted ? { ...next.mail.head, state: "sent" as const } : next.mail.head;
    current = { ...next.mail, head };
  }
  const counts = Object.fromEntries(Object.entries(Count.sum(sums)).filter(([, n]) => n !== 0));
  return { states: current.people.map(({ state }) => state), counts, mail: current };
}
const states = (mail: Mail.Mail, ...all: Told[]) => run(mail, all).states;

const of = (address: string): fc.Arbitrary<Change[]> =>
  fc.subarray([
    change("sent", address),
    change("delivered", address),
    change("soft_bounced", address, { status: "4.2.2" }),
    change("bounced", address, { status: "5.7.1" }),
    change("bounced", address, { permanent: true }),
    change("complained", null, { among: [address] }),
    change("failed", address),
  ]);

/** Complaints that may be of several. */
const complaints = fc.subarray(
  [addresses, addresses.slice(0, 2), addresses.slice(1)].map((among) => change("complained", null, { among })),
);

describe("what was told of an email", () => {
  it("R-FAIL-1 is the same in any order and any number of times, and is counted once", () => {
    fc.assert(
      fc.property(
        fc.tuple(...addresses.map(of), complaints).chain((lists) => {
          const all = lists.flat().map((one) => told(one));
          const repeated = fc
            .array(fc.nat(), { minLength: all.length, maxLength: all.length })
            .map((times) => all.flatMap((one, n) => Array.from({ length: 1 + ((times[n] ?? 0) % 4) }, () => one)));
          return fc.tuple(
            fc.constant(all),
            repeated.chain((each) => fc.shuffledSubarray(each, { minLength: each.length })),
          );
        }),
        ([ordered, shuffled]) => {
          const [one, other] = [run(mailOf(3), ordered), run(mailOf(3), shuffled)];
          expect(other.states).toEqual(one.states);
          expect(other.counts).toEqual(one.counts);
        },
      ),
    );
  });

  it("R-FAIL-1 100,000 events shuffled, each told 1 to 4 times: the states of the ordered run, and exact counts", () => {
    let seed = 4711;
    const random = (n: number) => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return (seed >>> 8) % n;
    };
    const mails = 42_000;
    const fates: readonly (readonly Change["kind"][])[] = [
      ["sent", "delivered"],
      ["sent", "bounced"],
      ["sent", "delivered", "complained"],
      ["sent", "delivered", "soft_bounced"],
      ["sent", "failed"],
    ];
    const size = (n: number) => (n % 3 === 0 ? 3 : 1);
    const distinct = Array.from({ length: mails }, (_, n) =>
      (fates[n % fates.length] ?? []).map((kind, k) => {
        const among = kind === "complained" && size(n) > 1 ? { among: addresses } : {};
        return { n, one: told(change(kind, "among" in among ? null : (addresses[k % size(n)] ?? null), among)) };
      }),
    ).flat();
    const events = distinct.flatMap((event) => Array.from({ length: 1 + random(4) }, () => event));
    for (let n = events.length - 1; n > 0; n--) {
      const k = random(n + 1);
      [events[n], events[k]] = [events[k] as (typeof events)[0], events[n] as (typeof events)[0]];
    }
    expect(distinct.length).toBeGreaterThan(100_000);
    const runAll = (all: typeof events) => {
      const byMail = Map.groupBy(all, ({ n }) => n);
      return Array.from({ length: mails }, (_, n) => {
        const { states: found, counts } = run(
          mailOf(size(n)),
          (byMail.get(n) ?? []).map(({ one }) => one),
        );
        return { n, found, counts };
      });
    };
    const [ordered, shuffled] = [runAll(distinct), runAll(events)];
    expect(shuffled.filter((one, n) => !isDeepStrictEqual(one, ordered[n]))).toEqual([]);
    const single = shuffled.filter(({ n }) => size(n) === 1);
    const wanted = ["delivered", "bounced", "complained", "bounced", "failed"];
    expect(single.filter(({ n, found }) => found[0] !== wanted[n % wanted.length])).toEqual([]);
    const fifth = single.length / fates.length;
    expect(Count.sum(single.map(({ counts }) => counts))).toEqual({
      sent: single.length,
      delivered: 3 * fifth,
      bounced: 2 * fifth,
      complained: fifth,
      failed: fifth,
      platform_sent: single.length,
      platform_ended: 4 * fifth,
      platform_bounced: fifth,
      platform_complained: fifth,
    });
  });

  it("R-FAIL-5 a complaint is of whoever remains, also when the others bounce after it", () => {
    const complaint = told(change("complained", null, { among: addresses }));
    const bounces = ["a@one.net", "b@one.net"].map((address) => told(change("bounced", address)));
    const after = ["bounced", "bounced", "complained"];
    expect(states(mailOf(3), ...bounces, complaint)).toEqual(after);
    expect(states(mailOf(3), complaint, ...bounces, complaint)).toEqual(after);
    const open = run(mailOf(3), [complaint, complaint]);
    expect(open.states).toEqual(["sent", "sent", "sent"]);
    expect(open.counts).toMatchObject({ complained: 1, platform_complained: 1 });
    expect(run(mailOf(3), [complaint, ...bounces]).counts).toMatchObject({ complained: 1, bounced: 2 });
  });

  it("R-FAIL-1 what ended for good stays, what is unknown may still be corrected", () => {
    const delivered = told(change("delivered", addresses[0] ?? null));
    expect(states(mailOf(1, { state: "failed", failure_type: "smtp_permanent" }), delivered)).toEqual(["failed"]);
    expect(states(mailOf(1, { state: "suppressed" }), delivered)).toEqual(["suppressed"]);
    expect(states(mailOf(1, { state: "canceled" }), delivered)).toEqual(["canceled"]);
    expect(states(mailOf(1, { state: "canceled", maybe_sent: true }), delivered)).toEqual(["delivered"]);
    expect(states(mailOf(1, { state: "failed", failure_type: "unknown" }), delivered)).toEqual(["delivered"]);
    expect(states(mailOf(1, { attempt: 2 }), delivered)).toEqual(["sending"]);
  });

  it("R-FAIL-1 an older attempt's event is of those who stayed with it", () => {
    const mail = mailOf(2, { attempt: 2, state: "queued" });
    const [first, second] = mail.people;
    if (!first || !second) throw new Error("two recipients");
    const stayed = { ...first, state: "sent" as const, follows: false, attempt: 1 };
    const both = told(change("delivered", "a@one.net"), change("bounced", "b@one.net"));
    expect(states({ ...mail, people: [stayed, second] }, both)).toEqual(["delivered", "queued"]);
  });

  it("R-FAIL-4 a report moves nothing that was not handed over, and the addresses of others not at all", () => {
    const report: Told = { attempt: null, changes: [change("bounced", "a@one.net")] };
    expect(states(mailOf(1, { state: "deferred" }), report)).toEqual(["deferred"]);
    expect(states(mailOf(1, { state: "deferred", maybe_sent: true }), report)).toEqual(["bounced"]);
    expect(states(mailOf(1, { state: "sent" }), report)).toEqual(["bounced"]);
    const foreign: Told = { attempt: null, changes: [change("bounced", "x@other.net")] };
    expect(reduce(mailOf(1, { state: "sent" }), foreign).news).toEqual([]);
  });

  it("what became of the address all mail is redirected to is that of the whole email", () => {
    const staging = mailOf(2, { redirected: true });
    for (const address of ["staging@us.test", "a@one.net"]) {
      const { news, mail } = reduce(staging, told(change("bounced", address, { permanent: true })));
      expect(mail.people.map(({ state }) => state)).toEqual(["bounced", "bounced"]);
      expect(news).toMatchObject([{ redirected: true }]);
    }
  });
});
