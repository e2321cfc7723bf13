import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { dying } from "../../../../test/support/dying.ts";
import { arrive } from "../../../../test/support/inbound.ts";
import { received, said, written } from "../../../../test/support/taking.ts";
import { follow, posting } from "../../../../test/support/thread.ts";
import * as Alias from "../alias/alias.ts";
import type { Job } from "../job.ts";
import * as keys from "../keys.ts";
import { byRecord } from "../thread/find.ts";
import * as Follower from "../thread/follower.ts";
import { post } from "../thread/post.ts";
import { tick } from "../tick/run.ts";
import { run } from "./batch.ts";
import { receivedPrefix } from "./object.ts";

let env: TestPorts;
let db: TestDatabase;
const D = "company-name.posthouse.test";
const model = "helpdesk.ticket";
beforeAll(async () => {
  env = await startTestPorts();
  db = await makeDatabase(env.ports);
  for (const [name, of] of [
    ["support", model],
    ["leads", "crm.lead"],
  ] as const)
    await Alias.create(env.ports, await db.version(), { name, model: of });
});
afterAll(() => env.close());

const moments = (["before", "after"] as const).flatMap((moment) =>
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 25].map((calls) => ({ calls, moment })),
);

const byMessageId = async (id: string) =>
  (await received(env, db)).filter(({ message_id }) => message_id === `<${id}@customer.example>`);

