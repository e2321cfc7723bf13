import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { create as createDatabase } from "../database/create.ts";
import { read, type Version } from "../database/version.ts";
import type { Ports } from "../ports/main.ts";
import * as Server from "../server/server.ts";
import { patch, type SettingsInput } from "./patch.ts";
import { get } from "./view.ts";

let machine: TestPorts;
let ports: Ports;
let version: Version;
let made = 0;
beforeAll(async () => {
  machine = await startTestPorts();
  ports = machine.ports;
});
beforeEach(async () => {
  const { database } = await createDatabase(ports, { name: `settings${made++}` });
  version = await read(ports.store, database.id);
});
afterAll(() => machine.close());

const now = () => read(ports.store, version.id);

it("R-ADDR-4 admin and bot are on the default domain until changed, and again when unset", async () => {
  expect(await get(ports, version)).toMatchObject({
    admin_address: `admin@${version.name}.posthouse.test`,
    bot_address: `odoobot@${version.name}.posthouse.test`,
    on_limit: "reject",
    dedicated_server: null,
  });
  expect(await patch(ports, version, { admin_address: "it@company.com" })).toMatchObject({
    admin_address: "it@company.com",
  });
  expect((await patch(ports, await now(), { admin_address: null })).admin_address).toBe(
    `admin@${version.name}.posthouse.test`,
  );
});

it("what is not given stays, and nothing is answered that is no setting", async () => {
  await patch(ports, version, { prefer_notification_server: true });
  await patch(ports, await now(), { tracking: { opens: true, clicks: false } });
  const settings = await get(ports, await now());
  expect(settings).toMatchObject({ prefer_notification_server: true, tracking: { opens: true, clicks: false } });
  expect(Object.keys(settings)).toHaveLength(15);
  expect(settings).toEqual(await patch(ports, await now(), {}));
});

it("changes at once both hold", async () => {
  await Promise.all([
    patch(ports, version, { personal_servers: false }),
    patch(ports, version, { custom_email_servers: false }),
  ]);
  expect(await get(ports, await now())).toMatchObject({ personal_servers: false, custom_email_servers: false });
});

it("R-KIND-1 the dedicated server is an active public one", async () => {
  const server = await Server.create(ports, version, { name: "mass", host: "smtp.company.com" });
  expect(await patch(ports, await now(), { dedicated_server: server.id })).toMatchObject({
    dedicated_server: server.id,
  });
  expect((await patch(ports, await now(), { dedicated_server: null })).dedicated_server).toBeNull();
  await Server.patch(ports, await now(), server.id, { active: false });
  await expect(patch(ports, await now(), { dedicated_server: server.id })).rejects.toMatchObject({
    name: "invalid_parameter",
  });
  await expect(patch(ports, await now(), { dedicated_server: "srv_x" })).rejects.toMatchObject({
    name: "invalid_parameter",
  });
});

it.each([
  [{ admin_address: "Admin <a@b.example>" }, /admin_address/],
  [{ bot_address: "bot" }, /bot_address/],
  [{ sender_addresses: ["a@b.example", "nobody"] }, /sender_addresses\[1\]/],
  [{ loop_allow_list: ["@b.example"] }, /loop_allow_list\[0\]/],
  [{ loop_allow_list: ["b.example", "nobody"] }, /loop_allow_list\[1\]/],
  [{ sender_addresses: ["b.example"] }, /sender_addresses\[0\]/],
  [{ retention: { bodies_days: -1, heads_days: 1, events_days: 1 } }, /retention\.bodies_days/],
  [{ retention: { bodies_days: 1, heads_days: 1.5, events_days: 1 } }, /retention\.heads_days/],
] as [SettingsInput, RegExp][])("refuses %j", async (input, text) => {
  const error = await patch(ports, version, input).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: "invalid_parameter", message: expect.stringMatching(text) });
});
