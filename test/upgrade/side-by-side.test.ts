import * as Dispatch from "@posthouse/core/dispatch/batch";
import { accept } from "@posthouse/core/email/accept";
import * as Email from "@posthouse/core/email/list";
import { AppError } from "@posthouse/core/error";
import * as Feedback from "@posthouse/core/feedback/batch";
import * as Inbound from "@posthouse/core/inbound/batch";
import { list } from "@posthouse/core/inbound/list";
import * as keys from "@posthouse/core/keys";
import { usage } from "@posthouse/core/limit/usage";
import { list as listMigrations } from "@posthouse/core/migration/list";
import type { Migration } from "@posthouse/core/migration/migration";
import { registry } from "@posthouse/core/migration/registry";
import type { Ports } from "@posthouse/core/ports/main";
import { tick } from "@posthouse/core/tick/run";
import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mail, makeDatabase, type TestDatabase } from "../support/database.ts";
import { arrive, letter } from "../support/inbound.ts";

/** Two releases on one store, as during a deploy: the later one has a migration more, and runs it meanwhile. */

const added: Migration = {
  ...{ id: "test-received-3", of: "received", from: 2, to: 3, reads: ["subject"] },
  up: ({ subject }) => ({ set: { topic: subject ?? null } }),
};
interface Process {
  readonly ports: Ports;
  readonly migrations: readonly Migration[];
}
const [limit, mails, letters] = [24, 36, 12];

let env: TestPorts;
let db: TestDatabase;
let old: Process;
let young: Process;
beforeAll(async () => {
  env = await startTestPorts({ start: Date.parse("2026-11-23T08:00:00Z") });
  db = await makeDatabase(env.ports, { name: "company-name", daily_limit: limit });
  // A process remembers by its store what it has seen
  const process = (migrations: readonly Migration[]) => ({
    ports: { ...env.ports, store: { ...env.ports.store } },
    migrations,
  });
  [old, young] = [process(registry), process([...registry, added])];
});
afterAll(() => env.close());

const either = (n: number): Process => (n % 2 === 0 ? old : young);
const stored = async () => (await env.ports.store.query({ pk: keys.received(db.id, "").pk, consistent: true })).items;
const ticks = () => Promise.all([old, young].map(({ ports, migrations }) => tick(ports, migrations)));

/** Whether there was room for it within the limit. */
const isAccepted = (answer: Promise<unknown>): Promise<boolean> =>
  answer.then(
    () => true,
    (error: unknown) => {
      if (error instanceof AppError && error.name === "daily_quota_exceeded") return false;
      throw error;
    },
  );

/** Each batch is taken by the release that the one before was not taken by. */
async function drain(
  queue: "dispatch" | "feedback",
  take: (ports: Ports, jobs: Awaited<ReturnType<TestPorts["jobs"]["take"]>>) => Promise<{ failed: readonly string[] }>,
): Promise<void> {
  for (let n = 1; ; n++) {
    const jobs = await env.jobs.take(queue, 4);
    if (jobs.length === 0) return;
    expect((await take(either(n).ports, jobs)).failed).toEqual([]);
  }
}

describe("two releases on one store", () => {
  it("G1 G2 G3 G4 what one has begun the other finishes: nothing lost or doubled, limits exact, during a migration", async () => {
    const answers: Promise<boolean>[] = [];
    for (let n = 0; n < mails; n++) {
      answers.push(isAccepted(accept(either(n).ports, await db.version(), mail({ to: [`c${n}@example.net`] }))));
      if (n % 3 === 0)
        await Inbound.run(either(n / 3).ports, [
          await arrive(env, { to: ["sales@company-name.posthouse.test"], raw: letter(`m${n}`) }),
        ]);
      if (n % 6 === 0) await ticks();
    }
    expect((await Promise.all(answers)).filter(Boolean)).toHaveLength(limit);
    await Promise.all([drain("dispatch", Dispatch.run), ticks()]);
    await drain("dispatch", Dispatch.run);
    await drain("feedback", Feedback.run);
    const sent = env.ses.mailbox.list().flatMap(({ recipients }) => recipients);
    expect([sent.length, new Set(sent).size]).toEqual([limit, limit]);
    const { data } = await Email.list(old.ports, await db.version(), { limit: 100 });
    expect(data.map(({ last_event }) => last_event)).toEqual(data.map(() => "delivered"));
    expect((await usage(young.ports, await db.version())).used).toBe(limit);
    expect(await stored()).toHaveLength(letters);
  });

  it("the migration does not end while both run; it ends when the old one is gone, and again after a roll back", async () => {
    const late = async (n: string) =>
      Inbound.run(old.ports, [
        await arrive(env, { to: ["sales@company-name.posthouse.test"], raw: letter(`late${n}`) }),
      ]);
    const status = async ({ ports, migrations }: Process) =>
      (await listMigrations(ports, migrations)).find(({ id }) => id === added.id);
    const tickFor = async (hours: number, ...all: Process[]) => {
      for (let n = 0; n < hours; n++) {
        await Promise.all(all.map(({ ports, migrations }) => tick(ports, migrations)));
        env.advance(3_600_000);
      }
    };
    const isWhole = async () => {
      const items = await stored();
      for (const { v, topic, subject } of items) expect([v, topic]).toEqual([3, subject]);
      for (const { ports } of [old, young])
        expect((await list(ports, db.id, { limit: 100 })).data).toHaveLength(items.length);
      return items.length;
    };
    await tickFor(2 * registry.length + 2, old, young);
    expect(await status(young)).toMatchObject({ status: "running", sweep: 2, known: true });
    await late("1");
    await tickFor(2, young);
    expect(await status(young)).toMatchObject({ status: "finished", items_failed: 0 });
    expect(await status(old)).toMatchObject({ status: "finished", known: false });
    expect(await isWhole()).toBe(letters + 1);
    await tickFor(1, old);
    await late("2");
    expect(await status(old)).toMatchObject({ status: "running", known: false });
    await tickFor(1, young);
    expect(await status(young)).toMatchObject({ status: "finished", items_failed: 0 });
    expect(await isWhole()).toBe(letters + 2);
    const known = await listMigrations(old.ports, registry);
    expect(known.slice(0, registry.length).map((one) => one.status)).toEqual(registry.map(() => "finished"));
  });
});
