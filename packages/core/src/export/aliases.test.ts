import { beforeEach, describe, expect, it } from "vitest";
import type { TestDatabase } from "../../../../test/support/database.ts";
import { dying } from "../../../../test/support/dying.ts";
import { beginFresh, type Fresh } from "../../../../test/support/fresh.ts";
import * as Alias from "../alias/alias.ts";
import * as Count from "../alias/count.ts";
import * as Find from "../alias/find.ts";
import { copy } from "../database/copy.ts";
import { find } from "../database/list.ts";
import { remove } from "../database/remove.ts";
import * as Domain from "../domain/domain.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { type AliasEntry, type Document, read } from "./document.ts";
import { run } from "./import.ts";

let ports: Ports;
let db: TestDatabase;
let name: string;
let root: string;
let company: string;
beginFresh("exported", (fresh: Fresh) => {
  ({ db, name } = fresh);
  ({ ports } = fresh.env);
  root = ports.operator.root_domain;
});
beforeEach(async () => {
  company = (await Domain.create(ports, await db.version(), { name: "company.com" })).id;
});

const put = async (document: Document) => run(ports, await db.version(), document, false);
const dry = async (document: Document) => run(ports, await db.version(), document, true);
const aliases = async () => Find.all(ports, db.id);
const sales: AliasEntry = { name: "sales", domain: "company.com", model: "crm.lead" };
const help: AliasEntry = { name: "help", domain: null, model: "helpdesk.ticket", record_id: "7" };
const nothing = { create: [], update: [], delete: [] };

