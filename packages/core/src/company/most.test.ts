import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import * as Domain from "../domain/domain.ts";
import { mark } from "../domain/use.ts";
import * as Company from "./company.ts";

let machine: TestPorts;
let db: TestDatabase;
beforeAll(async () => {
  machine = await startTestPorts();
  db = await makeDatabase(machine.ports);
});
afterAll(() => machine.close());

const add = async (name: string, input: Domain.DomainInput = {}) =>
  Domain.create(machine.ports, await db.version(), { name, ...input });
const domainsOf = async () =>
  new Set((await Company.list(machine.ports, await db.version())).map(({ domain_id }) => domain_id));

it("R-DOM-6 as many companies as a database may have are moved at once, with all that goes along", async () => {
  const { ports } = machine;
  for (let n = 1; n < Company.maximum; n++)
    await Company.create(ports, await db.version(), { name: `company ${n}`, domain_id: null });
  await expect(Company.create(ports, await db.version(), { name: "one more" })).rejects.toMatchObject({
    name: "conflict",
    message: expect.stringContaining("80"),
  });
  const first = await add("first.com");
  expect(await domainsOf()).toEqual(new Set([first.id]));
  await mark(ports, db.id, first.id);
  const all = (await Company.list(ports, await db.version())).map(({ id }) => id);
  const second = await add("second.com", { companies: all });
  expect(await domainsOf()).toEqual(new Set([second.id]));
  await mark(ports, db.id, second.id);
  // Into use again come the first one's addresses, out of use go the second one's
  const back = await Domain.patch(ports, await db.version(), first.id, { companies: all, catchall_alias: "answers" });
  expect(back.former_addresses).toHaveLength(3);
  for (let n = 0; n < 12; n++)
    await Domain.patch(ports, await db.version(), first.id, { bounce_alias: `errors-${n}`, companies: all });
  const removed = await Domain.remove(ports, await db.version(), first.id, { keep_old: false });
  expect(removed.former_addresses).toEqual([]);
  expect(await domainsOf()).toEqual(new Set([second.id]));
  const { former_addresses } = await Domain.remove(ports, await db.version(), second.id);
  expect(former_addresses).toHaveLength(3);
  expect(await domainsOf()).toEqual(new Set([null]));
}, 60_000);
