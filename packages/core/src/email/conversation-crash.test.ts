import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { dying } from "../../../../test/support/dying.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { byRecord } from "../thread/find.ts";
import * as ReplyRef from "../thread/reply-ref.ts";
import { tick } from "../tick/run.ts";
import { accept } from "./accept.ts";
import { list } from "./list.ts";

let env: TestPorts;
let db: TestDatabase;
beforeAll(async () => {
  env = await startTestPorts();
  db = await makeDatabase(env.ports, { daily_limit: 1_000 });
});
afterAll(() => env.close());

/** What goes on after the process is gone. */
async function recover() {
  env.advance(31_000);
  await tick(env.ports);
  await deliver(env);
}

async function assertLeadsBack(record_id: string, recipient: string) {
  const { data } = await list(env.ports, await db.version(), { limit: 10, recipient });
  const thread = await byRecord(env.ports, db.id, { model: "crm.lead", record_id });
  for (const { id } of data) {
    const item = await env.ports.store.get(keys.replyTo(db.id, id), { consistent: true });
    expect(ReplyRef.fromItem(item, env.ports.clock.now())?.thread).toBe(thread?.id);
  }
  return data.length;
}

describe("G1 a mail that makes its thread, killed between any two of its writes", () => {
  for (const [what, others] of Object.entries({ single: [], "one of several": ["last@example.net"] }))
    it(`${what}: it leads back to the thread of its record, or is not there; its caller may ask again`, async () => {
      let finished = false;
      for (let calls = 0; !finished; calls++)
        for (const moment of ["before", "after"] as const) {
          const record_id = `${calls}-${moment}-${others.length}`;
          const to = `t${record_id}@example.net`;
          const thread = { model: "crm.lead", record_id };
          const request = mail({ kind: "mass", to: [to, ...others], thread });
          const key = { key: record_id, hash: "h" };
          const send = async (ports: Ports) => accept(ports, await db.version(), request, key);
          const process = dying(env.ports, calls, moment);
          await send(process.ports).catch(() => undefined);
          finished = process.writes() <= calls;
          await recover();
          expect(await assertLeadsBack(record_id, to)).toBeLessThanOrEqual(1);
          await send(env.ports);
          await recover();
          expect(await assertLeadsBack(record_id, to)).toBe(1);
        }
    });
});
