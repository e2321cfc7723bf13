import { describe, expect, it } from "vitest";
import type { TestDatabase } from "../../../../test/support/database.ts";
import { beginFresh, type Fresh } from "../../../../test/support/fresh.ts";
import { load } from "../configuration/load.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import * as Domain from "./domain.ts";
import * as Former from "./former.ts";
import { purposes } from "./received.ts";
import { mark } from "./use.ts";

let ports: Ports;
let db: TestDatabase;
let own: string;
beginFresh("purposes", (fresh: Fresh) => {
  ({ db } = fresh);
  ({ ports } = fresh.env);
  own = `${fresh.name}.${ports.operator.root_domain}`;
});

const purpose = async (address: string) =>
  purposes(await load(ports, await db.version()), await Former.list(ports, db.id))(address);
const add = async (input: Domain.DomainInput = {}) => {
  const { id } = await Domain.create(ports, await db.version(), { name: "company.com", ...input });
  await mark(ports, db.id, id);
  return id;
};

describe("R-IN-2 what an address is to the database", () => {
  it("R-IN-2 bounce, catchall and notification address of each alias domain, and nothing else", async () => {
    await add({ bounce_alias: "errors", default_from: "hello@brand.com" });
    const found = ["errors@company.com", "catchall@company.com", "hello@brand.com", `notifications@${own}`];
    expect(await Promise.all(found.map(purpose))).toEqual(["bounce", "catchall", "notification", "notification"]);
    for (const other of ["bounce@company.com", "sales@company.com", "errors@other.com", `admin@${own}`])
      expect(await purpose(other)).toBeNull();
  });

  it("R-IN-2 one mailbox for catchall and default-from is the catchall", async () => {
    await add({ default_from: "catchall" });
    expect(await purpose("catchall@company.com")).toBe("catchall");
  });

  it("R-DOM-7 former addresses are what they were, also when the domain is deleted", async () => {
    const id = await add({ bounce_alias: "errors", catchall_alias: "answers", default_from: "hello" });
    await Domain.patch(ports, await db.version(), id, { catchall_alias: "replies", default_from: "replies" });
    await Domain.remove(ports, await db.version(), id);
    const old = ["errors", "answers", "hello", "replies"].map((local) => purpose(`${local}@company.com`));
    expect(await Promise.all(old)).toEqual(["bounce", "catchall", "notification", "catchall"]);
  });

  it("R-DOM-7 what an address is for now goes before what it was for", async () => {
    const id = await add({ bounce_alias: "errors", catchall_alias: "answers" });
    await Domain.patch(ports, await db.version(), id, { bounce_alias: "b", catchall_alias: "errors" });
    expect([await purpose("errors@company.com"), await purpose("answers@company.com")]).toEqual([
      "catchall",
      "catchall",
    ]);
  });

  it("R-DOM-7 the default domain's old addresses are kept too", async () => {
    const [fallback] = await Domain.list(ports, await db.version());
    const id = fallback?.id ?? "";
    await mark(ports, db.id, id);
    const changed = await Domain.patch(ports, await db.version(), id, { catchall_alias: "answers" });
    expect(changed.former_addresses.map(({ address }) => address)).toEqual([`catchall@${own}`]);
    expect(await purpose(`catchall@${own}`)).toBe("catchall");
    await Domain.patch(ports, await db.version(), id, { catchall_alias: "replies", keep_old: false });
    expect([await purpose(`catchall@${own}`), await purpose(`answers@${own}`)]).toEqual([null, null]);
  });

  it("R-DOM-7 of what was kept before purposes were, the usual names tell", async () => {
    const until = new Date(ports.clock.now() + 1_000_000).toISOString();
    for (const local of ["bounce", "notifications", "replies"]) {
      const record = { address: `${local}@company.com`, domain_id: "dom_x", of: "dom_y", until };
      await ports.store.write({ put: { ...keys.formerAddress(db.id, record.address), ...record } });
    }
    const old = ["bounce", "notifications", "replies"].map((local) => purpose(`${local}@company.com`));
    expect(await Promise.all(old)).toEqual(["bounce", "notification", "catchall"]);
  });
});