describe("R-IN-3 routing aliases in a configuration as text", () => {
  it("R-IN-3 they are there by name, with their domain's, and imported again change nothing", async () => {
    await Alias.create(ports, await db.version(), { name: "sales", model: "crm.lead" });
    const [own] = (await Domain.list(ports, await db.version())).filter(({ is_default }) => is_default);
    await Alias.create(ports, await db.version(), { ...help, domain: own?.id, accept_from: "followers" });
    const document = await read(ports, await db.version());
    expect(document.aliases).toEqual(
      [
        { ...sales, record_id: null, accept_from: "everyone", refusal: null },
        { ...help, accept_from: "followers", refusal: null },
      ].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    );
    const before = await aliases();
    expect(await put(document)).toMatchObject(nothing);
    expect(await aliases()).toEqual(before);
  });

  it("R-IN-3 they are made, changed and deleted by their address; those of an unspoken list stay", async () => {
    const both = { aliases: [sales, help] };
    const made = await dry(both);
    expect(made.create.map(({ name }) => name)).toEqual(["sales@company.com", `help@${name}.${root}`]);
    expect(await aliases()).toEqual([]);
    expect(await put(both)).toEqual(made);
    const [{ id } = { id: "" }] = (await aliases()).filter(({ name }) => name === "sales");
    expect(await put({ domains: [{ name: "company.com" }] })).toMatchObject(nothing);
    const changed = await put({ aliases: [{ ...sales, name: "Sales ", model: "crm.deal", accept_from: "known" }] });
    expect(changed).toMatchObject({
      update: [{ noun: "alias", name: "sales@company.com", fields: ["model", "accept_from"] }],
      delete: [{ noun: "alias", name: `help@${name}.${root}` }],
    });
    expect(await aliases()).toMatchObject([{ id, address: "sales@company.com", model: "crm.deal" }]);
  });

  it("R-DOM-6 a domain goes with its aliases where the text says so, and is refused where it does not speak of them", async () => {
    await put({ aliases: [sales] });
    const without = { domains: [], companies: [{ name }] };
    for (const attempt of [dry(without), put(without)])
      await expect(attempt).rejects.toMatchObject({ name: "conflict", details: { aliases: 1, entry: "domains" } });
    expect((await Domain.get(ports, await db.version(), company)).name).toBe("company.com");
    const moved = { ...without, aliases: [{ ...sales, domain: null }] };
    expect(await put(moved)).toMatchObject({ delete: [{ noun: "domain" }, { noun: "alias" }] });
    expect(await aliases()).toMatchObject([{ address: `sales@${name}.${root}` }]);
    expect([...(await Count.all(ports, db.id)).values()]).toEqual([1]);
  });

  it.each([
    [{ ...sales, name: "bounce" }, "conflict"],
    [{ ...sales, name: "a+b" }, "invalid_parameter"],
    [{ ...sales, domain: "elsewhere.com" }, "invalid_parameter"],
    [{ ...sales, accept_from: "followers" }, "invalid_parameter"],
    [{ ...sales, model: "Crm Lead" }, "invalid_parameter"],
    [{ ...sales, name: "HELP", domain: null }, "invalid_parameter"],
  ] as const)("R-IN-3 %j is refused, dry and not, and nothing is done", async (entry, error) => {
    const document = { domains: [{ name: "company.com", priority: 3 }], aliases: [help, entry] };
    for (const attempt of [dry(document), put(document)])
      await expect(attempt).rejects.toMatchObject({ name: error, details: { entry: "aliases[1]" } });
    expect(await aliases()).toEqual([]);
    expect((await Domain.get(ports, await db.version(), company)).priority).toBe(10);
  });

  it("R-DOM-4 an alias takes an address that its domain leaves, a domain none that an alias has", async () => {
    const left = [{ name: "company.com", catchall_alias: "answers" }];
    await put({ domains: left, aliases: [{ ...sales, name: "catchall" }] });
    expect(await aliases()).toMatchObject([{ address: "catchall@company.com" }]);
    const back = { domains: [{ name: "company.com", catchall_alias: "catchall" }], aliases: [] };
    await expect(dry(back)).rejects.toMatchObject({ name: "conflict", details: { entry: "domains[0]" } });
    await put({ aliases: [] });
    expect(await put(back)).toMatchObject({ update: [{ name: "company.com" }] });
  });

  it("R-IN-3 many are written in few changes; cut short anywhere, a repeat does the rest", async () => {
    const many = Array.from({ length: 45 }, (_, n) => ({ ...sales, name: `alias-${n}` }));
    for (let calls = 0; ; calls++) {
      const process = dying(ports, calls, "after");
      const done = await run(process.ports, await db.version(), { aliases: many }, false).then(
        () => true,
        () => false,
      );
      if (done) break;
      expect((await aliases()).length % 20).toBe(0);
    }
    expect(await aliases()).toHaveLength(45);
    expect(await Count.of(ports, db.id, company)).toBe(45);
    expect(await dry({ aliases: many })).toMatchObject(nothing);
    await put({ aliases: many.slice(0, 2) });
    expect(await Count.of(ports, db.id, company)).toBe(2);
  });
});

describe("R-IN-3 routing aliases of a copied database, and of a deleted one", () => {
  it("R-IN-3 a copy has them on its own default domain where they are on that, else on the domain as copied", async () => {
    await put({ aliases: [sales, help] });
    const { database } = await copy(ports, name, { name: `${name}-copy` });
    const copied = await Find.all(ports, database.id);
    expect(copied.map(({ address }) => address)).toEqual([`help@${name}-copy.${root}`, "sales@company.com"]);
    const domains = await Domain.list(ports, await find(ports, `${name}-copy`));
    expect(copied.map(({ domain_id }) => domain_id)).toEqual(domains.map(({ id }) => id).toReversed());
    expect(await aliases()).toHaveLength(2);
  });

  it("nothing of them is left when the database is deleted", async () => {
    await put({ aliases: [sales, help] });
    await remove(ports, name);
    for (const { pk } of [keys.alias(db.id, ""), keys.aliasId(db.id, "")]) {
      const { items } = await ports.store.query({ pk, consistent: true });
      expect(items.filter(({ sk }) => sk !== keys.sweep(db.id).sk)).toEqual([]);
    }
  });
});
