import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { deliver, mail } from "../../../../test/support/database.ts";
import { Dead, dying } from "../../../../test/support/dying.ts";
import { leftovers } from "../../../../test/support/leftovers.ts";
import { run as dispatch } from "../dispatch/batch.ts";
import * as Domain from "../domain/domain.ts";
import { accept } from "../email/accept.ts";
import { run as feedback } from "../feedback/batch.ts";
import * as Id from "../id.ts";
import { authenticate } from "../key/authenticate.ts";
import * as Key from "../key/key.ts";
import * as keys from "../keys.ts";
import { throttle } from "../limit/throttle.ts";
import type { Ports } from "../ports/main.ts";
import * as Server from "../server/server.ts";
import { tick } from "../tick/run.ts";
import { create as createWebhook } from "../webhook/create.ts";
import * as Webhook from "../webhook/webhook.ts";
import { create } from "./create.ts";
import { find } from "./list.ts";
import { run as provision } from "./provision.ts";
import { remove } from "./remove.ts";

let machine: TestPorts;
let ports: Ports;
beforeAll(async () => {
  machine = await startTestPorts();
  ports = machine.ports;
});
afterAll(() => machine.close());

const dayMs = 86_400_000;

/** A database with one thing of each kind it leaves behind; tokens of its keys. */
async function fill(name: string): Promise<{ id: string; keys: string[] }> {
  const { database, api_key } = await create(ports, { name, reuse_name: true });
  await provision(ports, [{ id: "1", group: null, body: { database: database.id } }]);
  const { token } = await Key.create(ports, await find(ports, name), { name: "second" });
  const { id } = await Domain.create(ports, await find(ports, name), { name: `${name}.example` });
  await provision(ports, [{ id: "2", group: null, body: { database: database.id, domain: id } }]);
  const now = () => find(ports, name);
  const login = { name: "tx", host: "smtp.company.example", username: "u", password: "p" };
  const server = await Server.create(ports, await now(), login);
  await Server.patch(ports, await now(), server.id, { active: false, replacement: null });
  await Domain.patch(ports, await now(), id, { bounce_alias: "errors" });
  await throttle(ports, database.id, "something", { most: 1, per_seconds: 60 });
  for (const kept of [true, false]) {
    const input = { endpoint: "https://hooks.example.com/", events: ["email.sent"] } as const;
    const hook = await createWebhook(ports, database.id as Id.Id<"database">, input);
    await ports.store.write({ put: { ...keys.delivery(database.id, hook.id, Id.make("delivery", ports)) } });
    if (!kept) await Webhook.remove(ports, database.id as Id.Id<"database">, hook.id);
  }
  const message_id = "<own@company.example>";
  await accept(ports, await now(), mail({ message_id, cc: ["b@b.example"] }), { key: "k", hash: "h" });
  const content = Buffer.from(ports.random.bytes(200_000)).toString("base64");
  await accept(ports, await now(), mail({ attachments: [{ filename: "large.bin", content }] }));
  // One whose request died between body and commit, of either size
  for (const attachments of [[], [{ filename: "large.bin", content }]])
    await accept(dying(ports, 1, "before").ports, await now(), mail({ attachments })).catch(expectDead);
  await ports.store.write({ put: { ...keys.suppression(database.id, "gone@b.example") } });
  await ports.store.write({ put: { ...keys.optOut(database.id, "gone@b.example") } });
  await ports.store.write({ put: { ...keys.messageId(database.id, "provider", Id.make("email", ports)) } });
  return { id: database.id, keys: [api_key, token] };
}

const expectDead = (error: unknown) => expect(error).toBeInstanceOf(Dead);

async function sweep(): Promise<void> {
  machine.advance(ports.operator.waits.recovery * 1000 + 1);
  await tick(ports);
}

it("leaves the tombstone of its name in table, bucket and SES, nothing else, and all of the others", async () => {
  const staying = await fill("staying");
  const before = await leftovers(machine, staying.id);
  const leaving = await fill("leaving");
  expect((await leftovers(machine, leaving.id)).length).toBeGreaterThan(20);
  expect(await remove(ports, "leaving")).toBe(true);
  for (const key of leaving.keys)
    await expect(authenticate(ports, key)).rejects.toMatchObject({ name: "invalid_api_key" });
  await sweep();
  expect(await leftovers(machine, leaving.id)).toEqual(["NAME#leaving CLAIM"]);
  expect(await leftovers(machine, "leaving")).toEqual(["NAME#leaving CLAIM"]);
  expect(await leftovers(machine, staying.id)).toEqual(before);
  await expect(find(ports, "leaving")).rejects.toMatchObject({ name: "not_found" });
});

