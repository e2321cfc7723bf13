import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { deliver, mail } from "../../../../test/support/database.ts";
import { type HoldingDatabase, later, makeHolding, nextDay } from "../../../../test/support/held.ts";
import { patch } from "../database/patch.ts";
import { accept } from "../email/accept.ts";
import { cancel } from "../email/cancel.ts";
import { get } from "../email/read.ts";
import type { Ports } from "../ports/main.ts";
import { tick } from "../tick/run.ts";
import { dayOf } from "./day.ts";

let env: TestPorts;
beforeAll(async () => {
  env = await startTestPorts({ start: Date.parse("2026-11-22T12:00:00Z") });
});
afterAll(() => env.close());

/** Recipients on the wire, by counting day. */
function wire(db: HoldingDatabase): Record<string, number> {
  const days: Record<string, number> = {};
  for (const { tenant, at, recipients } of env.ses.mailbox.list()) {
    if (tenant !== db.id) continue;
    const day = dayOf(Date.parse(at), "23:00");
    days[day] = (days[day] ?? 0) + recipients.length;
  }
  return days;
}

/** A process of its own: turns are taken by store. */
const another = (): Ports => ({ ...env.ports, store: { ...env.ports.store } });

it("R-LIM-3 R-LIM-4 several ticks, accepts and cancels at once over the reset: never above the limit, nothing lost", async () => {
  const limit = 12;
  const db = await makeHolding(env, limit);
  const ids: string[] = [];
  const canceled = new Set<string>();
  const send = async (ports: Ports, n: number) => {
    const cc = n % 3 === 0 ? ["copy@example.net"] : [];
    const changes = n % 2 === 0 ? { cc } : { kind: "mass" as const };
    ids.push((await accept(ports, await db.version(), mail(changes))).id);
  };
  for (let n = 0; n < 40; n++) await send(env.ports, n);
  await deliver(env);
  for (let day = 0; day < 2; day++) {
    const held = await db.held();
    const until = Date.parse((await db.use()).resets_at) - env.ports.clock.now();
    env.advance(until + 1_000);
    await Promise.all([
      ...Array.from({ length: 3 }, () => tick(another())),
      ...Array.from({ length: 8 }, (_, n) => send(another(), n)),
      ...held.slice(0, 4).map(async (id) => {
        await cancel(another(), db.id, id);
        canceled.add(id);
      }),
      deliver(env),
    ]);
    await deliver(env);
  }
  for (let day = 0; day < 10 && (await db.held()).length > 0; day++) await nextDay(env);
  await later(env, 3600);
  const states = await Promise.all(ids.map(async (id) => [id, (await get(env.ports, db.id, id)).status] as const));
  for (const [id, status] of states) expect(status).toBe(canceled.has(id) ? "canceled" : "sent");
  const days = wire(db);
  expect(Math.max(...Object.values(days))).toBeLessThanOrEqual(limit);
  const { history } = await db.use();
  expect(Object.fromEntries(history.map(({ date, accepted }) => [date, accepted]))).toEqual(days);
});

/** In a thousand and over five days by `HELD=1000`; the tenth of it takes a tenth of the time. */
const count = Number(process.env["HELD"] ?? 100);

it(`R-LIM-4 ${count} held mails at a limit of a fifth: exactly that many on each of five days, in order`, async () => {
  const limit = count / 5;
  const db = await makeHolding(env, limit);
  const { name } = await db.version();
  await patch(env.ports, name, { daily_limit: 1 });
  await db.send({ subject: "first" });
  for (let n = 0; n < count; n++) await db.send({ subject: `${n}` });
  expect(await db.use()).toMatchObject({ used: 1, held: count });
  await deliver(env);
  env.meter.reset();
  await patch(env.ports, name, { daily_limit: limit });
  for (let day = 0; day < 5; day++) {
    const before = db.sent().length;
    await nextDay(env);
    // The tick goes on where it has stopped
    while (db.sent().length < before + limit) await later(env, 60);
    await later(env, 3600);
    const sent = db.sent().slice(before).map(Number);
    const wanted = Array.from({ length: limit }, (_, n) => day * limit + n);
    expect(sent.toSorted((a, b) => a - b)).toEqual(wanted);
  }
  expect(await db.held()).toEqual([]);
});