describe("a process that is killed over mail for threads", () => {
  it("R-IN-1 R-IN-3 makes an entry, a new record and their notifications once each, at whichever write", async () => {
    const died: boolean[] = [];
    for (const { calls, moment } of moments) {
      const id = `${moment}-${calls}`;
      const thread = await follow(env.ports, db, ["tom@example.net"], { model, record_id: id });
      const { message } = await post(env.ports, await db.version(), thread, posting({ silent: true }));
      const ids = { References: message.message_id, "Message-ID": `<${id}@customer.example>` };
      const raw = written({ ...ids, From: `${id}@customer.example` });
      const to = [`catchall@${D}`, `leads@${D}`];
      const job = await arrive(env, { to, raw, verdicts: { dmarc: "PASS" } });
      died.push((await run(dying(env.ports, calls, moment).ports, [job])).failed.length > 0);
      expect(await run(env.ports, [job]), id).toEqual({ failed: [] });
      const found = await byMessageId(id);
      expect(found.map(({ status, route }) => `${status} ${route.rule}`).toSorted(), id).toEqual([
        "threaded alias",
        "threaded reply",
      ]);
      expect(await said(env, db, thread), id).toHaveLength(2);
      const made = found.find(({ route }) => route.rule === "alias");
      const ref = { model: "crm.lead", record_id: made?.id ?? "" };
      expect(await said(env, db, ref), id).toHaveLength(1);
      const lead = await byRecord(env.ports, db.id, ref);
      expect(await Follower.list(env.ports, db.id, lead?.id ?? ""), id).toHaveLength(1);
    }
    expect(died.filter(Boolean).length).toBeGreaterThan(16);
    expect(died).toContain(false);
    expect(await env.ports.blobs.list(receivedPrefix)).toEqual([]);
    // Where telling was cut short the tick goes on
    env.advance(10 * 60_000);
    await tick(env.ports);
    for (const { calls, moment } of moments) {
      const [, entry] = await said(env, db, { model, record_id: `${moment}-${calls}` });
      expect(entry?.notifications, `${moment} ${calls}`).toMatchObject({ emails: 1, pending: 0 });
    }
  }, 240_000);

  it("R-IN the same mail over three ways at once is one record with one message", async () => {
    const raw = written({ "Message-ID": "<ways@customer.example>", From: "ways@customer.example" });
    const jobs: Job[] = [];
    for (let n = 0; n < 3; n++) jobs.push(await arrive(env, { to: [`support@${D}`], raw }));
    const all = await Promise.all(jobs.map((job) => run(env.ports, [job])));
    expect(all).toEqual(Array(3).fill({ failed: [] }));
    const [one, ...more] = await byMessageId("ways");
    expect(more).toEqual([]);
    expect(await said(env, db, { model, record_id: one?.id ?? "" })).toHaveLength(1);
  });

  it("R-IN-1 a thread that is deleted while its answer comes in takes none: the mail is kept", async () => {
    const thread = await follow(env.ports, db, [], { model, record_id: "gone" });
    const { message } = await post(env.ports, await db.version(), thread, posting());
    const raw = written({ References: message.message_id, "Message-ID": "<late@customer.example>" });
    const job = await arrive(env, { to: [`catchall@${D}`], raw });
    let deleted = false;
    const { transact } = env.ports.store;
    const store = {
      ...env.ports.store,
      transact: async (...args: Parameters<typeof transact>) => {
        const head = keys.thread(db.id, thread.id);
        if (!deleted) await env.ports.store.write({ update: head, set: { deleted_at: new Date().toISOString() } });
        deleted = true;
        return transact(...args);
      },
    };
    expect(await run({ ...env.ports, store }, [job])).toEqual({ failed: [] });
    expect(await byMessageId("late")).toMatchObject([{ status: "rejected", route: { rule: "catchall" } }]);
  });

  it("R-IN-4 a mail that nothing takes is kept for each of its recipients, cut short after the first of them", async () => {
    const to = Array.from({ length: 200 }, (_, n) => `nobody${n}@${D}`);
    const job = await arrive(env, { to, raw: written({ "Message-ID": "<lost@customer.example>" }) });
    // The object, the transaction of 80 recipients, and the second object
    expect((await run(dying(env.ports, 2, "after").ports, [job])).failed).toEqual([job.id]);
    for (let n = 0; n < 2; n++) expect(await run(env.ports, [job])).toEqual({ failed: [] });
    const found = await byMessageId("lost");
    expect(found.map(({ recipients }) => recipients.length)).toEqual(expect.arrayContaining([80, 80, 40]));
    expect(new Set(found.flatMap(({ recipients }) => recipients))).toEqual(new Set(to));
  });

  it("R-IN a mail to more recipients than a transaction holds is one message", async () => {
    const thread = await follow(env.ports, db, [], { model, record_id: "many" });
    const { message } = await post(env.ports, await db.version(), thread, posting());
    const raw = written({ References: message.message_id, "Message-ID": "<many@customer.example>" });
    const to = [`catchall@${D}`, ...Array.from({ length: 199 }, (_, n) => `catchall+${n}@${D}`)];
    const job = await arrive(env, { to, raw });
    expect((await run(dying(env.ports, 3, "after").ports, [job])).failed).toEqual([job.id]);
    for (let n = 0; n < 2; n++) expect(await run(env.ports, [job])).toEqual({ failed: [] });
    expect(await said(env, db, thread)).toHaveLength(2);
    expect(await byMessageId("many")).toHaveLength(1);
  });

  it("R-IN a mail to so many, cut short at any write, is one message when it comes again another way", async () => {
    const thread = await follow(env.ports, db, [], { model, record_id: "again" });
    const { message } = await post(env.ports, await db.version(), thread, posting());
    const to = Array.from({ length: 82 }, (_, n) => `catchall+${n}@${D}`);
    const wrong: number[] = [];
    for (let calls = 0; calls < 7; calls++) {
      const before = (await said(env, db, thread)).length;
      const raw = written({ References: message.message_id, From: `again${calls}@customer.example` });
      const job = await arrive(env, { to, raw });
      await run(dying(env.ports, calls, "before").ports, [job]);
      await run(env.ports, [job]);
      await run(env.ports, [await arrive(env, { to, raw })]);
      if ((await said(env, db, thread)).length !== before + 1) wrong.push(calls);
    }
    expect(wrong).toEqual([]);
  });
});
