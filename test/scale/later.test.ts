import { patch as change } from "@posthouse/core/database/patch";
import { read } from "@posthouse/core/database/version";
import * as Dispatch from "@posthouse/core/dispatch/batch";
import { patch } from "@posthouse/core/settings/patch";
import { tick } from "@posthouse/core/tick/run";
import { describe, expect, it } from "vitest";
import { startWorld, type World } from "../bench/world.ts";
import { counting } from "./count.ts";
import { expectSteps } from "./expected.ts";
import { createSender } from "./sender.ts";
import { some, sum, total } from "./units.ts";

const start = Date.parse("2026-11-22T12:00:10Z");
const hour = 3_600_000;
/** What a release is about is no part of what a mail costs. */
const none: Parameters<typeof tick>[1] = [];

/** Each on a world of its own, so that no tick finds what is another's. */
describe("what waiting costs in the simulation is what the embedded AWS counts", () => {
  it("R-LIM-4 being held, and released after the reset", async () => {
    const world = await startWorld({ start });
    try {
      const [sender, count] = [createSender(world), counting(world)];
      const account = await sender.make("holding", 2);
      await patch(world.ports, await read(world.ports.store, account.id), { on_limit: "hold" });
      // The third opens the line
      for (let n = 0; n < 3; n++) await sender.one(account);
      expectSteps(await count(() => sender.one(account)), { held: 1 });
      const waiting = 8;
      for (let n = 2; n < waiting; n++) await sender.one(account);
      await change(world.ports, "holding", { daily_limit: 100 });
      await settled(world);
      world.env.advance(12 * hour);
      const { writes, indexes } = await count(() => tick(world.ports, none));
      expect(await world.env.jobs.take("dispatch")).toHaveLength(waiting);
      const steps = some({
        released: waiting,
        "group released": 1,
        "first group released": 1,
        "released in vain": waiting,
      });
      // Beside: the line, moved on and put in its place again
      const [line, lineDue] = [2, 3];
      expect(indexes["due"]).toBe((total(steps, "writes").get("due") ?? 0) + lineDue);
      expect(writes).toBe(sum(steps, "writes") + line + lineDue);
    } finally {
      await world.close();
    }
  });

  it("R-FAIL-6 a try that SES refuses for now, and the tick that brings the mail back", async () => {
    const error = { name: "ConflictException", status: 409, message: "not now" };
    const world = await startWorld({ start, ses: { hook: (moment) => (moment === "before" ? { error } : undefined) } });
    try {
      const [sender, count] = [createSender(world), counting(world)];
      const account = await sender.make("refused", 1_000);
      await sender.one(account);
      const jobs = await world.env.jobs.take("dispatch");
      const both = await count(async () => {
        await Dispatch.run(world.ports, jobs);
        world.env.advance(120_000);
        await tick(world.ports, none);
      });
      expectSteps(both, { "put off": 1 });
      expect(await world.env.jobs.take("dispatch")).toHaveLength(1);
    } finally {
      await world.close();
    }
  });
});

/** Hands over what is not held, so that only the line is due. */
async function settled({ env, ports }: World): Promise<void> {
  await Dispatch.run(ports, await env.jobs.take("dispatch"));
}
