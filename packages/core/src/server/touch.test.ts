import { startTestPorts } from "@posthouse/local/testing";
import { expect, it } from "vitest";
import { deliver, mail, makeDatabase } from "../../../../test/support/database.ts";
import { startSink } from "../../../../test/support/sink.ts";
import { accept } from "../email/accept.ts";
import { fromItem } from "../email/head.ts";
import * as keys from "../keys.ts";
import { tick } from "../tick/run.ts";
import { nextMinute } from "./limit.ts";
import * as Server from "./server.ts";

/**
 * Write units: of a mail that joins, of a look at the line, and of each mail it lets through. However many wait, a
 * minute costs what those who go cost: 100,000 behind 30 a minute are 100,000 × (9 + 5), and 3,334 looks of 7. The tick
 * notes that it ran, whatever waits.
 */
const join = 9;
const look = 7;
const each = 5;
const mark = 1;

it("R-LIM-5 a mail over the limit is touched when it joins its line and when it leaves, and never between", async () => {
  const env = await startTestPorts({ start: Date.parse("2026-11-22T12:00:05Z") });
  const sink = await startSink();
  try {
    const { ports } = env;
    const db = await makeDatabase(ports);
    const connection = { host: "127.0.0.1", port: sink.port, encryption: "none" as const };
    const input = { name: "own", ...connection, limit_per_minute: 5 };
    // Migrations are begun by the first of all ticks
    await tick(ports);
    const server = await Server.create(ports, await db.version(), input);
    const ids: string[] = [];
    const send = async (count: number) => {
      for (let n = 0; n < count; n++) ids.push((await accept(ports, await db.version(), mail())).id);
    };
    const waiting = async () => {
      const items = await ports.store.batchGet(
        ids.map((id) => keys.emailHead(db.id, id)),
        { consistent: true },
      );
      return items.map(fromItem).filter(({ line }) => line === server.id);
    };
    await send(40);
    env.advance(nextMinute(ports.clock.now()) - ports.clock.now() + 500);
    await deliver(env);
    await send(10);
    env.meter.reset();
    await deliver(env);
    expect(env.meter.read().writes).toBe(10 * join);
    expect(await waiting()).toHaveLength(45);
    const costs: { left: number; writes: number; reads: number }[] = [];
    for (const limit_per_minute of [5, 5, 10, 10, 5]) {
      await Server.patch(ports, await db.version(), server.id, { limit_per_minute });
      env.advance(nextMinute(ports.clock.now()) - ports.clock.now() + 500);
      env.meter.reset();
      await tick(ports);
      const { writes, reads } = env.meter.read();
      await deliver(env);
      const left = await waiting();
      expect(new Set(left.map(({ rev }) => rev))).toEqual(new Set([1]));
      costs.push({ left: left.length, writes, reads });
    }
    expect(costs.map(({ left }) => left)).toEqual([40, 35, 25, 15, 10]);
    expect(costs.map(({ writes }) => writes)).toEqual([5, 5, 10, 10, 5].map((n) => look + n * each + mark));
    expect(costs[1]?.reads).toBe(costs[4]?.reads);
    expect(sink.caught).toHaveLength(40);
  } finally {
    await sink.close();
    await env.close();
  }
});
