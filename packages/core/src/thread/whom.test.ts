import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { UserRecord } from "../user/user.ts";
import type { FollowerRecord } from "./record.ts";
import { choose, subscribed } from "./whom.ts";

const address: fc.Arbitrary<string> = fc.constantFrom(
  "a@x.example",
  "b@x.example",
  "c@x.example",
  "d@x.example",
  "e@x.example",
);
const how = fc.constantFrom("email" as const, "inbox" as const);
const subtype = fc.constantFrom("comment", "note", "stage");
const follower: fc.Arbitrary<FollowerRecord> = fc.record({
  address,
  name: fc.constant(null),
  user: fc.boolean(),
  notify: fc.option(how),
  subtypes: fc.uniqueArray(subtype, { minLength: 1 }),
  created_at: fc.constant(""),
});
const user: fc.Arbitrary<UserRecord> = fc.record({
  address,
  name: fc.constant(null),
  notify: how,
  created_at: fc.constant(""),
});
const cases = fc.record({
  followers: fc.uniqueArray(follower, { selector: (one) => one.address }),
  users: fc.uniqueArray(user, { selector: (one) => one.address }),
  about: fc.record({ subtype, author: address, has: fc.array(address), silent: fc.boolean() }),
});

describe("R-NOT-2 whom a message is told to", () => {
  it("R-NOT-2 each of its subtype once, but the author and those who have it; notes to users alone", () => {
    fc.assert(
      fc.property(cases, ({ followers, users, about }) => {
        const known = new Map(users.map((one) => [one.address, one]));
        const { inbox, email } = choose(subscribed(followers, about), known, about.subtype);
        const told = [...inbox, ...email.map((one) => one.address)];
        const wanted = followers.filter(
          (one) =>
            !about.silent &&
            one.subtypes.includes(about.subtype) &&
            one.address !== about.author &&
            !about.has.includes(one.address) &&
            (about.subtype !== "note" || one.user || known.has(one.address)),
        );
        expect(told.toSorted()).toEqual(wanted.map((one) => one.address).toSorted());
      }),
    );
  });

  it("R-NOT-1 a user as the follower says, else as they say themselves; anybody else by email", () => {
    fc.assert(
      fc.property(cases, ({ followers, users, about }) => {
        const known = new Map(users.map((one) => [one.address, one]));
        const { inbox } = choose(subscribed(followers, about), known, about.subtype);
        for (const one of subscribed(followers, about)) {
          const own = known.get(one.address);
          const isUser = one.user || own !== undefined;
          expect(inbox.includes(one.address)).toBe(isUser && (one.notify ?? own?.notify) === "inbox");
        }
      }),
    );
  });
});
