import type { TestPorts } from "@posthouse/local/testing";
import { describe, expect, it } from "vitest";
import type { TestDatabase } from "../../../../test/support/database.ts";
import { Dead, dying } from "../../../../test/support/dying.ts";
import { beginFresh } from "../../../../test/support/fresh.ts";
import { telling } from "../../../../test/support/telling.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { create } from "../webhook/create.ts";
import { run } from "./batch.ts";

let env: TestPorts;
let db: TestDatabase;
let ses: ReturnType<typeof telling>;
beginFresh(
  "part",
  (fresh) => {
    ({ env, db } = fresh);
    ses = telling(env, db);
  },
  { daily_limit: 10_000 },
);

const people = (n: number) => Array.from({ length: n }, (_, k) => `p${k}@example.net`);
const want = () => create(env.ports, db.id, { endpoint: "https://hooks.example.com/", events: ["email.bounced"] });

/** The longest transaction of all that were made. */
function watched(): { readonly ports: Ports; longest(): number } {
  const { store } = env.ports;
  let longest = 0;
  const transact: typeof store.transact = (writes, token) => {
    longest = Math.max(longest, writes.length);
    return store.transact(writes, token);
  };
  return { ports: { ...env.ports, store: { ...store, transact } }, longest: () => longest };
}

describe("more than one transaction holds", () => {
  it("G4 50 recipients of one email bounce, and a webhook is told of each: all are bounced", async () => {
    await want();
    const to = people(50);
    const id = await ses.mailTo(to);
    expect(await ses.take(ses.bounce(id, to, { words: { status: "5.1.1" } }))).toEqual({ failed: [] });
    expect((await ses.states(id)).filter((state) => state === "bounced")).toHaveLength(50);
  });

  it("G4 Send and Bounce of 40 recipients in one batch: all are bounced", async () => {
    const to = people(40);
    const id = await ses.mailTo(to);
    const jobs = [ses.send(id, to), ses.bounce(id, to, { words: { status: "5.1.1" } })];
    expect(await ses.take(...jobs)).toEqual({ failed: [] });
    expect((await ses.states(id)).filter((state) => state === "bounced")).toHaveLength(40);
  });

  const grid = [31, 50].flatMap((n) =>
    ["nothing", "Send", "Delivery", "half the bounces"].flatMap((known) =>
      [true, false].map((hooked) => ({ n, known, hooked })),
    ),
  );
  it.each(grid)("G4 $n bounces, $known known before, told to a webhook: $hooked; every one once", async (one) => {
    if (one.hooked) await want();
    const to = people(one.n);
    const id = await ses.mailTo(to);
    const words = { status: "5.1.1" };
    const before = {
      nothing: [],
      Send: [ses.send(id, to)],
      Delivery: [ses.delivery(id, to)],
      "half the bounces": [ses.bounce(id, to.slice(0, one.n / 2), { words })],
    }[one.known];
    await ses.take(...(before ?? []));
    const { ports, longest } = watched();
    const jobs = [...(before ?? []), ses.bounce(id, to, { words })];
    for (let n = 0; n < 2; n++) expect(await run(ports, jobs)).toEqual({ failed: [] });
    expect(new Set(await ses.states(id))).toEqual(new Set(["bounced"]));
    expect(await ses.history()).toMatchObject({ bounced: one.n, sent: one.n });
    const { items } = await env.ports.store.query({ pk: keys.outbox(db.id, "").pk });
    expect(items.filter(({ type }) => type === "email.bounced")).toHaveLength(one.hooked ? one.n : 0);
    expect(longest()).toBeLessThanOrEqual(100);
  });

  it("R-FAIL-5 of 50 who may have complained all bounce, the last makes them all complained: in transactions that hold it", async () => {
    await create(env.ports, db.id, { endpoint: "https://hooks.example.com/", events: ["suppression.added"] });
    const to = people(50);
    const id = await ses.mailTo(to);
    await ses.take(ses.complaint(id, to));
    await ses.take(ses.bounce(id, to.slice(0, 48), { type: "Transient", words: { status: "4.2.2" } }));
    expect(new Set(await ses.states(id))).toEqual(new Set(["bounced", "sent"]));
    const { ports, longest } = watched();
    const last = ses.bounce(id, to.slice(48), { type: "Transient", words: { status: "4.2.2" } });
    const dead = dying(env.ports, 0, "after");
    await run(dead.ports, [last]).catch((error: unknown) => {
      if (!(error instanceof Dead)) throw error;
    });
    expect(new Set(await ses.states(id)).size).toBeGreaterThan(1);
    expect(await run(ports, [last])).toEqual({ failed: [] });
    expect(new Set(await ses.states(id))).toEqual(new Set(["complained"]));
    expect(longest()).toBeLessThanOrEqual(100);
    expect(await ses.history()).toMatchObject({ bounced: 50, complained: 1 });
    expect(await ses.suppressed("p0@example.net")).toMatchObject({ scope: "all", origin: "complaint" });
  });
});
