import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { all, createFixture, createGate, createTable, type Fixture, TABLE } from "./fixture.ts";

describe("time to live", () => {
  const start = Date.UTC(2026, 0, 1);
  let now = start;
  let fixture: Fixture;
  const seconds = (offset: number) => start / 1000 + offset;

  beforeEach(async () => {
    now = start;
    fixture = await createFixture({ now: () => now });
  });
  afterEach(() => fixture.close());

  const enable = (Enabled = true) =>
    fixture.client.updateTimeToLive({
      ...{ TableName: TABLE, TimeToLiveSpecification: { AttributeName: "expires_at", Enabled } },
    });
  const put = (sk: string, more: Record<string, unknown>) =>
    fixture.doc.put({ TableName: TABLE, Item: { pk: "p", sk, ...more } });
  const left = async () => (await all(fixture.doc)).map(({ sk }) => String(sk));

  it("deletes what has expired, with its index entries, and nothing else", async () => {
    await enable();
    await put("gone", { expires_at: seconds(10), due_pk: "D", due_sk: "1" });
    await put("later", { expires_at: seconds(11) });
    await put("never", { due_pk: "D", due_sk: "2" });
    await put("text", { expires_at: String(seconds(1)) });
    await put("ancient", { expires_at: seconds(-6 * 365 * 86_400) });
    expect(await fixture.dynamodb.sweep()).toBe(0);
    now = start + 10_000;
    fixture.dynamodb.meter.reset();
    expect(await fixture.dynamodb.sweep()).toBe(1);
    expect(fixture.dynamodb.meter.read().writes).toBe(0);
    expect((await left()).toSorted()).toEqual(["ancient", "later", "never", "text"]);
    expect((await all(fixture.doc, "due")).map(({ sk }) => sk)).toEqual(["never"]);
  });

  it("keeps its settings over a restart", async () => {
    await enable();
    await fixture.restart();
    const described = await fixture.client.describeTimeToLive({ TableName: TABLE });
    expect(described.TimeToLiveDescription).toEqual({ TimeToLiveStatus: "ENABLED", AttributeName: "expires_at" });
    await put("gone", { expires_at: seconds(-1) });
    expect(await fixture.dynamodb.sweep()).toBe(1);
    await enable(false);
    await fixture.restart();
    await put("stays", { expires_at: seconds(-1) });
    expect(await fixture.dynamodb.sweep()).toBe(0);
  });

  it("takes items from before it was switched on, and none that were given more time since", async () => {
    await put("old", { expires_at: seconds(-1) });
    await put("longer", { expires_at: seconds(-1) });
    await enable();
    await put("longer", { expires_at: seconds(1) });
    await put("shorter", { expires_at: seconds(5) });
    await put("shorter", { expires_at: seconds(-1) });
    await put("fraction", { expires_at: seconds(0.5) });
    expect(await fixture.dynamodb.sweep()).toBe(2);
    expect((await left()).toSorted()).toEqual(["fraction", "longer"]);
    now = start + 1_000;
    expect(await fixture.dynamodb.sweep()).toBe(2);
  });

  it("goes with its table", async () => {
    await enable();
    await fixture.client.deleteTable({ TableName: TABLE });
    await expect.poll(async () => (await fixture.client.listTables()).TableNames).toEqual([]);
    await createTable(fixture.client);
    const described = await fixture.client.describeTimeToLive({ TableName: TABLE });
    expect(described.TimeToLiveDescription).toEqual({ TimeToLiveStatus: "DISABLED" });
  });

  it("sweeps by itself, late", async () => {
    await enable();
    await put("gone", { expires_at: seconds(-1) });
    expect(await left()).toEqual(["gone"]);
    await fixture.restart({ now: () => now, ttlSweepMs: 5 });
    await expect.poll(left, { timeout: 10_000 }).toEqual([]);
  });

  it("leaves an item that a transaction holds for the next sweep", async () => {
    const gate = createGate();
    await fixture.restart({ now: () => now, probe: gate.probe });
    await enable();
    await put("held", { expires_at: seconds(-1) });
    const Item = { pk: "p", sk: "held", expires_at: seconds(100) };
    const extend = () => fixture.doc.transactWrite({ TransactItems: [{ Put: { TableName: TABLE, Item } }] });
    await gate.during(extend, async () => {
      expect(await fixture.dynamodb.sweep()).toBe(0);
    });
    expect(await fixture.dynamodb.sweep()).toBe(0);
    expect(await left()).toEqual(["held"]);
  });

  it("refuses a specification without attribute, and a table that is not there", async () => {
    const nameless = { TableName: TABLE, TimeToLiveSpecification: { AttributeName: "", Enabled: true } };
    await expect(fixture.client.updateTimeToLive(nameless)).rejects.toMatchObject({ name: "ValidationException" });
    const nowhere = fixture.client.describeTimeToLive({ TableName: "Nowhere" });
    await expect(nowhere).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });
});
