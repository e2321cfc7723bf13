import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeDatabase } from "../../../../test/support/database.ts";
import { AppError } from "../error.ts";
import type { Ports } from "../ports/main.ts";
import * as Server from "../server/server.ts";
import type { AliasEntry, CompanyEntry, Document, DomainEntry, ServerEntry, SettingsEntry } from "./document.ts";
import { read } from "./document.ts";
import { run } from "./import.ts";
import type { Plan } from "./plan.ts";
import { references } from "./reference.ts";

let machine: TestPorts;
let ports: Ports;
let made = 0;
beforeAll(async () => {
  machine = await startTestPorts();
  ports = machine.ports;
});
afterAll(() => machine.close());

/** A key that is there or not, as people leave fields out. */
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const domain: fc.Arbitrary<DomainEntry> = fc.record({
  name: fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom("company.com", "company.com", "other.example", "b.example") },
    { weight: 1, arbitrary: fc.constant("co.uk") },
  ),
  priority: maybe(fc.integer({ min: 1, max: 3 })),
  bounce_alias: maybe(fc.constantFrom("b1", "B 2", "b3", "b4", "b5")),
  catchall_alias: maybe(fc.constantFrom("c1", "c2", "c3", "c4", "c5")),
  default_from: maybe(fc.constantFrom("mary", "hello", "joe@company.com")),
  resend: maybe(
    fc.constantFrom({}, { capabilities: { sending: "disabled" } }, { capabilities: { receiving: "enabled" } }),
  ),
});
const company: fc.Arbitrary<CompanyEntry> = fc.record({
  name: fc.constantFrom("One", " One", "Two", "Two#2"),
  domain: maybe(fc.constantFrom(null, "company.com", "company.com#2")),
});
const smtp: fc.Arbitrary<ServerEntry> = fc.record({
  name: fc.constantFrom("tx", "tx ", "tx#2", "mass"),
  host: fc.constantFrom("smtp.company.com", "smtp.other.example"),
  authentication: fc.constantFrom("none", "none", "login"),
  username: fc.constant("joe@company.com"),
  from_filter: maybe(fc.constantFrom(null, " Company.com , joe@other.example", "b.example")),
  encryption: maybe(fc.constantFrom("tls", "starttls")),
  active: maybe(fc.boolean()),
  priority: maybe(fc.constantFrom(5, 10)),
});
const owned: fc.Arbitrary<ServerEntry> = fc.record({
  name: fc.constantFrom("tx", "own", "own"),
  host: fc.constant("smtp.company.com"),
  authentication: fc.constant("none"),
  owner: fc.constantFrom("mary@company.com", "joe@company.com", "Ann@company.com"),
  active: fc.boolean(),
});
const platform: fc.Arbitrary<ServerEntry> = fc.record({
  name: fc.constantFrom("ses", "ses#2"),
  kind: fc.constant("platform"),
  from_filter: maybe(fc.constantFrom(null, "company.com", "company.com, a@other.example")),
  active: maybe(fc.boolean()),
});
const settings: fc.Arbitrary<SettingsEntry> = fc.record({
  dedicated_server: maybe(fc.constantFrom(null, "tx", "tx#2", "own", "ses")),
  prefer_notification_server: maybe(fc.boolean()),
  admin_address: maybe(fc.constantFrom(null, "joe@company.com", "ann@company.com")),
  tracking: maybe(fc.record({ opens: fc.boolean(), clicks: fc.boolean() })),
});
const alias: fc.Arbitrary<AliasEntry> = fc.record({
  name: fc.constantFrom("sales", " Sales", "help", "jobs", "b2", "c2", "joe"),
  domain: maybe(fc.constantFrom(null, "company.com", "company.com", "company.com#2", "other.example")),
  model: fc.constantFrom("crm.lead", "crm.lead", "helpdesk.ticket"),
  record_id: maybe(fc.constantFrom(null, "7")),
  accept_from: maybe(fc.constantFrom("everyone", "known")),
  refusal: maybe(fc.constantFrom(null, " ", "No. ")),
});
const list = <T>(entry: fc.Arbitrary<T>, minLength = 0) => maybe(fc.array(entry, { minLength, maxLength: 4 }));
const record: fc.Arbitrary<Document> = fc.record({
  default_domain: maybe(fc.record({ bounce_alias: maybe(fc.constantFrom("b1", "b2")) })),
  domains: list(domain),
  companies: list(company, 1),
  servers: list(fc.oneof(smtp, smtp, owned, platform)),
  settings: maybe(settings),
  aliases: list(alias),
});
/** Plain objects, as JSON is read; most of them with references to what is there. */
const document = fc.tuple(record, fc.integer({ min: 0, max: 9 })).map(([each, dice]): Document => {
  const { domains = [], companies, servers = [], settings, aliases, ...rest } = structuredClone(each);
  if (dice === 0) return structuredClone(each);
  const known = new Set(references(domains.map(({ name }) => name)));
  const own = new Set(references(servers.map(({ name }) => name.trim())));
  const { dedicated_server: dedicated } = settings ?? {};
  return {
    ...rest,
    domains: each.domains && domains,
    companies: companies?.map((one) => (known.has(one.domain ?? "") ? one : { ...one, domain: null })),
    servers: each.servers && servers,
    settings: settings && { ...settings, dedicated_server: own.has(dedicated ?? "") ? dedicated : null },
    aliases: aliases && unique(aliases).map((one) => (known.has(one.domain ?? "") ? one : { ...one, domain: null })),
  };
});

/** One alias of each name. */
const unique = (aliases: readonly AliasEntry[]): AliasEntry[] => [
  ...new Map(aliases.map((one) => [one.name.trim().toLowerCase(), one])).values(),
];

const nothing = { create: [], update: [], delete: [] };

async function database() {
  const db = await makeDatabase(ports, { name: `converge${made++}` }, { provisioned: false });
  const put = async (document: Document, dry: boolean) => run(ports, await db.version(), document, dry);
  return { db, put };
}

const refusal = (error: unknown) => {
  if (!(error instanceof AppError)) throw error;
  return error.message;
};

it("a dry run says what the run does, or why it does nothing, and is empty after it, for any two documents in turn", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(document, { minLength: 2, maxLength: 3 }), async (documents) => {
      const { db, put } = await database();
      for (const each of documents) {
        const before = await read(ports, await db.version());
        const said: Plan | string = await put(each, true).catch(refusal);
        expect(await read(ports, await db.version())).toEqual(before);
        expect(await put(each, false).catch(refusal)).toEqual(said);
        if (typeof said === "string") expect(await read(ports, await db.version())).toEqual(before);
        else expect(await put(each, true)).toMatchObject(nothing);
      }
    }),
    { numRuns: 25 },
  );
});

it("an export is imported into its own database as nothing, and into another as all of it, once", async () => {
  await fc.assert(
    fc.asyncProperty(document, async (each) => {
      const [from, to] = [await database(), await database()];
      await from.put(each, false).catch(refusal);
      const whole = await read(ports, await from.db.version());
      expect(await from.put(whole, true)).toMatchObject(nothing);
      await to.put(whole, false);
      expect(await to.put(whole, true)).toMatchObject(nothing);
      const active = async (db: typeof from.db) =>
        (await Server.list(ports, await db.version())).filter((server) => server.active).length;
      expect(await active(to.db)).toBeLessThanOrEqual(await active(from.db));
    }),
    { numRuns: 12 },
  );
});
