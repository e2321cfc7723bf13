import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeHolding } from "../../../../test/support/held.ts";
import { get } from "../email/read.ts";
import { type Id, make } from "../id.ts";
import * as keys from "../keys.ts";
import * as Line from "../line/line.ts";
import { expire } from "./expiry.ts";

let env: TestPorts;
beforeAll(async () => {
  env = await startTestPorts({ start: Date.parse("2026-11-22T12:00:00Z") });
});
afterAll(() => env.close());

it("R-LIM-4 R-FAIL-6 mail that waited 30 days fails, however many joined later with an older id", async () => {
  const db = await makeHolding(env, 1);
  const { store } = env.ports;
  const give_up_at = new Date(env.ports.clock.now() + 60 * 86_400_000).toISOString();
  const scheduled = Array.from({ length: 150 }, (): Id<"email"> => make("email", env.ports));
  for (const id of scheduled) {
    const head = { database: db.id, id, kind: "transactional" as const };
    await store.write({ put: { ...keys.emailHead(db.id, id), ...head, line: "platform", give_up_at } });
    await store.write(Line.join(head, "platform", 1));
  }
  await db.send({ scheduled_at: "in 1 minute" });
  const id = await db.send();
  expect((await get(env.ports, db.id, id)).status).toBe("held");
  env.advance(30 * 86_400_000 + 1_000);
  await expire(env.ports, db.id, "platform", "30 days", env.ports.clock.now() + 60_000);
  expect((await get(env.ports, db.id, id)).status).toBe("failed");
  const { items } = await store.query({ pk: keys.line(db.id, "platform").pk, prefix: keys.placePrefix });
  expect(items).toHaveLength(150);
});
