import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeDatabase } from "../../../../test/support/database.ts";
import * as Dropped from "../domain/dropped.ts";
import * as Former from "../domain/former.ts";
import * as keys from "../keys.ts";
import { formerAddress } from "./former-address.ts";
import { run } from "./run.ts";

let env: TestPorts;
beforeAll(async () => {
  env = await startTestPorts();
});
afterAll(() => env.close());

describe("R-DOM-7 former addresses of the release before", () => {
  it("R-DOM-7 get the purpose their names tell, and one that was dropped stays dropped, with a version or without", async () => {
    const { ports } = env;
    const { id } = await makeDatabase(ports, {}, { provisioned: false });
    const now = ports.clock.now();
    const until = new Date(now + 86_400_000).toISOString();
    const names = ["bounce", "notifications", "sales"].map((name) => `${name}@company.com`);
    for (const address of names)
      await ports.store.write({ put: { ...keys.formerAddress(id, address), address, until, domain_id: "d", of: "d" } });
    const dropped = ["with@company.com", "without@company.com"];
    const { put } = Dropped.put(id, "with@company.com", now);
    const { v: _v, ...unversioned } = Dropped.put(id, "without@company.com", now).put;
    for (const item of [put, { ...unversioned, pk: put.pk, sk: keys.formerAddress(id, "without@company.com").sk }])
      await ports.store.write({ put: item });

    await run(ports, now + 60_000, [formerAddress]);

    const kept = await Former.list(ports, id);
    expect(kept.map(({ address, purpose }) => [address, purpose])).toEqual(
      names.map((address, n) => [address, ["bounce", "notification", "catchall"][n]]),
    );
    expect([...(await Dropped.among(ports, id, [...names, ...dropped]))].toSorted()).toEqual(dropped);
    for (const address of dropped) {
      const item = await ports.store.get(keys.formerAddress(id, address), { consistent: true });
      expect([item?.["v"], item?.["purpose"]]).toEqual([2, undefined]);
    }
  });
});
