import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { remove } from "../database/remove.ts";
import * as keys from "../keys.ts";
import { find } from "./owner.ts";

let env: TestPorts;
let db: TestDatabase;
let other: TestDatabase;
beforeAll(async () => {
  env = await startTestPorts();
  db = await makeDatabase(env.ports);
  other = await makeDatabase(env.ports, { name: "other" });
  await claim("company-name.com", db.id);
});
afterAll(() => env.close());

const claim = (name: string, database: string) =>
  env.ports.store.write({ put: { ...keys.domainClaim(name), database, token: "t" } });
const owners = async (...recipients: string[]) => {
  const { owners, nobodys } = await find(env.ports, recipients);
  return { nobodys, ...Object.fromEntries(owners.map(({ version, recipients }) => [version.name, recipients])) };
};

describe("whose a mail is", () => {
  it("R-IN any address of the default domain, in any case, with a plus tag, once", async () => {
    const D = "company-name.posthouse.test";
    expect(await owners(`Sales@${D.toUpperCase()}`, `<sales@${D}>`, `bounce+Token@${D}`, `nobody.at.all@${D}`)).toEqual(
      {
        nobodys: 0,
        "company-name": [`sales@${D}`, `bounce+token@${D}`, `nobody.at.all@${D}`],
      },
    );
  });

  it("R-IN of a custom domain, whoever has proved it", async () => {
    await claim("xn--bcher-kva.example", other.id);
    expect(await owners("a@company-name.com", "b@bücher.example", "c@other.posthouse.test")).toEqual({
      nobodys: 0,
      "company-name": ["a@company-name.com"],
      other: ["b@xn--bcher-kva.example", "c@other.posthouse.test"],
    });
  });

  it.each([
    "postmaster@posthouse.test",
    "a@unknown.posthouse.test",
    "a@below.company-name.posthouse.test",
    "a@mail.company-name.com",
    "a@unproven.example",
    "a@notposthouse.test",
    "company-name.posthouse.test",
    "a@[127.0.0.1]",
    "",
  ])("R-IN nobody's: %j", async (recipient) => expect(await owners(recipient)).toEqual({ nobodys: 1 }));

  it("R-IN nobody's: a local part of more than 64 octets, which no key could hold", async () => {
    const D = "company-name.posthouse.test";
    const [fits, long] = [`${"日".repeat(21)}x@${D}`, `${"日".repeat(22)}@${D}`];
    expect(await owners(fits, long, `${"x".repeat(65)}@${D}`)).toEqual({ nobodys: 2, "company-name": [fits] });
  });

  it("R-ADDR-1 a deleted database's name receives nothing, nor does one that is being deleted", async () => {
    const gone = await makeDatabase(env.ports, { name: "gone" });
    expect(await owners("a@gone.posthouse.test")).toMatchObject({ nobodys: 0 });
    const deleting = { update: keys.version(gone.id), set: { status: "deleting" } };
    await env.ports.store.write(deleting);
    expect(await owners("a@gone.posthouse.test")).toEqual({ nobodys: 1 });
    expect(await remove(env.ports, "gone")).toBe(true);
    expect(await owners("a@gone.posthouse.test")).toEqual({ nobodys: 1 });
    await claim("left-behind.example", gone.id);
    expect(await owners("a@left-behind.example")).toEqual({ nobodys: 1 });
  });

  it("a paused database receives", async () => {
    await env.ports.store.write({ update: keys.version(other.id), set: { status: "paused" } });
    expect(await owners("a@other.posthouse.test")).toMatchObject({ nobodys: 0 });
  });
});
