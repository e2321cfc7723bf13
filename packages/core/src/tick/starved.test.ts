import { startTestPorts } from "@posthouse/local/testing";
import { expect, it } from "vitest";
import { makeDatabase } from "../../../../test/support/database.ts";
import { list } from "../migration/list.ts";
import type { Ports } from "../ports/main.ts";
import { tick } from "./run.ts";

it("migrations go on though no tick comes to its end: each tenth has three seconds for them, and then what is due", async () => {
  const env = await startTestPorts();
  try {
    for (let n = 0; n < 6; n++) await makeDatabase(env.ports, { name: `starved${n}` }, { provisioned: false });
    const between = env.ports.operator.waits.tick * 1000;
    const turn = between * 10;
    // The first of nine ticks without a turn of theirs
    env.advance(turn - (env.ports.clock.now() % turn) + between);
    let late = 0;
    const asked: string[] = [];
    const query: Ports["store"]["query"] = (one) => {
      const kind = one.index === "due" ? "due" : one.pk.startsWith("RCV#") ? "migration" : "";
      asked.push(kind);
      // No tick is through its shards in the time it has
      late += kind === "due" ? 6_000 : kind === "migration" ? 1_000 : 0;
      return env.ports.store.query(one);
    };
    const slow = (): Ports => {
      late = 0;
      const clock = { ...env.ports.clock, now: () => env.ports.clock.now() + late };
      return { ...env.ports, clock, store: { ...env.ports.store, query } };
    };
    const ticks = async (n: number): Promise<string[]> => {
      asked.length = 0;
      for (let done = 0; done < n; done++, env.advance(between)) await tick(slow());
      return asked.filter((kind) => kind !== "");
    };
    expect(new Set(await ticks(9))).toEqual(new Set(["due"]));
    expect(await ticks(1)).toEqual(["migration", "migration", "migration", ...Array.from({ length: 7 }, () => "due")]);
    expect((await list(env.ports))[0]?.status).toBe("running");
  } finally {
    await env.close();
  }
});
