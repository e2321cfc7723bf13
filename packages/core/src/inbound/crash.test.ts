import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { dying } from "../../../../test/support/dying.ts";
import { arrive, letter, report } from "../../../../test/support/inbound.ts";
import { accept } from "../email/accept.ts";
import { get } from "../email/read.ts";
import type { Job } from "../job.ts";
import { run } from "./batch.ts";
import { list } from "./list.ts";
import { receivedPrefix } from "./object.ts";

let env: TestPorts;
let db: TestDatabase;
let other: TestDatabase;
beforeAll(async () => {
  env = await startTestPorts();
  db = await makeDatabase(env.ports);
  other = await makeDatabase(env.ports, { name: "other" });
});
afterAll(() => env.close());

const moments = (["before", "after"] as const).flatMap((moment) =>
  Array.from({ length: 16 }, (_, calls) => ({ calls, moment })),
);

/** Takes a mail in with a process that dies at that write, then with one that lives. @returns whether the first died. */
async function kill(job: Job, { calls, moment }: (typeof moments)[number]): Promise<boolean> {
  const first = await run(dying(env.ports, calls, moment).ports, [job]);
  expect(await run(env.ports, [job])).toEqual({ failed: [] });
  expect(await env.ports.blobs.list(receivedPrefix)).toEqual([]);
  return first.failed.length > 0;
}

const found = async ({ id }: TestDatabase, message: string) => {
  const { data } = await list(env.ports, id, { limit: 100 });
  return data.filter(({ message_id }) => message_id === `<${message}@customer.example>`);
};

describe("a process that is killed over inbound mail", () => {
  it("loses no copy and makes none twice, at whichever write", async () => {
    const died: boolean[] = [];
    for (const at of moments) {
      const id = `${at.moment}-${at.calls}`;
      const to = ["a@company-name.posthouse.test", "b@other.posthouse.test", "c@gmail.com"];
      died.push(await kill(await arrive(env, { to, raw: letter(id) }), at));
      for (const each of [db, other]) {
        expect(await found(each, id), id).toHaveLength(1);
        const copies = await env.ports.blobs.list(`keep-40d/${each.id}/received/`);
        expect(copies).toHaveLength((await list(env.ports, each.id, { limit: 100 })).data.length);
      }
    }
    expect(died.filter(Boolean).length).toBeGreaterThan(6);
    expect(died).toContain(false);
  }, 120_000);

  it("R-FAIL-4 loses no report and tells none twice", async () => {
    const died: boolean[] = [];
    for (const at of moments) {
      const recipient = `${at.moment}${at.calls}@example.net`;
      const { id } = await accept(env.ports, await db.version(), mail({ to: [recipient] }));
      await deliver(env);
      const { message_id } = await get(env.ports, db.id, id);
      const raw = report({ message_id: message_id ?? "", recipient });
      const to = ["bounce@company-name.posthouse.test"];
      died.push(await kill(await arrive(env, { to, raw, envelope_from: "" }), at));
      const { status, events } = await get(env.ports, db.id, id);
      expect([status, events.filter(({ type }) => type === "bounced").length], recipient).toEqual(["bounced", 1]);
    }
    expect(died.filter(Boolean).length).toBeGreaterThan(4);
  }, 120_000);

  it("two processes at once make one copy", async () => {
    const job = await arrive(env, { to: ["a@company-name.posthouse.test"], raw: letter("race") });
    const results = await Promise.all(Array.from({ length: 4 }, () => run(env.ports, [job])));
    // Who comes when the object is gone already finds that it was taken in
    expect(results).toEqual(Array(4).fill({ failed: [] }));
    expect(await found(db, "race")).toHaveLength(1);
  });

  it("the same mail over two ways at once makes one copy", async () => {
    const raw = letter("ways");
    const jobs: Job[] = [];
    for (let n = 0; n < 3; n++) jobs.push(await arrive(env, { to: ["a@company-name.posthouse.test"], raw }));
    const results = await Promise.all(jobs.map((job) => run(env.ports, [job])));
    expect(results).toEqual(Array(3).fill({ failed: [] }));
    expect(await found(db, "ways")).toHaveLength(1);
  });
});
