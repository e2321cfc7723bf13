import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeDatabase } from "../../../../test/support/database.ts";
import type { Ports } from "../ports/main.ts";
import { StoreBusy } from "../ports/store.ts";
import * as Secret from "./secret.ts";

let env: TestPorts;
beforeAll(async () => {
  env = await startTestPorts();
});
afterAll(() => env.close());

/** Ports whose store fails at its first so many reads, and how often it was asked. */
function failing(first: number): { ports: Ports; reads: () => number } {
  let reads = 0;
  const { store } = env.ports;
  const get: Ports["store"]["get"] = (key, options) =>
    ++reads <= first ? Promise.reject(new StoreBusy("not now")) : store.get(key, options);
  return { ports: { ...env.ports, store: { ...store, get } }, reads: () => reads };
}

it("reads the secrets of each database once for all that ask side by side, and keeps them apart", async () => {
  const [one, two] = [
    await makeDatabase(env.ports, { name: "secret-one" }),
    await makeDatabase(env.ports, { name: "secret-two" }),
  ];
  const { ports, reads } = failing(0);
  const opening = Secret.openings(ports);
  const opened = await Promise.all([one, two, one, one].map(({ id }) => opening(id)()));
  expect(reads()).toBe(2);
  expect(opened.map(({ token_key }) => token_key === opened[0]?.token_key)).toEqual([true, false, true, true]);
  expect(opened[1]).toEqual(await Secret.open(env.ports, two.id));
});

it("asks again after a failure, which all that waited for it have", async () => {
  const { id } = await makeDatabase(env.ports, { name: "secret-busy" });
  const { ports, reads } = failing(1);
  const opening = Secret.openings(ports);
  const both = await Promise.allSettled([opening(id)(), opening(id)()]);
  expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(await opening(id)()).toEqual(await Secret.open(env.ports, id));
  expect(reads()).toBe(2);
});
