import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { apply } from "../feedback/apply.ts";
import type { Change } from "../feedback/change.ts";
import { usage } from "../limit/usage.ts";
import { accept } from "./accept.ts";
import { dismiss } from "./dismiss.ts";
import { get } from "./read.ts";
import { retry } from "./retry.ts";

let env: TestPorts;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts();
});
afterAll(() => env.close());

const make = () => makeDatabase(env.ports, { name: `retold${made++}`, daily_limit: 1_000 });
async function send(db: TestDatabase, to: string[]): Promise<string> {
  const { id } = await accept(env.ports, await db.version(), mail({ to }));
  await deliver(env);
  return id;
}
/** Tells the same of each of them, a second after the other. */
async function tell(db: TestDatabase, id: string, to: readonly string[], kind: Change["kind"], status: string) {
  for (let from = 0; from < to.length; from += 10) {
    const changes = to.slice(from, from + 10).map((address): Change => {
      env.advance(1_000);
      const at = new Date(env.ports.clock.now()).toISOString();
      return { address, kind, status, reply: `${kind} ${address}`, dedupe: `${kind}${address}`, at };
    });
    await apply(env.ports, { database: db.id, id }, changes);
  }
}

describe("R-FAIL-3 retry of what was delivered and then bounced", () => {
  it("of 50 recipients keeps all their deliveries as one entry, from the first to the last", async () => {
    const db = await make();
    const to = Array.from({ length: 50 }, (_, n) => `g${n}@example.net`);
    const id = await send(db, to);
    await tell(db, id, to, "delivered", "2.0.0");
    await tell(db, id, to, "soft_bounced", "4.2.2");
    const before = (await get(env.ports, db.id, id)).events.filter(({ type }) => type === "delivered");
    expect(before).toHaveLength(50);
    expect(await retry(env.ports, await db.version(), id)).toMatchObject({ attempt: 2, status: "queued" });
    const { events, recipients } = await get(env.ports, db.id, id);
    expect(new Set(recipients.map(({ state }) => state))).toEqual(new Set(["queued"]));
    expect(events.filter(({ type }) => type === "delivered")).toEqual([
      {
        type: "delivered",
        at: before[0]?.at,
        note: `The first of them; the last at ${before[49]?.at}.`,
        recipients: to,
      },
    ]);
    expect(events.filter(({ type }) => type === "bounced")).toHaveLength(50);
    await deliver(env);
    expect((await get(env.ports, db.id, id)).status).toBe("sent");
  });

  it("of one of several keeps its own, in the remote server's words", async () => {
    const db = await make();
    const to = ["a@example.net", "b@example.net"];
    const id = await send(db, to);
    await tell(db, id, to, "delivered", "2.0.0");
    await tell(db, id, to.slice(0, 1), "soft_bounced", "4.2.2");
    const told = async () => (await get(env.ports, db.id, id)).events.filter(({ type }) => type === "delivered");
    const before = await told();
    await retry(env.ports, await db.version(), id);
    expect(await told()).toEqual(before);
    expect(before.map(({ reply }) => reply)).toEqual(to.map((address) => `delivered ${address}`));
  });
});

describe("R-FAIL-3 the red envelope", () => {
  it("is counted in the usage: emails, until they are tried again or dismissed", async () => {
    const db = await make();
    const red = async () => (await usage(env.ports, await db.version())).attention;
    expect(await red()).toBe(0);
    const ids = await Promise.all([1, 2, 3].map((n) => send(db, [`x${n}@example.net`, `y${n}@example.net`])));
    for (const [n, id] of ids.entries()) await tell(db, id, [`x${n + 1}@example.net`], "bounced", "5.7.1");
    expect(await red()).toBe(3);
    await dismiss(env.ports, db.id, ids[0] ?? "");
    await retry(env.ports, await db.version(), ids[1] ?? "");
    expect(await red()).toBe(1);
    expect((await usage(env.ports, await (await make()).version())).attention).toBe(0);
  });
});
