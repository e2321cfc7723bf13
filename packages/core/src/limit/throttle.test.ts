import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { AppError } from "../error.ts";
import * as keys from "../keys.ts";
import { type Rate, throttle } from "./throttle.ts";

let machine: TestPorts;
let frozen: number;
beforeAll(async () => {
  machine = await startTestPorts();
  frozen = Date.now();
});
afterAll(() => machine.close());

/** A clock that stands still, so that nothing is paid off while the test runs. */
const ports = () => ({ store: machine.ports.store, clock: { ...machine.ports.clock, now: () => frozen } });

/** Seconds to wait; 0 = let through. */
async function wait(db: string, what: string, rate: Rate): Promise<number> {
  try {
    await throttle(ports(), db, what, rate);
    return 0;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    expect(error.name).toBe("rate_limit_exceeded");
    return Number(error.details?.["retry_after_seconds"]);
  }
}

it("lets so many through at once, then says how long to wait, then one after the other", async () => {
  const rate = { most: 3, per_seconds: 30 };
  expect([await wait("db_a", "x", rate), await wait("db_a", "x", rate), await wait("db_a", "x", rate)]).toEqual([
    0, 0, 0,
  ]);
  expect(await wait("db_a", "x", rate)).toBe(10);
  frozen += 4_000;
  expect(await wait("db_a", "x", rate)).toBe(6);
  frozen += 6_000;
  expect([await wait("db_a", "x", rate), await wait("db_a", "x", rate)]).toEqual([0, 10]);
  frozen += 60_000;
  expect([await wait("db_a", "x", rate), await wait("db_a", "x", rate), await wait("db_a", "x", rate)]).toEqual([
    0, 0, 0,
  ]);
  expect(await wait("db_a", "x", rate)).toBe(10);
});

it("counts each database and each thing by itself", async () => {
  const rate = { most: 1, per_seconds: 10 };
  expect([await wait("db_b", "x", rate), await wait("db_b", "x", rate)]).toEqual([0, 10]);
  expect([await wait("db_b", "y", rate), await wait("db_c", "x", rate)]).toEqual([0, 0]);
});

it("lets through exactly as many of those that come at the same moment", async () => {
  const waits = await Promise.all(Array.from({ length: 20 }, () => wait("db_d", "x", { most: 7, per_seconds: 70 })));
  expect(waits.filter((each) => each === 0)).toHaveLength(7);
});

it("ends by itself, not before all is paid off", async () => {
  await wait("db_e", "x", { most: 5, per_seconds: 60 });
  const item = await machine.ports.store.get(keys.throttle("db_e", "x"), { consistent: true });
  expect(item).toMatchObject({ expires_at: Math.ceil(frozen / 1000) + 120 });
});
