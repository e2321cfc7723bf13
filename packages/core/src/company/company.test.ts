import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { create as createDatabase } from "../database/create.ts";
import { read, type Version } from "../database/version.ts";
import * as Domain from "../domain/domain.ts";
import type { Ports } from "../ports/main.ts";
import * as Company from "./company.ts";

let machine: TestPorts;
let ports: Ports;
let version: Version;
let made = 0;
beforeAll(async () => {
  machine = await startTestPorts();
  ports = machine.ports;
});
beforeEach(async () => {
  const { database } = await createDatabase(ports, { name: `companies${made++}`, company: "Acme Inc." });
  version = await read(ports.store, database.id);
});
afterAll(() => machine.close());

const now = () => read(ports.store, version.id);

it("R-DOM-8 the first company stays the first", async () => {
  await Company.create(ports, version, { name: "Aaa" });
  expect((await Company.list(ports, await now())).map(({ name }) => name)).toEqual(["Acme Inc.", "Aaa"]);
});

it("R-DOM-5 a company is moved to a domain, and to the default domain, which is none", async () => {
  const domain = await Domain.create(ports, version, { name: "company.com" });
  const [own] = (await Domain.list(ports, await now())).filter(({ is_default }) => is_default);
  const { id } = await Company.create(ports, await now(), { name: "b", domain_id: null });
  expect((await Company.get(ports, await now(), id)).domain_id).toBeNull();
  expect((await Company.patch(ports, await now(), id, { domain_id: domain.id })).domain_id).toBe(domain.id);
  expect((await Company.patch(ports, await now(), id, { domain_id: own?.id ?? "" })).domain_id).toBeNull();
  await expect(Company.patch(ports, await now(), id, { domain_id: "dom_x" })).rejects.toMatchObject({
    name: "invalid_parameter",
  });
});

it("a database keeps one company at least, whoever deletes at once", async () => {
  const { id } = await Company.create(ports, version, { name: "b" });
  const [first] = await Company.list(ports, await now());
  const tries = await Promise.allSettled(
    [id, first?.id ?? ""].map(async (each) => Company.remove(ports, await now(), each)),
  );
  expect(tries.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  expect(await Company.list(ports, await now())).toHaveLength(1);
});

it.each(["", " ", "a\r\nBcc: x@y.example", "\u0000", "x".repeat(201)])("R-REW-2 refuses the name %j", async (name) => {
  await expect(Company.create(ports, version, { name })).rejects.toMatchObject({ name: "invalid_parameter" });
});

it("says what is missing, and what is not there", async () => {
  await expect(Company.create(ports, version, {})).rejects.toMatchObject({ name: "missing_required_field" });
  await expect(Company.get(ports, version, "co_x")).rejects.toMatchObject({ name: "not_found" });
  await expect(Company.patch(ports, version, "co_x", {})).rejects.toMatchObject({ name: "not_found" });
});

it("a change made on an old version is decided on the present one", async () => {
  const [first] = await Company.list(ports, version);
  const domain = await Domain.create(ports, version, { name: "company.com" });
  const renamed = await Company.patch(ports, version, first?.id ?? "", { name: "renamed" });
  expect(renamed).toMatchObject({ name: "renamed", domain_id: domain.id });
});
