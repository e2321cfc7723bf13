import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { mail, makeDatabase } from "../../../../test/support/database.ts";
import { headUpdate, left } from "../dispatch/hand.ts";
import * as Domain from "../domain/domain.ts";
import * as keys from "../keys.ts";
import * as Server from "../server/server.ts";
import { accept } from "./accept.ts";
import { dismiss } from "./dismiss.ts";
import { findHead } from "./find.ts";
import { forcedPartition } from "./forced.ts";
import { get } from "./read.ts";
import { retry } from "./retry.ts";

let env: TestPorts;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts();
});
afterAll(() => env.close());

/** A mail that was forced to a server of its database, failed for both recipients, and is tried again for one. */
async function retried() {
  const db = await makeDatabase(env.ports, { name: `forced${made++}` });
  await Domain.create(env.ports, await db.version(), { name: "company.com" });
  const connection = { host: "127.0.0.1", port: 2, encryption: "none" as const, from_filter: "company.com" };
  const server = await Server.create(env.ports, await db.version(), { name: "own", ...connection });
  const to = ["a@example.net", "b@example.net"];
  const { id } = await accept(
    env.ports,
    await db.version(),
    mail({ from: "sales@company.com", server: server.id, to }),
  );
  const failed = { state: "failed", failure_type: "smtp_permanent", mark_pk: `ATT#${db.id}`, mark_sk: id };
  await env.ports.store.write({ update: keys.emailHead(db.id, id), set: failed });
  await retry(env.ports, await db.version(), id, ["a@example.net"]);
  const head = () => findHead(env.ports.store, db.id, id);
  return { db, id, server, head, attention: async () => (await get(env.ports, db.id, id)).attention };
}

it("R-SRV-6 a retry of forced mail holds its server while it waits, and stays in the red envelope for the others", async () => {
  const { db, server, head, attention } = await retried();
  const waiting = await head();
  expect(waiting.mark_pk).toBe(forcedPartition(db.id, server.id));
  expect(await attention()).toBe(true);
  await expect(Server.remove(env.ports, await db.version(), server.id)).rejects.toMatchObject({ name: "conflict" });
  await env.ports.store.write(headUpdate(waiting, { state: "sent" }, left(waiting)));
  expect((await head()).mark_pk).toBe(`ATT#${db.id}`);
  expect(await attention()).toBe(true);
});

it("R-FAIL-3 dismissed while it waits it is out of the red envelope, then and after", async () => {
  const { db, id, server, head, attention } = await retried();
  await dismiss(env.ports, db.id, id);
  expect(await attention()).toBe(false);
  const waiting = await head();
  expect(waiting.mark_pk).toBe(forcedPartition(db.id, server.id));
  await env.ports.store.write(headUpdate(waiting, { state: "sent" }, left(waiting)));
  expect((await head()).mark_pk).toBeUndefined();
});
