import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { Dead, dying } from "../../../../test/support/dying.ts";
import * as Batch from "../batch/accept.ts";
import { accept } from "../email/accept.ts";
import { get } from "../email/read.ts";
import type { Job } from "../job.ts";
import * as keys from "../keys.ts";
import { usage } from "../limit/usage.ts";
import type { Ports } from "../ports/main.ts";
import { run } from "./batch.ts";

let env: TestPorts;
let db: TestDatabase;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts();
});
beforeEach(async () => {
  db = await makeDatabase(env.ports, { name: `many${made++}`, daily_limit: 10_000 });
});
afterAll(() => env.close());

const at = "2026-11-23T08:00:00.000Z";
const details: Readonly<Record<string, (to: string) => object>> = {
  Send: () => ({ send: {} }),
  Delivery: (to) => ({ delivery: { timestamp: at, recipients: [to], smtpResponse: "250 ok" } }),
  Bounce: (to) => ({
    bounce: { bounceType: "Permanent", timestamp: at, feedbackId: "f", bouncedRecipients: [{ emailAddress: to }] },
  }),
  Complaint: (to) => ({ complaint: { timestamp: at, feedbackId: "f", complainedRecipients: [{ emailAddress: to }] } }),
};
const event = (type: string, id: string, to: string) => ({
  eventType: type,
  mail: {
    messageId: `0100-${id}`,
    timestamp: at,
    destination: [to],
    tags: { posthouse_database: [db.id], posthouse_email: [id], posthouse_attempt: ["1"], posthouse_try: ["1"] },
  },
  ...details[type]?.(to),
});
const job = (body: unknown, n: number): Job => ({ id: `m${n}`, group: null, body });
const history = async () => (await usage(env.ports, await db.version())).history[0];
const waiting = async (to: string) => {
  const { id } = await accept(env.ports, await db.version(), mail({ to: [to] }));
  await env.jobs.take("dispatch");
  return id;
};

/** Always the same disorder. */
function shuffled<T>(all: readonly T[]): T[] {
  let seed = 4711;
  return all
    .map((one) => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return { one, key: seed >>> 8 };
    })
    .sort((a, b) => a.key - b.key)
    .map(({ one }) => one);
}

describe("G4 events in the store", () => {
  it("a thousand, shuffled, told one to three times, by invocations at once: each state and count exact", async () => {
    const fates = [["Delivery"], ["Bounce"], ["Delivery", "Complaint"], ["Delivery", "Bounce"]] as const;
    const count = 200;
    const entries = Array.from({ length: count }, (_, n) => mail({ to: [`r${n}@example.net`] }));
    const ids: string[] = [];
    for (let n = 0; n < count; n += 100) {
      const { accepted } = await Batch.acceptAll(env.ports, await db.version(), entries.slice(n, n + 100), false);
      ids.push(...accepted.map(({ id }) => id));
    }
    await env.jobs.take("dispatch");
    const all = ids.flatMap((id, n) => {
      const mine = ["Send", ...(fates[n % fates.length] ?? [])].map((type) => event(type, id, `r${n}@example.net`));
      return mine.flatMap((one) => Array.from({ length: 1 + (n % 3) }, () => one));
    });
    const jobs = shuffled(all).map(job);
    const groups = Array.from({ length: Math.ceil(jobs.length / 10) }, (_, n) => jobs.slice(n * 10, n * 10 + 10));
    // Two processes, as far as turns go
    const other: Ports = { ...env.ports, store: { ...env.ports.store } };
    await Promise.all(
      [0, 1].map(async (process) => {
        for (let n = process; n < groups.length; n += 2)
          expect(await run(process === 0 ? env.ports : other, groups[n] ?? [])).toEqual({ failed: [] });
      }),
    );
    const heads = await env.ports.store.batchGet(ids.map((id) => keys.emailHead(db.id, id)));
    const states = Object.groupBy(heads, ({ state }) => String(state));
    const each = count / fates.length;
    expect(Object.fromEntries(Object.entries(states).map(([state, list]) => [state, list?.length]))).toEqual({
      delivered: each,
      bounced: 2 * each,
      complained: each,
    });
    expect(await history()).toMatchObject({
      sent: count,
      delivered: 3 * each,
      bounced: 2 * each,
      complained: each,
      failed: 0,
    });
    const { items } = await env.ports.store.query({ pk: keys.suppression(db.id, "").pk });
    expect(items).toHaveLength(3 * each);
  }, 120_000);

  it("a bounce that comes before our own `sent` is written stays a bounce, and counts once", async () => {
    const to = "early@example.net";
    const { id } = await accept(env.ports, await db.version(), mail({ to: [to] }));
    const { ses } = env.ports;
    const bouncing: Ports = {
      ...env.ports,
      ses: {
        send: async (message) => {
          const answer = await ses.send(message);
          await run(env.ports, [job(event("Bounce", id, to), 1)]);
          return answer;
        },
      },
    };
    await deliver({ ...env, ports: bouncing });
    expect(await get(env.ports, db.id, id)).toMatchObject({ status: "bounced", attention: true });
    expect(await history()).toMatchObject({ sent: 1, bounced: 1 });
  });

  it.each(["before", "after"] as const)(
    "a process that dies %s any of its writes loses and doubles nothing",
    async (moment) => {
      for (let writes = 0; writes < 3; writes++) {
        const to = `dies${writes}@example.net`;
        const before = await history();
        const id = await waiting(to);
        const jobs = [event("Delivery", id, to), event("Bounce", id, to), event("Complaint", id, to)].map(job);
        const dead = dying(env.ports, writes, moment);
        await run(dead.ports, jobs).catch((error: unknown) => {
          if (!(error instanceof Dead)) throw error;
        });
        expect(await run(env.ports, jobs)).toEqual({ failed: [] });
        expect((await get(env.ports, db.id, id)).status).toBe("complained");
        const more = (name: "sent" | "delivered" | "bounced" | "complained") => (before?.[name] ?? 0) + 1;
        expect(await history()).toMatchObject({
          sent: more("sent"),
          delivered: more("delivered"),
          bounced: more("bounced"),
          complained: more("complained"),
        });
        expect(await env.ports.store.get(keys.suppression(db.id, to))).toMatchObject({ origin: "bounce" });
      }
    },
  );

  it("fifty recipients in one event are more than one transaction holds, and all are written", async () => {
    const to = Array.from({ length: 50 }, (_, n) => `r${n}@example.net`);
    const { id } = await accept(env.ports, await db.version(), mail({ to }));
    await env.jobs.take("dispatch");
    const bouncedRecipients = to.map((emailAddress) => ({ emailAddress, status: "5.1.1" }));
    const bounce = { bounceType: "Permanent", timestamp: at, feedbackId: "f", bouncedRecipients };
    const body = { ...event("Send", id, ""), eventType: "Bounce", bounce };
    expect(await run(env.ports, [job(body, 1)])).toEqual({ failed: [] });
    const { recipients, status } = await get(env.ports, db.id, id);
    expect([status, new Set(recipients.map(({ state }) => state))]).toEqual(["bounced", new Set(["bounced"])]);
    expect(await history()).toMatchObject({ sent: 50, bounced: 50 });
  });
});
