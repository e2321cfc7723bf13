import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { load } from "../configuration/load.ts";
import { run } from "../export/import.ts";
import { Changed } from "./binding.ts";
import { endpointOf } from "./endpoint.ts";
import type { ServerRecord } from "./record.ts";
import * as Server from "./server.ts";

let env: TestPorts;
let db: TestDatabase;
let id: string;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts();
});
afterAll(() => env.close());

const connection = { host: "smtp.company.com", encryption: "starttls", port: 587, username: "mary" } as const;
beforeEach(async () => {
  db = await makeDatabase(env.ports, { name: `binding${made++}` });
  ({ id } = await Server.create(env.ports, await db.version(), { name: "tx", ...connection, password: "word" }));
});

const record = async (): Promise<ServerRecord> => Server.find(await load(env.ports, await db.version()), id);
const open = (server: ServerRecord) => endpointOf(env.ports, db.id, server);

const changes: [string, () => Promise<unknown>][] = [
  ["a change", async () => Server.patch(env.ports, await db.version(), id, { encryption: "starttls_strict" })],
  [
    "an import",
    async () => {
      const servers = [{ name: "tx", ...connection, encryption: "starttls_strict" as const }];
      return run(env.ports, await db.version(), { servers }, false);
    },
  ],
];
it.each(changes)(
  "R-SRV-1 a kept secret goes along with what %s makes of its server, and leaves what it was",
  async (_, change) => {
    const before = await record();
    expect(await open(before)).toMatchObject({ encryption: "starttls", password: "word" });
    await change();
    expect(await open(await record())).toMatchObject({ encryption: "starttls_strict", password: "word" });
    await expect(open(before)).rejects.toBeInstanceOf(Changed);
  },
);

it.each([
  { host: "smtp.new.example" },
  { port: 2525 },
  { encryption: "starttls_strict" as const },
  { username: "anne" },
  { owner: "mary@company.com" },
])("G6 a new password is nothing for a server as it was before %o", async (change) => {
  const before = await record();
  await Server.patch(env.ports, await db.version(), id, { ...change, password: "new word" });
  await expect(open(before)).rejects.toBeInstanceOf(Changed);
  expect(await open(await record())).toMatchObject({ password: "new word" });
});

it("R-SRV-1 what does not say how a server is reached leaves its secrets where they are", async () => {
  const before = await record();
  await Server.patch(env.ports, await db.version(), id, { priority: 3, active: false });
  expect(await open(before)).toMatchObject({ password: "word" });
  await Server.patch(env.ports, await db.version(), id, { authentication: "none", username: null });
  await expect(open(before)).rejects.toBeInstanceOf(Changed);
  expect(await open(await record())).toMatchObject({ authentication: "none" });
});
