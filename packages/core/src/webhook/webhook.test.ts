import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeDatabase } from "../../../../test/support/database.ts";
import { list as auditOf, listOperators } from "../audit/list.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { create, maximum } from "./create.ts";
import type { Owner } from "./endpoint.ts";
import * as Endpoint from "./endpoint.ts";
import * as Webhook from "./webhook.ts";

let machine: TestPorts;
let ports: Ports;
let db: Owner;
let made = 0;
beforeAll(async () => {
  machine = await startTestPorts();
  ports = machine.ports;
});
beforeEach(async () => {
  db = (await makeDatabase(ports, { name: `hooks${made++}` }, { provisioned: false })).id;
});
afterAll(() => machine.close());

const hour = 3_600_000;
const endpoint = "https://hooks.example.com/a?b=c";
const input = { endpoint, events: ["email.sent", "email.bounced"] } as const;
const secretsOf = async (owner: Owner, id: string) => Endpoint.secretsOf(ports, await Webhook.find(ports, owner, id));

describe("endpoints", () => {
  it("are made, read and listed; the secret is in the first answer only", async () => {
    const { signing_secret, ...created } = await create(ports, db, input);
    expect(signing_secret).toMatch(/^whsec_/);
    expect(created).toEqual({
      id: expect.stringMatching(/^wh_/),
      endpoint,
      events: ["email.sent", "email.bounced"],
      status: "enabled",
      disabled_reason: null,
      failing_since: null,
      last_delivery: null,
      created_at: expect.any(String),
    });
    const second = await create(ports, db, input);
    expect(await Webhook.get(ports, db, created.id)).toEqual(created);
    expect((await Webhook.list(ports, db)).map(({ id }) => id)).toEqual([second.id, created.id]);
    expect(await secretsOf(db, created.id)).toEqual([signing_secret]);
  });

  it("G6 the secret is sealed for its endpoint: stored nowhere in clear, and no other opens it", async () => {
    const [one, two] = [await create(ports, db, input), await create(ports, db, input)];
    const [a, b] = await Endpoint.list(ports, db);
    expect(JSON.stringify([a, b])).not.toContain(one.signing_secret.slice(6));
    if (!a || !b) throw new Error("two were made");
    expect(await Endpoint.secretsOf(ports, b)).toEqual([two.signing_secret]);
    await expect(Endpoint.secretsOf(ports, { ...b, sealed: a.sealed })).rejects.toThrow();
    await expect(Endpoint.secretsOf(ports, { ...a, database: "operator" })).rejects.toThrow();
  });

  it("events are kept once each, in the order of the list", async () => {
    const { id, events } = await create(ports, db, { endpoint, events: ["email.held", "email.sent", "email.held"] });
    expect(events).toEqual(["email.sent", "email.held"]);
    const refused = Webhook.patch(ports, db, id, { events: [] });
    await expect(refused).rejects.toMatchObject({ name: "invalid_parameter", details: { field: "events" } });
  });

  it("a change is in force and the rest stays; a failing one begins anew where its URL or status changes", async () => {
    const { id } = await create(ports, db, input);
    const fail = () =>
      ports.store.write({ update: keys.webhook(db, id), set: { failing_since: "2026-11-20T00:00:00.000Z" } });
    await fail();
    expect(await Webhook.patch(ports, db, id, { events: ["email.sent"] })).toMatchObject({
      endpoint,
      events: ["email.sent"],
      failing_since: "2026-11-20T00:00:00.000Z",
    });
    await Webhook.patch(ports, db, id, { endpoint: "https://other.example.com/" });
    expect(await Webhook.get(ports, db, id)).toMatchObject({
      endpoint: "https://other.example.com/",
      failing_since: null,
    });
    await fail();
    const disabled = await Webhook.patch(ports, db, id, { status: "disabled" });
    expect(disabled).toMatchObject({ status: "disabled", disabled_reason: "requested" });
    await Webhook.patch(ports, db, id, { status: "enabled" });
    expect(await Webhook.get(ports, db, id)).toMatchObject({
      status: "enabled",
      disabled_reason: null,
      failing_since: null,
    });
  });

  it("G7 a URL to a private address is refused at once, when it is made and when it is changed", async () => {
    const metadata = { ...input, endpoint: "https://169.254.169.254/" };
    const { id } = await create(ports, db, input);
    await expect(create(ports, db, metadata)).rejects.toMatchObject({ name: "invalid_parameter" });
    await expect(Webhook.patch(ports, db, id, metadata)).rejects.toMatchObject({ name: "invalid_parameter" });
    expect(await Webhook.list(ports, db)).toMatchObject([{ id, endpoint }]);
  });

  it("there are 20 at most, also when they are made at once; one less, and there is room", async () => {
    const all = await Promise.allSettled(Array.from({ length: maximum + 3 }, () => create(ports, db, input)));
    const refused = all.filter(({ status }) => status === "rejected");
    expect(refused.map((each) => "reason" in each && each.reason.name)).toEqual(Array(3).fill("conflict"));
    const [first] = await Webhook.list(ports, db);
    await Webhook.remove(ports, db, first?.id ?? "");
    await create(ports, db, input);
    await expect(create(ports, db, input)).rejects.toThrow("at most 20");
    expect(await Webhook.list(ports, db)).toHaveLength(maximum);
  });

  it("G5 another database's, the operator's and one that is gone are not found", async () => {
    const other = (await makeDatabase(ports, { name: `hooks${made++}` }, { provisioned: false })).id;
    const theirs = await create(ports, other, input);
    const operators = await create(ports, "operator", input);
    const gone = await create(ports, db, input);
    await Webhook.remove(ports, db, gone.id);
    for (const id of [theirs.id, operators.id, gone.id, "wh_x", "COUNT"])
      for (const act of [
        () => Webhook.get(ports, db, id),
        () => Webhook.patch(ports, db, id, { status: "disabled" }),
        () => Webhook.rotate(ports, db, id),
        () => Webhook.remove(ports, db, id),
      ])
        await expect(act()).rejects.toMatchObject({ name: "not_found" });
    expect(await Webhook.list(ports, other)).toMatchObject([{ id: theirs.id, status: "enabled" }]);
    await Webhook.remove(ports, "operator", operators.id);
  });
});

