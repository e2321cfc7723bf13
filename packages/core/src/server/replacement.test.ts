import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { deliver, mail, makeDatabase } from "../../../../test/support/database.ts";
import { type Sink, startSink } from "../../../../test/support/sink.ts";
import * as Domain from "../domain/domain.ts";
import { accept } from "../email/accept.ts";
import { get } from "../email/read.ts";
import { tick } from "../tick/run.ts";
import * as Server from "./server.ts";

let env: TestPorts;
let sink: Sink;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts();
  sink = await startSink();
});
afterAll(async () => {
  await sink.close();
  await env.close();
});

/** A database with a server that nobody answers at, and two that work; `first` is what the rules choose. */
async function setUp() {
  const db = await makeDatabase(env.ports, { name: `replace${made++}` });
  await Domain.create(env.ports, await db.version(), { name: "company.com" });
  const add = async (name: string, port: number, priority: number) => {
    const login = { username: `${name}-${db.id}`, password: "word" };
    const connection = { host: "127.0.0.1", port, encryption: "none" as const, ...login };
    return Server.create(env.ports, await db.version(), { name, priority, from_filter: "company.com", ...connection });
  };
  const [first, dead, other] = [
    await add("first", sink.port, 1),
    await add("dead", 2, 5),
    await add("other", sink.port, 9),
  ];
  const forced = async (server: string) =>
    (await accept(env.ports, await db.version(), mail({ from: "sales@company.com", server }))).id;
  const later = async () => {
    env.advance(3_700_000);
    await tick(env.ports);
    await deliver(env);
    await tick(env.ports);
    await deliver(env);
  };
  const loginOf = () => sink.caught.at(-1)?.user?.split("-")[0];
  const remove = async (id: string, replacement?: string | null) =>
    Server.remove(env.ports, await db.version(), id, replacement);
  return { db, first, dead, other, forced, later, loginOf, remove };
}

it("R-SRV-6 a server that a waiting email was forced to goes or rests only with a replacement", async () => {
  const { db, dead, other, forced, later, loginOf, remove } = await setUp();
  const id = await forced(dead.id);
  await deliver(env);
  const refused = { name: "conflict", message: expect.stringContaining("replacement") };
  await expect(remove(dead.id)).rejects.toMatchObject(refused);
  const rest = async (replacement?: string) =>
    Server.patch(env.ports, await db.version(), dead.id, { active: false, ...(replacement && { replacement }) });
  await expect(rest()).rejects.toMatchObject(refused);
  await expect(rest("srv_nobody")).rejects.toMatchObject({ name: "invalid_parameter" });
  await rest(other.id);
  await Server.patch(env.ports, await db.version(), dead.id, { name: "resting" });
  await later();
  const email = await get(env.ports, db.id, id);
  expect([email.status, email.server, email.rule, loginOf()]).toEqual(["sent", other.id, "forced", "other"]);
  expect(email.events.map(({ type }) => type)).toContain("rerouted");
  await remove(dead.id);
});

it("R-SRV-6 with null the rules choose, and replacements of replacements are followed", async () => {
  const { db, first, dead, other, forced, later, loginOf, remove } = await setUp();
  const a = await forced(dead.id);
  await deliver(env);
  await remove(dead.id, null);
  await later();
  expect([(await get(env.ports, db.id, a)).server, loginOf()]).toEqual([first.id, "first"]);
  const again = await setUp();
  const b = await again.forced(again.dead.id);
  await deliver(env);
  await again.remove(again.dead.id, again.first.id);
  await again.remove(again.first.id, again.other.id);
  await later();
  expect([(await get(env.ports, again.db.id, b)).server, loginOf()]).toEqual([again.other.id, "other"]);
  expect(other.id).not.toBe(again.other.id);
});

it("R-SRV-6 once none waits any more the server goes without a word", async () => {
  const { first, forced, remove, db } = await setUp();
  const id = await forced(first.id);
  await expect(remove(first.id)).rejects.toMatchObject({ name: "conflict" });
  await deliver(env);
  expect((await get(env.ports, db.id, id)).status).toBe("sent");
  await remove(first.id);
});

it("R-SRV-6 a replacement that may not send the mail leaves it to the rules", async () => {
  const { db, first, dead, forced, later, loginOf, remove } = await setUp();
  const platform = { name: "platform", kind: "platform" as const, priority: 50 };
  const { id: replacement } = await Server.create(env.ports, await db.version(), platform);
  const id = await forced(dead.id);
  await deliver(env);
  await remove(dead.id, replacement);
  await later();
  expect([(await get(env.ports, db.id, id)).server, loginOf()]).toEqual([first.id, "first"]);
});

it("R-SRV-6 what was said when it went to rest holds when it is deleted, and no longer when it returns", async () => {
  const { db, dead, forced, remove } = await setUp();
  await forced(dead.id);
  const active = async (active: boolean, more = {}) =>
    Server.patch(env.ports, await db.version(), dead.id, { active, ...more });
  await active(false, { replacement: null });
  await active(true);
  await expect(remove(dead.id)).rejects.toMatchObject({ name: "conflict" });
  await active(false, { replacement: null });
  await remove(dead.id);
});
