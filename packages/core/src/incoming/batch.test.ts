import { afterEach, expect, it } from "vitest";
import { makeDatabase } from "../../../../test/support/database.ts";
import { type Fetching, letter, startFetching } from "../../../../test/support/fetching.ts";
import { list } from "../inbound/list.ts";
import { run } from "./batch.ts";
import * as Server from "./server.ts";

let on: Fetching;
afterEach(() => on.close());

const job = (id: string, body: unknown) => ({ id, group: null, body });

it("R-IN-8 what is no message ends in the dead-letter queue; what names nothing is done with", async () => {
  on = await startFetching();
  const jobs = [job("1", { nothing: true }), job("2", { database: "db_x", server: "inc_x" }), job("3", null)];
  expect(await run(on.env.ports, jobs)).toEqual({ failed: ["1", "3"] });
});

it("R-IN-8 a server of another database is nobody's: a message that mixes them up opens nothing", async () => {
  on = await startFetching();
  on.mailbox.put(letter("one"));
  const { id } = await on.add();
  const other = await makeDatabase(on.env.ports, { name: "other-company" }, { provisioned: false });
  await run(on.env.ports, [job("1", { database: other.id, server: id })]);
  expect([on.mailbox.seen.connections, (await list(on.env.ports, other.id, { limit: 5 })).data]).toEqual([0, []]);
  await run(on.env.ports, [job("1", { database: on.db.id, server: id })]);
  expect(await on.subjects()).toEqual(["one"]);
  expect((await list(on.env.ports, other.id, { limit: 5 })).data).toEqual([]);
});

it("R-IN-8 a server that hangs keeps the others from nothing", async () => {
  on = await startFetching();
  on.mailbox.put(letter("one"));
  const hanging = await on.add({ name: "hangs" });
  const { imap } = on.env.ports;
  const open: typeof imap.open = (endpoint, within) =>
    endpoint.mailbox === "Hangs" ? new Promise(() => undefined) : imap.open(endpoint, within);
  await Server.patch(on.env.ports, await on.db.version(), hanging.id, { mailbox: "Hangs" });
  const decent = [await on.add(), await on.add({ name: "empty by then" })];
  const jobs = [hanging, ...decent].map(({ id }) => job(id, { database: on.db.id, server: id }));
  void run({ ...on.env.ports, imap: { ...imap, open } }, jobs);
  await expect.poll(async () => (await on.get(decent[1]?.id ?? "")).last_polled_at, { timeout: 30_000 }).not.toBeNull();
  expect(await on.subjects()).toEqual(["one"]);
});
