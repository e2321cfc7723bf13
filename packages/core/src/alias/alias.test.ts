import { describe, expect, it } from "vitest";
import type { TestDatabase } from "../../../../test/support/database.ts";
import { beginFresh, type Fresh } from "../../../../test/support/fresh.ts";
import { list as trail } from "../audit/list.ts";
import * as Company from "../company/company.ts";
import * as Domain from "../domain/domain.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import * as Alias from "./alias.ts";
import * as Count from "./count.ts";
import type { AliasInput, NewAlias } from "./draft.ts";
import * as Find from "./find.ts";

let ports: Ports;
let db: TestDatabase;
let own: string;
beginFresh("alias", (fresh: Fresh) => {
  ({ db } = fresh);
  ({ ports } = fresh.env);
  own = `${fresh.name}.${ports.operator.root_domain}`;
});

const lead = { name: "sales", model: "crm.lead" };
const add = async (input: Partial<NewAlias> = {}) => Alias.create(ports, await db.version(), { ...lead, ...input });
const patch = async (id: string, input: AliasInput) => Alias.patch(ports, await db.version(), id, input);
const domain = async (name: string, input = {}) => Domain.create(ports, await db.version(), { name, ...input });
const error = (name: string, field?: string) =>
  field === undefined ? { name } : { name, details: expect.objectContaining({ field }) };

