import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, mail } from "../../../../test/support/database.ts";
import { later, makeHolding, nextDay } from "../../../../test/support/held.ts";
import { accept } from "../email/accept.ts";
import { get } from "../email/read.ts";
import * as keys from "../keys.ts";
import type { Store } from "../ports/store.ts";
import { tick } from "../tick/run.ts";
import { join } from "./line.ts";

let env: TestPorts;
beforeAll(async () => {
  env = await startTestPorts({ start: Date.parse("2026-11-22T12:00:00Z") });
});
afterAll(() => env.close());

const isThere = async (id: string) =>
  (await env.ports.store.get(keys.line(id, "platform"), { consistent: true })) !== undefined;

describe("G1 R-LIM-4 a line that is given up while somebody joins it", () => {
  it("is opened again after a join that has stalled", async () => {
    const db = await makeHolding(env, 1);
    await db.send();
    await deliver(env);
    const version = await db.version();
    let stalled = false;
    const transact: Store["transact"] = async (writes, token) => {
      const joins = writes.some((write) => "put" in write && write.put.sk.startsWith(keys.placePrefix));
      if (joins && !stalled) {
        stalled = true;
        for (let n = 0; n < 3; n++) await later(env, 1_000);
        expect(await isThere(db.id)).toBe(false);
      }
      return env.ports.store.transact(writes, token);
    };
    const { id } = await accept({ ...env.ports, store: { ...env.ports.store, transact } }, version, mail());
    expect(stalled).toBe(true);
    expect(await isThere(db.id)).toBe(true);
    await nextDay(env);
    expect((await get(env.ports, db.id, id)).status).toBe("sent");
  });

  it("is made again by the tick that finds somebody in it after all", async () => {
    const db = await makeHolding(env, 1);
    await db.send();
    await db.send();
    await deliver(env);
    const place = join({ database: db.id, id: "em_late" as never, kind: "mass" }, "platform", 1);
    let deleted = false;
    const write: Store["write"] = async (one) => {
      const isLine = "delete" in one && one.delete.pk === place.put.pk && one.delete.sk === "LINE";
      if (isLine) await env.ports.store.write(place);
      const done = await env.ports.store.write(one);
      if (isLine) deleted = true;
      return done;
    };
    for (let n = 0; n < 3 && !deleted; n++) {
      env.advance(12 * 3_600_000);
      await tick({ ...env.ports, store: { ...env.ports.store, write } });
    }
    expect(deleted).toBe(true);
    expect(await isThere(db.id)).toBe(true);
  });
});