describe("rotation", () => {
  it("the former secret signs beside the new one for 24 hours, then by itself no more", async () => {
    const { id, signing_secret: first } = await create(ports, db, input);
    const { signing_secret: second } = await Webhook.rotate(ports, db, id);
    expect(await secretsOf(db, id)).toEqual([second, first]);
    machine.advance(23 * hour);
    const { signing_secret: third } = await Webhook.rotate(ports, db, id);
    expect(await secretsOf(db, id)).toEqual([third, second, first]);
    machine.advance(hour + 1);
    expect(await secretsOf(db, id)).toEqual([third, second]);
    machine.advance(23 * hour);
    expect(await secretsOf(db, id)).toEqual([third]);
  });

  it("of several at once each either is in force or was told so", async () => {
    const { id } = await create(ports, db, input);
    const all = await Promise.allSettled(Array.from({ length: 3 }, () => Webhook.rotate(ports, db, id)));
    const shown = all.flatMap((each) => (each.status === "fulfilled" ? [each.value.signing_secret] : []));
    const refused = all.flatMap((each) => (each.status === "rejected" ? [each.reason.name] : []));
    expect(shown.length).toBeGreaterThan(0);
    expect(refused).toEqual(Array(3 - shown.length).fill("conflict"));
    expect(await secretsOf(db, id)).toEqual(expect.arrayContaining(shown));
  });

  it("an idempotency key makes and rotates once, and its answer is sealed", async () => {
    const created = await create(ports, db, input, { key: "make", hash: "h" });
    expect(await create(ports, db, input, { key: "make", hash: "h" })).toEqual(created);
    expect(await Webhook.list(ports, db)).toHaveLength(1);
    const rotated = await Webhook.rotate(ports, db, created.id, { key: "turn", hash: "h" });
    expect(await Webhook.rotate(ports, db, created.id, { key: "turn", hash: "h" })).toEqual(rotated);
    expect(await secretsOf(db, created.id)).toEqual([rotated.signing_secret, created.signing_secret]);
  });
});

it("every change is in the audit trail of whose it is, without its secret", async () => {
  const { id } = await create(ports, db, input);
  machine.advance(5);
  for (let n = 0; n < 2; n++) await Webhook.patch(ports, db, id, { status: "disabled" });
  machine.advance(5);
  const { signing_secret } = await Webhook.rotate(ports, db, id);
  machine.advance(5);
  await Webhook.remove(ports, db, id);
  const { data } = await auditOf(ports, db as Exclude<Owner, "operator">, { limit: 4 });
  expect(data.map(({ changes }) => changes[0])).toMatchObject([
    { noun: "webhook", id, action: "delete", before: { endpoint, status: "disabled" }, after: null },
    { noun: "secret", id, action: "update" },
    { noun: "webhook", id, action: "update", before: { status: "enabled" }, after: { status: "disabled" } },
    { noun: "webhook", id, action: "create", before: null, after: { endpoint, events: input.events } },
  ]);
  expect(JSON.stringify(data)).not.toContain(signing_secret.slice(6));
  expect(JSON.stringify(data)).not.toContain("sealed");
  const operators = await create(ports, "operator", input);
  expect((await listOperators(ports, { limit: 1 })).data[0]?.changes).toMatchObject([
    { noun: "webhook", id: operators.id, action: "create" },
  ]);
  await Webhook.remove(ports, "operator", operators.id);
});