it("sweeps up what a request wrote that had begun before", async () => {
  const { id } = await fill("late");
  const version = await find(ports, "late");
  expect(await remove(ports, "late")).toBe(true);
  await accept(ports, version, mail());
  expect((await leftovers(machine, id)).length).toBeGreaterThan(2);
  await sweep();
  expect(await leftovers(machine, id)).toEqual(["NAME#late CLAIM"]);
});

it("jobs that its queues still hold do nothing once it is gone", async () => {
  await deliver(machine);
  const { id } = await fill("queued");
  const version = await find(ports, "queued");
  await accept(ports, version, mail());
  const { id: domain } = await Domain.create(ports, version, { name: "queued.example.net" });
  const order = { id: "1", group: null, body: { database: id, domain } };
  const dispatched = await machine.jobs.take("dispatch");
  expect(JSON.stringify(dispatched)).toContain(id);
  expect(await remove(ports, "queued")).toBe(true);
  await sweep();
  const sent = machine.ses.mailbox.list().length;
  expect(await dispatch(ports, dispatched)).toEqual({ failed: [] });
  expect(await provision(ports, [order, ...(await machine.jobs.take("provision"))])).toEqual({ failed: [] });
  const event = { eventType: "Delivery", mail: { messageId: "0100-gone", timestamp: "2026-11-23T07:00:00.000Z" } };
  const tags = { posthouse_database: [id], posthouse_email: ["em_x"], posthouse_attempt: ["1"], posthouse_try: ["1"] };
  const delivery = { timestamp: event.mail.timestamp, recipients: ["customer@example.net"], smtpResponse: "250 ok" };
  const told = { id: "2", group: null, body: { ...event, delivery, mail: { ...event.mail, tags } } };
  expect(await feedback(ports, [told])).toEqual({ failed: [] });
  expect(machine.ses.mailbox.list()).toHaveLength(sent);
  expect(await leftovers(machine, id)).toEqual(["NAME#queued CLAIM"]);
});

it("mail accepted behind the sweep is not sent, and neither item nor object of it stays", async () => {
  await fill("behind");
  const version = await find(ports, "behind");
  expect(await remove(ports, "behind")).toBe(true);
  await sweep();
  await deliver(machine);
  const content = Buffer.from(ports.random.bytes(200_000)).toString("base64");
  await accept(ports, version, mail());
  await accept(ports, version, mail({ attachments: [{ filename: "large.bin", content }], cc: ["b@b.example"] }));
  const kinds = async () => (await leftovers(machine, version.id)).map((left) => left.split(/[#/]/)[0]);
  expect(await kinds()).toEqual(expect.arrayContaining(["MAIL", "BODY", "keep-40d"]));
  const sent = machine.ses.mailbox.list().length;
  await deliver(machine);
  expect(machine.ses.mailbox.list()).toHaveLength(sent);
  expect((await kinds()).filter((kind) => kind !== "NAME" && kind !== "USE")).toEqual([]);
});

it("is finished by another call when its time was up", async () => {
  const [key = ""] = (await fill("large")).keys;
  expect(await remove(ports, "large", { time_ms: 0 })).toBe(false);
  expect((await find(ports, "large")).status).toBe("deleting");
  await expect(authenticate(ports, key)).rejects.toMatchObject({ name: "invalid_api_key" });
  expect(await remove(ports, "large")).toBe(true);
  await expect(remove(ports, "large")).rejects.toMatchObject({ name: "not_found" });
});

it("is finished by the tick after it was killed at any of its writes", async () => {
  for (let last = 0; ; last += last < 12 ? 1 : 17) {
    const { id } = await fill("killed");
    const broken = dying(ports, last, "before");
    const died = await remove(broken.ports, "killed").then(
      () => false,
      (error: unknown) => error instanceof Dead,
    );
    if (died && last === 0) expect(await remove(ports, "killed")).toBe(true);
    await sweep();
    await sweep();
    expect(await leftovers(machine, id)).toEqual(["NAME#killed CLAIM"]);
    if (!died) return;
  }
});

it("R-ADDR-1 the name of a deleted database is free after 400 days, or on request", async () => {
  const other = await startTestPorts();
  try {
    const { ports } = other;
    await create(ports, { name: "again" });
    await remove(ports, "again");
    other.advance(399 * dayMs);
    await expect(create(ports, { name: "again" })).rejects.toMatchObject({ name: "name_taken" });
    await expect(create(ports, { name: "again", reuse_name: true })).resolves.toBeDefined();
    await remove(ports, "again");
    other.advance(400 * dayMs + 1000);
    await expect(create(ports, { name: "again" })).resolves.toBeDefined();
    await expect(create(ports, { name: "again", reuse_name: true })).rejects.toMatchObject({ name: "name_taken" });
  } finally {
    await other.close();
  }
});
