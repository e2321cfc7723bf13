import { randomBytes } from "node:crypto";
import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase, takeEvents } from "../../../../test/support/database.ts";
import { dying } from "../../../../test/support/dying.ts";
import { run as dispatch } from "../dispatch/batch.ts";
import { usage } from "../limit/usage.ts";
import { tick } from "../tick/run.ts";
import { accept } from "./accept.ts";
import { list } from "./list.ts";

let env: TestPorts;
let db: TestDatabase;
beforeAll(async () => {
  // Away from where the day of limits ends
  env = await startTestPorts({ start: Date.parse("2026-11-22T06:00:00Z") });
  db = await makeDatabase(env.ports, { daily_limit: 1000 });
});
afterAll(() => env.close());

const copies = (address: string) =>
  env.ses.mailbox.list().filter(({ recipients }) => recipients.includes(address)).length;
const used = async () => (await usage(env.ports, await db.version())).used;
const stored = async (recipient: string) => (await list(env.ports, await db.version(), { limit: 10, recipient })).data;

/** Everything that goes on after the process is gone: ticks, the queues, the events. */
async function recover() {
  for (let n = 0; n < 4; n++) {
    env.advance(31_000);
    await tick(env.ports);
    await deliver(env);
    while (env.ses.control.pending() > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await takeEvents(env);
  }
}

const moments = ["before", "after"] as const;
const bodies = { small: "Hello.", "large, in the blobs": randomBytes(160_000).toString("base64") };

describe("G1 accept, killed between any two of its writes", () => {
  for (const [size, text] of Object.entries(bodies))
    it(`a mail whose body is ${size}: it and its charge and its key exist together or not at all`, async () => {
      let finished = false;
      for (let calls = 0; !finished; calls++)
        for (const moment of moments) {
          const address = `c${calls}-${moment}-${text.length}@example.net`;
          const key = { key: address, hash: "h" };
          const before = await used();
          const process = dying(env.ports, calls, moment);
          const request = mail({ to: [address], text });
          await accept(process.ports, await db.version(), request, key).catch(() => undefined);
          finished = process.writes() <= calls;
          await recover();
          const kept = await stored(address);
          expect(copies(address)).toBe(kept.length);
          expect((await used()) - before).toBe(kept.length);
          expect(kept.map(({ status }) => status)).toEqual(kept.map(() => "delivered"));
          // The caller, who never got an answer, asks again with the same key.
          const { id } = await accept(env.ports, await db.version(), request, key);
          if (kept[0]) expect(id).toBe(kept[0].id);
          await recover();
          expect(copies(address)).toBe(1);
          expect((await used()) - before).toBe(1);
        }
    });
});

describe("G1 G3 dispatch, killed between any two of its writes", () => {
  it("sends one copy, and the state is final", async () => {
    let finished = false;
    for (let calls = 0; !finished; calls++)
      for (const moment of moments) {
        const address = `d${calls}-${moment}@example.net`;
        await accept(env.ports, await db.version(), mail({ to: [address] }));
        const process = dying(env.ports, calls, moment);
        await dispatch(process.ports, await env.jobs.take("dispatch"));
        finished = process.writes() <= calls;
        await recover();
        expect(copies(address)).toBe(1);
        expect((await stored(address)).map(({ status }) => status)).toEqual(["delivered"]);
      }
  });
});
