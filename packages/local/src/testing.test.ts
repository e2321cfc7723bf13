import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestPorts, type TestPorts } from "./testing.ts";

describe("startTestPorts", () => {
  let test: TestPorts;
  let other: TestPorts;
  beforeAll(async () => {
    [test, other] = await Promise.all([startTestPorts(), startTestPorts()]);
  });
  afterAll(() => Promise.all([test.close(), other.close()]));

  it("builds working ports on every service", async () => {
    const { store, queue, blobs, vault, provider } = test.ports;
    await store.write({ put: { pk: "DB#db_1", sk: "VERSION", n: 1 } });
    expect(await store.get({ pk: "DB#db_1", sk: "VERSION" })).toEqual({ pk: "DB#db_1", sk: "VERSION", n: 1 });
    await queue.send("dispatch", [{ body: { id: "em_1" }, group: "db_1" }]);
    expect(test.jobs.peek("dispatch")).toMatchObject([{ body: { id: "em_1" } }]);
    expect(await test.jobs.take("dispatch")).toMatchObject([{ body: { id: "em_1" } }]);
    expect(test.jobs.peek("dispatch")).toEqual([]);
    await blobs.put("db_1/x", new Uint8Array([1, 2, 3]));
    expect(await blobs.get("db_1/x")).toEqual(new Uint8Array([1, 2, 3]));
    const owner = { database: "db_1", record: "srv_1" };
    expect(await vault.open(await vault.seal("secret", owner), owner)).toBe("secret");
    await provider.createTenant("db_1");
  });

  it("keeps two instances in one process apart", async () => {
    await test.ports.store.write({ put: { pk: "DB#db_2", sk: "VERSION" } });
    expect(await other.ports.store.get({ pk: "DB#db_2", sk: "VERSION" })).toBeUndefined();
  });

  it("advances clock and delayed messages together", async () => {
    const before = test.ports.clock.now();
    await test.ports.queue.send("provision", [{ body: { n: 1 }, group: "db_1", delay: 60 }]);
    expect(await test.jobs.take("provision")).toEqual([]);
    test.advance(60_000);
    expect(await test.jobs.take("provision")).toHaveLength(1);
    expect(test.ports.clock.now() - before).toBeGreaterThanOrEqual(60_000);
  });
});