describe("R-IN-3 routing aliases", () => {
  it("R-IN-3 one is on the first company's alias domain, for everyone, and makes new records, unless it says otherwise", async () => {
    expect(await add()).toMatchObject({
      address: `sales@${own}`,
      name: "sales",
      model: "crm.lead",
      record_id: null,
      accept_from: "everyone",
      refusal: null,
      last_mail_at: null,
    });
    const { id } = await domain("company.com");
    expect(await add()).toMatchObject({ address: "sales@company.com", domain: id });
    const [first] = await Company.list(ports, await db.version());
    await Company.patch(ports, await db.version(), first?.id ?? "", { domain_id: null });
    expect(await add({ name: "help" })).toMatchObject({ address: `help@${own}` });
    const said = { record_id: "7", accept_from: "followers", refusal: " Ask us first. " } as const;
    expect(await add({ name: "ask", domain: id, ...said })).toMatchObject({
      address: "ask@company.com",
      ...said,
      refusal: "Ask us first.",
    });
  });

  it("R-DOM-3 its name is cleaned as the aliases of a domain are", async () => {
    expect((await add({ name: "  Déjà Vu@elsewhere.com " })).address).toBe(`deja-vu@${own}`);
    expect((await add({ name: ".a..b." })).address).toBe(`a.b@${own}`);
  });

  it.each([
    [{ name: " " }, "name"],
    [{ name: "x".repeat(65) }, "name"],
    [{ name: "sales+x" }, "name"],
    [{ model: "Crm Lead" }, "model"],
    [{ model: "" }, "model"],
    [{ record_id: "" }, "record_id"],
    [{ record_id: "a\nb" }, "record_id"],
    [{ domain: "dom_00000000000000000000000000" }, "domain"],
    [{ accept_from: "followers" }, "accept_from"],
    [{ refusal: "x".repeat(1_001) }, "refusal"],
  ] as const)("R-IN-3 %j is refused", async (input, field) => {
    await expect(add(input)).rejects.toMatchObject(error("invalid_parameter", field));
    expect(await Find.all(ports, db.id)).toEqual([]);
  });

  it("R-IN-3 an address has one route, of twins too", async () => {
    const [taken] = [await add()];
    await expect(add()).rejects.toMatchObject(error("conflict", "name"));
    const { id } = await add({ name: "help" });
    await expect(patch(id, { name: "SALES" })).rejects.toMatchObject(error("conflict", "name"));
    const twins = await Promise.allSettled([add({ name: "twin" }), add({ name: "twin" }), add({ name: "twin" })]);
    expect(twins.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected", "rejected"]);
    expect(await Find.all(ports, db.id)).toHaveLength(3);
    expect(await Count.of(ports, db.id, taken?.domain ?? "")).toBe(3);
  });

  it("R-IN-3 all of it can change, and its id stays", async () => {
    const { id, domain: before } = await add();
    const { id: after } = await domain("company.com");
    const changed = {
      name: "help",
      domain: after,
      model: "helpdesk.ticket",
      record_id: "T 7",
      refusal: "No.",
    } as const;
    expect(await patch(id, { ...changed, accept_from: "followers" })).toMatchObject({
      id,
      address: "help@company.com",
    });
    expect(await Alias.get(ports, await db.version(), id)).toMatchObject({ ...changed, accept_from: "followers" });
    expect([...(await Find.among(ports, db.id, [`sales@${own}`, "help@company.com"])).keys()]).toEqual([
      "help@company.com",
    ]);
    expect([await Count.of(ports, db.id, before), await Count.of(ports, db.id, after)]).toEqual([0, 1]);
    await expect(patch(id, { record_id: null })).rejects.toMatchObject(error("invalid_parameter", "accept_from"));
    expect(await patch(id, { record_id: null, accept_from: "known", refusal: " " })).toMatchObject({
      record_id: null,
      accept_from: "known",
      refusal: null,
    });
    expect(await Count.of(ports, db.id, after)).toBe(1);
  });

  it("R-IN-3 one that is deleted is no route, and its address is free", async () => {
    const { id, domain } = await add();
    const version = await db.version();
    await Alias.remove(ports, version, id);
    expect((await Find.among(ports, db.id, [`sales@${own}`])).size).toBe(0);
    expect(await Count.of(ports, db.id, domain)).toBe(0);
    for (const gone of [Alias.get(ports, version, id), Alias.remove(ports, version, id), patch(id, { name: "x" })])
      await expect(gone).rejects.toMatchObject(error("not_found"));
    expect((await add()).id).not.toBe(id);
  });

  it("R-IN-3 they are listed by address, page by page, either way", async () => {
    for (const name of ["c", "a", "d", "b"]) await add({ name });
    const page = (query: Partial<Alias.ListQuery>) => Alias.list(ports, { id: db.id }, { limit: 2, ...query });
    const names = ({ data }: Awaited<ReturnType<typeof page>>) => data.map(({ name }) => name).join("");
    const first = await page({});
    expect([names(first), first.has_more]).toEqual(["ab", true]);
    const second = await page({ after: first.data[1]?.id ?? "" });
    expect([names(second), second.has_more]).toEqual(["cd", false]);
    const back = await page({ before: second.data[1]?.id ?? "" });
    expect([names(back), back.has_more]).toEqual(["bc", true]);
    await expect(page({ after: "al_0" })).rejects.toMatchObject(error("invalid_parameter", "after"));
  });

  it("R-IN-3 a database has 10,000 at most: one can change then, none can be made", async () => {
    const { id, domain } = await add();
    await ports.store.write({ update: keys.aliasCount(db.id, domain), set: { count: 9_999 } });
    await ports.store.write({ update: keys.aliasCount(db.id, "dom_other"), set: { count: 1 } });
    await expect(add({ name: "more" })).rejects.toMatchObject(error("conflict"));
    expect(await patch(id, { name: "other" })).toMatchObject({ name: "other" });
    await Alias.remove(ports, await db.version(), id);
    expect(await add({ name: "more" })).toMatchObject({ name: "more" });
  });

  it("changes are in the audit trail", async () => {
    const { id } = await add();
    await patch(id, { model: "helpdesk.ticket" });
    await Alias.remove(ports, await db.version(), id);
    const entries = await trail(ports, db.id, { limit: 3 });
    expect(entries.data.flatMap(({ changes }) => changes)).toMatchObject([
      { noun: "alias", id, action: "delete", after: null },
      { noun: "alias", id, action: "update", before: { model: "crm.lead" }, after: { model: "helpdesk.ticket" } },
      { noun: "alias", id, action: "create", before: null, after: { address: `sales@${own}` } },
    ]);
  });
});
