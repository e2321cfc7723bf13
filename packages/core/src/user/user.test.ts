import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { get, list, put, remove } from "./change.ts";
import { among } from "./user.ts";

let env: TestPorts;
beforeAll(async () => {
  env = await startTestPorts();
});
afterAll(() => env.close());

const ann = "ann@company.com";

describe("users of the application", () => {
  it("R-NOT-1 are told by email unless they say otherwise, and what is given is changed alone", async () => {
    const made = await put(env.ports, "db_1", "Ann@Company.com", { name: "Ann" });
    expect(made).toMatchObject({ address: ann, name: "Ann", notify: "email" });
    expect(await put(env.ports, "db_1", ann, { notify: "inbox" })).toEqual({ ...made, notify: "inbox" });
    expect(await put(env.ports, "db_1", ann, {})).toEqual({ ...made, notify: "inbox" });
    expect(await get(env.ports, "db_1", ann)).toEqual({ ...made, notify: "inbox" });
    expect([...(await among(env.ports, "db_1", [ann, "nobody@company.com", ann])).keys()]).toEqual([ann]);
  });

  it("R-NOT-1 are those of one database", async () => {
    await put(env.ports, "db_2", ann, { name: "Their Ann" });
    expect(await get(env.ports, "db_2", ann)).toMatchObject({ name: "Their Ann", notify: "email" });
    expect(await among(env.ports, "db_3", [ann])).toEqual(new Map());
    await expect(remove(env.ports, "db_3", ann)).rejects.toMatchObject({ name: "not_found" });
    expect(await remove(env.ports, "db_2", "ANN@company.com")).toBe(ann);
    await expect(get(env.ports, "db_2", ann)).rejects.toMatchObject({ name: "not_found" });
    expect(await get(env.ports, "db_1", ann)).toMatchObject({ name: "Ann" });
  });

  it("R-NOT-1 are made once by twins", async () => {
    const all = [put(env.ports, "db_4", ann, { name: "A" }), put(env.ports, "db_4", ann, { notify: "inbox" })];
    await Promise.all(all);
    expect(await get(env.ports, "db_4", ann)).toMatchObject({ name: "A", notify: "inbox" });
  });

  it("R-NOT-1 are listed by address; what is no address is refused", async () => {
    for (const name of ["c", "a", "b"]) await put(env.ports, "db_5", `${name}@b.example`, {});
    const page = await list(env.ports, "db_5", { limit: 2 });
    expect([page.data.map(({ address }) => address), page.has_more]).toEqual([["a@b.example", "b@b.example"], true]);
    const next = await list(env.ports, "db_5", { limit: 2, after: page.cursor ?? "" });
    expect([next.data.map(({ address }) => address), next.has_more]).toEqual([["c@b.example"], false]);
    const wrong = put(env.ports, "db_5", "nobody", {});
    await expect(wrong).rejects.toMatchObject({ name: "invalid_parameter", details: { field: "address" } });
  });
});
