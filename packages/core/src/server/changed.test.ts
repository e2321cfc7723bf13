import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { change } from "../database/change.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { patch as patchSettings } from "../settings/patch.ts";
import type { ServerRecord } from "./record.ts";
import * as Server from "./server.ts";

let machine: TestPorts;
let ports: Ports;
let db: TestDatabase;
let made = 0;
beforeAll(async () => {
  machine = await startTestPorts();
  ports = machine.ports;
});
beforeEach(async () => {
  db = await makeDatabase(ports, { name: `changed${made++}` });
});
afterAll(() => machine.close());

const patch = async (id: string, input: Parameters<typeof Server.patch>[3]) =>
  Server.patch(ports, await db.version(), id, input);

/** The record of a server as it was allowed to be when it was written. */
async function store(id: string, changes: Partial<ServerRecord>) {
  await change(ports, await db.version(), (loaded) => {
    const record = { ...Server.find(loaded, id), ...changes };
    return { writes: [{ put: { ...keys.configuration(db.id, "server", id), ...record } }], result: undefined };
  });
}

it("R-SRV-4 a platform record whose domain lost its verification is changed in all else, and made active by no change", async () => {
  const { id } = await Server.create(ports, await db.version(), { name: "ses", kind: "platform" });
  await store(id, { from_filter: "company.com" });
  expect(await patch(id, { priority: 3, from_filter: "company.com" })).toMatchObject({ priority: 3, active: true });
  await expect(patch(id, { from_filter: "company.com, other.example" })).rejects.toMatchObject({
    name: "invalid_from_filter",
  });
  expect(await patch(id, { active: false })).toMatchObject({ active: false });
  await expect(patch(id, { active: true })).rejects.toMatchObject({ name: "invalid_from_filter" });
  expect(await patch(id, { active: true, from_filter: null })).toMatchObject({ active: true, from_filter: null });
});

it("R-PERS-1 a personal server whose owner became the bot is changed in all else, and made active by no change", async () => {
  const server = { name: "mary", host: "smtp.company.com", authentication: "none", owner: "mary@company.com" } as const;
  const { id } = await Server.create(ports, await db.version(), server);
  await patchSettings(ports, await db.version(), { bot_address: "mary@company.com" });
  expect(await patch(id, { priority: 3, owner: "Mary@company.com" })).toMatchObject({ priority: 3 });
  expect(await patch(id, { active: false })).toMatchObject({ active: false });
  await expect(patch(id, { active: true })).rejects.toMatchObject({ name: "invalid_parameter" });
  await expect(Server.create(ports, await db.version(), server)).rejects.toMatchObject({ name: "invalid_parameter" });
});
