import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { change } from "../database/change.ts";
import { patch as patchDatabase } from "../database/patch.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { patch as patchSettings } from "../settings/patch.ts";
import type { ServerRecord } from "./record.ts";
import * as Server from "./server.ts";

let machine: TestPorts;
let ports: Ports;
let db: TestDatabase;
let made = 0;
let name: string;
beforeAll(async () => {
  machine = await startTestPorts();
  ports = machine.ports;
});
beforeEach(async () => {
  name = `changed${made++}`;
  db = await makeDatabase(ports, { name });
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

describe("R-SRV-1 a server without its secrets, as after an import", () => {
  const tx = { name: "tx", host: "smtp.company.com", username: "mary", from_filter: "company.com" } as const;
  const missing = { name: "missing_required_field", details: { field: "password" } };
  const lacking = async (active: boolean, delivery: "live" | "capture" = "live") => {
    const { id } = await Server.create(ports, await db.version(), { ...tx, password: "s3cret!" });
    await store(id, { secrets_set: [], active });
    await patchDatabase(ports, name, { delivery });
    return id;
  };

  it("R-SRV-1 is changed in all else while it is inactive, and made active by its secrets only", async () => {
    const id = await lacking(false);
    for (const input of [{ name: "new" }, { priority: 3 }, { active: false }, { host: "smtp.new.example" }] as const)
      expect(await patch(id, input)).toMatchObject({ ...input, secrets_set: [] });
    await expect(patch(id, { active: true })).rejects.toMatchObject(missing);
    await expect(patch(id, { password: "" })).rejects.toMatchObject(missing);
    expect(await patch(id, { active: true, password: "x" })).toMatchObject({ active: true, secrets_set: ["password"] });
  });

  it("R-SRV-1 is changed in all else where mail is only kept, and made inactive so that mail can go out", async () => {
    const id = await lacking(true, "capture");
    expect(await patch(id, { priority: 3, username: "joe" })).toMatchObject({ priority: 3, active: true });
    const redirect = { delivery: "redirect", redirect_to: "test@company.com" } as const;
    await expect(patchDatabase(ports, name, redirect)).rejects.toMatchObject({ name: "conflict" });
    expect(await patch(id, { active: false })).toMatchObject({ active: false, secrets_set: [] });
    expect(await patchDatabase(ports, name, redirect)).toMatchObject({ delivery: "redirect" });
    await expect(patch(id, { active: true })).rejects.toMatchObject(missing);
  });

  it("G6 one that has them keeps them where they are, inactive or not", async () => {
    const { id } = await Server.create(ports, await db.version(), { ...tx, active: false, password: "s3cret!" });
    await expect(patch(id, { host: "smtp.evil.example" })).rejects.toMatchObject(missing);
    expect(await patch(id, { name: "new" })).toMatchObject({ secrets_set: ["password"] });
  });
});

it("R-PERS-1 a personal server's username stays as it was written", async () => {
  const server = { name: "mary", host: "smtp.company.com", owner: "mary@company.com", password: "s3cret!" } as const;
  const { id } = await Server.create(ports, await db.version(), { ...server, username: "Mary@company.com" });
  expect(await patch(id, { priority: 3 })).toMatchObject({ username: "Mary@company.com", secrets_set: ["password"] });
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
