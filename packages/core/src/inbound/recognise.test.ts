import { expect, it } from "vitest";
import type { Key, Store } from "../ports/store.ts";
import type { Home } from "./copy.ts";
import { destinations } from "./destination.ts";
import { recognise } from "./recognise.ts";

const fallback = "acme.posthouse.test";

/** What looking a mail up reads. */
async function reads(recipients: number, domains: number): Promise<readonly Key[]> {
  const asked: Key[] = [];
  const store = { batchGet: async (keys: readonly Key[]) => (asked.push(...keys), []) } as unknown as Store;
  const own = new Set(Array.from({ length: domains }, (_, n) => `d${n}.example`));
  const home = { loaded: { domains: [] }, former: [], names: { fallback, own } } as unknown as Home;
  const to = Array.from({ length: recipients }, (_, n) => `r${n}@${fallback}`);
  const places = destinations(to, { forwarded: [], addressed: to }, home.names);
  expect((await recognise({ store }, "db", home, places)).size).toBe(recipients);
  return asked;
}

it("R-IN-8 looks a local part up on every other domain of the database", async () => {
  expect((await reads(2, 3)).map(({ sk }) => sk).toSorted()).toEqual(
    ["r0", "r1"]
      .flatMap((local) => [fallback, "d0.example", "d1.example", "d2.example"].map((name) => `${local}@${name}`))
      .toSorted(),
  );
});

it("R-IN-8 reads no more than so much for any mail", async () => {
  expect((await reads(500, 200)).length).toBeLessThanOrEqual(1_000);
  expect((await reads(1, 600)).length).toBe(601);
});
