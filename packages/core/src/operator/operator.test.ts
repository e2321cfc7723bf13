import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Dead, dying } from "../../../../test/support/dying.ts";
import { load } from "../configuration/load.ts";
import { create } from "../database/create.ts";
import { find, list } from "../database/list.ts";
import { patch as patchDatabase } from "../database/patch.ts";
import { usage } from "../limit/usage.ts";
import type { Ports } from "../ports/main.ts";
import { tick } from "../tick/run.ts";
import { get, patch } from "./patch.ts";

let machine: TestPorts;
let ports: Ports;
beforeEach(async () => {
  machine = await startTestPorts();
  ports = machine.ports;
});
afterEach(() => machine.close());

const limits = async () =>
  Object.fromEntries((await list(ports, { limit: 100 })).data.map(({ name, limit }) => [name, limit]));

describe("the operator's settings", () => {
  it("R-LIM-1 a changed plan or app reaches every database that has it, but no override", async () => {
    await create(ports, { name: "plan" });
    await create(ports, { name: "app", apps: ["crm"] });
    await create(ports, { name: "own", daily_limit: 7 });
    const answer = await patch(ports, { plans: { trial: 60 }, apps: { crm: 90 } });
    expect(answer).toMatchObject({ plans: { trial: 60, standard: 200 }, apps: { crm: 90 }, applied: true });
    expect(await limits()).toEqual({ plan: 60, app: 90, own: 7 });
    await patch(ports, { apps: { crm: null } });
    expect(await limits()).toEqual({ plan: 60, app: 60, own: 7 });
    await create(ports, { name: "late" });
    expect((await find(ports, "late")).limit).toBe(60);
  });

  it("R-LIM-1 what was taken already stays counted under the new limit", async () => {
    await create(ports, { name: "a" });
    const before = await find(ports, "a");
    await patch(ports, { plans: { trial: 10 } });
    const after = await find(ports, "a");
    expect(after.limit_rev).toBe(before.limit_rev + 1);
    await patch(ports, { plans: { standard: 10 } });
    expect((await find(ports, "a")).limit_rev).toBe(after.limit_rev);
  });

  it("R-LIM-2 the day of every database ends when the operator says", async () => {
    await create(ports, { name: "a" });
    await patch(ports, { reset_utc: "04:30" });
    expect((await usage(ports, await find(ports, "a"))).resets_at).toMatch(/T04:30:00/);
  });

  it("R-SRV-10 a plan may be kept from servers of its own, and the stored setting waits", async () => {
    await create(ports, { name: "a" });
    const allowed = async () => (await load(ports, await find(ports, "a"))).settings.custom_email_servers;
    expect(await allowed()).toBe(true);
    await patch(ports, { custom_email_servers: { trial: false } });
    expect(await allowed()).toBe(false);
    await patchDatabase(ports, "a", { plan: "standard" });
    expect(await allowed()).toBe(true);
  });

  it.each([[{ custom_email_servers: { gold: false } }], [{ plans: { " ": 3 } }], [{ apps: { ["x".repeat(65)]: 3 } }]])(
    "refuses %j",
    async (input) => {
      await expect(patch(ports, input)).rejects.toMatchObject({ name: "invalid_parameter" });
    },
  );

  it("databases made or changed while the settings change have the new ones", async () => {
    const made = Array.from({ length: 6 }, async (_, n) => create(ports, { name: `db${n}` }));
    const changes = [61, 62, 63].map((trial) => patch(ports, { plans: { trial } }));
    await Promise.all([...made, ...changes]);
    machine.advance(ports.operator.waits.recovery * 1000 + 1);
    await tick(ports);
    const { plans } = await get(ports);
    expect(new Set(Object.values(await limits()))).toEqual(new Set([plans["trial"]]));
  });

  it("whoever dies on the way, no database is left behind", async () => {
    for (let n = 0; n < 3; n++) await create(ports, { name: `db${n}` });
    for (let calls = 1; ; calls++) {
      const trial = 100 + calls;
      const broken = dying(ports, calls, "before");
      const died = await patch(broken.ports, { plans: { trial } }).then(
        ({ applied }) => !applied,
        (error: unknown) => error instanceof Dead,
      );
      machine.advance(ports.operator.waits.recovery * 1000 + 1);
      await tick(ports);
      machine.advance(ports.operator.waits.recovery * 4000);
      await tick(ports);
      expect(await limits()).toEqual({ db0: trial, db1: trial, db2: trial });
      expect((await get(ports)).applied).toBe(true);
      if (!died && broken.writes() <= calls) return;
    }
  });
});
