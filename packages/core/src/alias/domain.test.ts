import { beforeEach, describe, expect, it } from "vitest";
import type { TestDatabase } from "../../../../test/support/database.ts";
import { beginFresh, type Fresh } from "../../../../test/support/fresh.ts";
import * as Domain from "../domain/domain.ts";
import * as Mailed from "../domain/mailed.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import * as Alias from "./alias.ts";
import * as Count from "./count.ts";
import { among } from "./find.ts";

let ports: Ports;
let db: TestDatabase;
let company: string;
beginFresh("aliasdomain", (fresh: Fresh) => {
  ({ db } = fresh);
  ({ ports } = fresh.env);
});
beforeEach(async () => {
  company = (await domain("company.com")).id;
});

const domain = async (name: string, input = {}) => Domain.create(ports, await db.version(), { name, ...input });
const change = async (id: string, input: Domain.DomainInput) => Domain.patch(ports, await db.version(), id, input);
const get = async (id: string) => Domain.get(ports, await db.version(), id);
const add = async (name: string, domain = company) =>
  Alias.create(ports, await db.version(), { name, domain, model: "crm.lead" });
const conflict = { name: "conflict" };

describe("R-DOM-4 routing aliases and the addresses of a domain", () => {
  it.each(["bounce", "catchall", "notifications"])("R-DOM-4 %s of its domain is no routing alias", async (name) => {
    await expect(add(name)).rejects.toMatchObject(conflict);
    const { id } = await add("sales");
    await expect(Alias.patch(ports, await db.version(), id, { name })).rejects.toMatchObject(conflict);
    const other = await domain("other.com", { bounce_alias: "b", catchall_alias: "c", default_from: "d" });
    expect(await add(name, other.id)).toMatchObject({ address: `${name}@other.com` });
    await expect(Alias.patch(ports, await db.version(), id, { name, domain: company })).rejects.toMatchObject(conflict);
  });

  it("R-DOM-4 nor those of another domain of the name, nor a full address that is a default-from", async () => {
    const twin = await domain("company.com", {
      bounce_alias: "errors",
      catchall_alias: "replies",
      default_from: "hello@brand.com",
    });
    for (const name of ["errors", "replies"]) await expect(add(name)).rejects.toMatchObject(conflict);
    await expect(add("bounce", twin.id)).rejects.toMatchObject(conflict);
    const brand = await domain("brand.com");
    await expect(add("hello", brand.id)).rejects.toMatchObject(conflict);
    expect(await add("hello")).toMatchObject({ address: "hello@company.com" });
  });

  it.each([
    { bounce_alias: "sales" },
    { catchall_alias: "sales" },
    { default_from: "sales" },
    { default_from: "sales@company.com" },
  ])("R-DOM-4 a domain does not take the address of a routing alias by %j", async (aliases) => {
    const { id } = await add("sales");
    const before = await get(company);
    await expect(change(company, aliases)).rejects.toMatchObject({
      ...conflict,
      details: { field: Object.keys(aliases)[0] },
    });
    const twin = { bounce_alias: "b", catchall_alias: "c", default_from: "d", ...aliases };
    await expect(domain("company.com", twin)).rejects.toMatchObject(conflict);
    expect(await get(company)).toEqual(before);
    await Alias.remove(ports, await db.version(), id);
    expect(await change(company, aliases)).toMatchObject(aliases);
  });

  it("R-DOM-4 of an alias and a domain that take one address at once one has it", async () => {
    for (const n of [1, 2, 3, 4]) {
      const name = `both${n}`;
      const [made, changed] = await Promise.allSettled([add(name), change(company, { catchall_alias: name })]);
      expect([made.status, changed.status].toSorted()).toEqual(["fulfilled", "rejected"]);
      const { catchall_alias } = await get(company);
      const isAlias = (await among(ports, db.id, [`${name}@company.com`])).size === 1;
      expect(isAlias).toBe(catchall_alias !== name);
    }
  });
});

describe("R-DOM-6 a domain that routing aliases use", () => {
  it("R-DOM-6 is not deleted, and says how many there are", async () => {
    const made = [await add("sales"), await add("help")];
    const remove = async () => Domain.remove(ports, await db.version(), company);
    await expect(remove()).rejects.toMatchObject({ ...conflict, details: { aliases: 2 } });
    const other = await domain("other.com");
    await Alias.patch(ports, await db.version(), made[0]?.id ?? "", { domain: other.id });
    await expect(remove()).rejects.toMatchObject({ ...conflict, details: { aliases: 1 } });
    await Alias.remove(ports, await db.version(), made[1]?.id ?? "");
    await remove();
    expect(await ports.store.get(keys.aliasCount(db.id, company), { consistent: true })).toBeUndefined();
    expect(await Count.all(ports, db.id)).toEqual(new Map([[other.id, 1]]));
  });

  it("R-DOM-6 of an alias that is made and its domain that is deleted at once one is done", async () => {
    for (let n = 0; n < 4; n++) {
      const { id } = await domain(`gone${n}.com`);
      const removing = Domain.remove(ports, await db.version(), id);
      const [made, removed] = await Promise.allSettled([add("sales", id), removing]);
      expect([made.status, removed.status].toSorted()).toEqual(["fulfilled", "rejected"]);
      expect((await among(ports, db.id, [`sales@gone${n}.com`])).size).toBe(removed.status === "rejected" ? 1 : 0);
    }
  });
});

describe("R-DOM-12 mailboxes of a domain whose MX is not ours", () => {
  it("R-DOM-12 names each routing alias with the time mail last came through it", async () => {
    await add("sales");
    await add("help");
    const mailboxes = async () => (await get(company)).mailboxes.filter(({ purpose }) => purpose === "alias");
    const at = "2026-01-01T10:00:00.000Z";
    await Mailed.noteAlias(ports, db.id, "sales@company.com", at);
    expect(await mailboxes()).toEqual([
      { address: "help@company.com", purpose: "alias", last_mail_at: null },
      { address: "sales@company.com", purpose: "alias", last_mail_at: at },
    ]);
    const [own] = (await Domain.list(ports, await db.version())).filter(({ is_default }) => is_default);
    await add("own", own?.id);
    expect((await get(own?.id ?? "")).mailboxes).toEqual([]);
    expect(await mailboxes()).toHaveLength(2);
  });

  it("R-DOM-12 the time never goes back, is noted once a minute, moves with the alias and makes none", async () => {
    const { id } = await add("sales");
    const note = (address: string, at: string) => Mailed.noteAlias(ports, db.id, address, `2026-01-01T${at}.000Z`);
    const last = async () => (await Alias.get(ports, await db.version(), id)).last_mail_at?.slice(11, 19);
    await note("sales@company.com", "10:00:00");
    await note("sales@company.com", "10:00:59");
    expect(await last()).toBe("10:00:00");
    await note("sales@company.com", "10:01:00");
    expect(await last()).toBe("10:01:00");
    await Alias.patch(ports, await db.version(), id, { model: "helpdesk.ticket" });
    expect(await last()).toBe("10:01:00");
    await Alias.patch(ports, await db.version(), id, { name: "help" });
    expect(await last()).toBe("10:01:00");
    await note("help@company.com", "09:00:00");
    await note("nobody@company.com", "12:00:00");
    expect(await last()).toBe("10:01:00");
    expect((await among(ports, db.id, ["nobody@company.com"])).size).toBe(0);
  });
});
