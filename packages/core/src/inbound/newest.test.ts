import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { accept } from "../email/accept.ts";
import type { Id } from "../id.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { find } from "./reply.ts";

/** Every kind of Message-Id there is, known and unknown, in any order (R-IN-1). */

interface Known {
  readonly message_id: string;
  /** The email it leads to; null = nothing of this database. */
  readonly email: string | null;
}

let env: TestPorts;
let db: TestDatabase;
const all: Known[] = [];
beforeAll(async () => {
  env = await startTestPorts();
  db = await makeDatabase(env.ports);
  const other = await makeDatabase(env.ports, { name: "other" });
  const send = async (of: TestDatabase, changes: Parameters<typeof mail>[0]) =>
    (await accept(env.ports, await of.version(), mail(changes))).id as Id<"email">;
  const thread = { model: "crm.lead", record_id: "1" };
  for (const n of [1, 2, 3]) {
    const [plain, threaded, foreign] = [await send(db, {}), await send(db, { thread }), await send(other, { thread })];
    const own = `<own-${n}@odoo.example>`;
    const provided = `0100018f-${n}-000000`;
    await env.ports.store.write({ put: { ...keys.messageId(db.id, provided, threaded) } });
    await env.ports.store.write({ put: { ...keys.messageId(db.id, `<gone-${n}@x.example>`, plain), expires_at: 1 } });
    all.push(
      { message_id: `<${plain}@a.example>`, email: plain },
      { message_id: `<${threaded}@a.example>`, email: threaded },
      { message_id: `<${provided}@email.amazonses.com>`, email: threaded },
      { message_id: own, email: await send(db, { thread, message_id: own }) },
      { message_id: `<${foreign}@a.example>`, email: null },
      { message_id: `<gone-${n}@x.example>`, email: null },
      { message_id: `<${n}@outlook.example>`, email: null },
      { message_id: `${n}`, email: null },
    );
  }
});
afterAll(() => env.close());

it("R-IN-1 the last known of the last 32 ids wins, References before In-Reply-To, whatever they are", async () => {
  const list = (maxLength: number) => fc.array(fc.nat(all.length - 1), { maxLength });
  const newest = (of: readonly (Known | undefined)[]) => of.slice(-32).findLast((one) => one?.email)?.email;
  await fc.assert(
    fc.asyncProperty(list(45), list(3), async (references, inReplyTo) => {
      const [first, second] = [references.map((n) => all[n]), inReplyTo.map((n) => all[n])];
      const ids = (of: readonly (Known | undefined)[]) => of.map((one) => one?.message_id ?? "");
      const traces = { recipients: [], references: ids(first), in_reply_to: ids(second) };
      const answer = await find(env.ports, db.id, traces);
      expect(answer?.email).toBe(newest(first) ?? newest(second));
      expect(answer?.via).toBe(newest(first) ? "references" : newest(second) ? "in_reply_to" : undefined);
    }),
    { numRuns: 60 },
  );
});

it("R-IN-1 an answer whose last id is ours costs three reads, however long its References are", async () => {
  const [, { message_id, email } = { message_id: "", email: null }] = all;
  const foreign = Array.from({ length: 60 }, (_, n) => `<f${n}@y.example>`);
  let reads = 0;
  const counted =
    <A extends unknown[], T>(read: (...args: A) => Promise<T>) =>
    (...args: A): Promise<T> => {
      reads++;
      return read(...args);
    };
  const { store } = env.ports;
  const { get, batchGet, query } = store;
  const counting: Ports = {
    ...env.ports,
    store: { ...store, get: counted(get), batchGet: counted(batchGet), query: counted(query) },
  };
  const traces = { recipients: [], references: [...foreign, message_id], in_reply_to: [message_id] };
  expect(await find(counting, db.id, traces)).toMatchObject({ email });
  expect(reads).toBeLessThanOrEqual(3);
});
