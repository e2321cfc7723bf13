import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { deliver, mail, makeDatabase } from "../../../../test/support/database.ts";
import { later } from "../../../../test/support/held.ts";
import { type Sink, startSink } from "../../../../test/support/sink.ts";
import * as Domain from "../domain/domain.ts";
import { accept } from "../email/accept.ts";
import { findHead } from "../email/find.ts";
import { lifeOf } from "../email/hold.ts";
import * as Server from "./server.ts";

let env: TestPorts;
let sink: Sink;
beforeAll(async () => {
  env = await startTestPorts({ start: Date.parse("2026-11-22T12:00:05Z") });
  sink = await startSink();
});
afterAll(async () => {
  await sink.close();
  await env.close();
});

it("R-LIM-4 R-FAIL-6 a wait for the limits of its server changes nothing of a mail's `expires_in`", async () => {
  const db = await makeDatabase(env.ports);
  await Domain.create(env.ports, await db.version(), { name: "company.com" });
  const connection = { host: "127.0.0.1", port: sink.port, encryption: "none" as const, from_filter: "company.com" };
  await Server.create(env.ports, await db.version(), { name: "own", limit_per_day: 1, ...connection });
  const send = async () =>
    (await accept(env.ports, await db.version(), mail({ from: "sales@company.com", expires_in: 7_200 }))).id;
  await send();
  await deliver(env);
  const id = await send();
  await later(env, 1_800);
  await deliver(env);
  const waiting = await findHead(env.ports.store, db.id, id);
  expect(waiting).toMatchObject({ state: "deferred", life: 7_200 });
  expect(waiting.life_left).toBeLessThanOrEqual(7_200);
  await later(env, 12 * 3_600);
  const sent = await findHead(env.ports.store, db.id, id);
  expect(sent).toMatchObject({ state: "sent", life: 7_200 });
  expect(sent.life_left).toBeUndefined();
  expect(lifeOf(sent)).toBe(7_200);
  const left = Date.parse(sent.give_up_at) - Date.parse(sent.not_before);
  expect(left).toBe((waiting.life_left ?? 0) * 1_000);
});
