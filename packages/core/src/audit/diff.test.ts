import { expect, it } from "vitest";
import * as keys from "../keys.ts";
import { diff } from "./diff.ts";

const server = { id: "srv_1", name: "tx", host: "a.example", secrets_set: ["password"] };
const bare = { id: "srv_2", name: "open", secrets_set: [] };
const before = { servers: [server, bare], domains: [], companies: [], settings: { revision: 3, on_limit: "reject" } };
const key = (id: string) => keys.configuration("db_1", "server", id);

it("has the fields that differ, of puts and updates alike", () => {
  const changed = { before: { host: "a.example" }, after: { host: "b.example" } };
  for (const write of [
    { put: { ...key("srv_1"), ...server, host: "b.example" } },
    { update: key("srv_1"), set: { host: "b.example" } },
  ])
    expect(diff(before, [write])).toEqual([{ noun: "server", id: "srv_1", action: "update", ...changed }]);
  expect(diff(before, [{ update: key("srv_1"), remove: ["host"] }])).toMatchObject([{ after: { host: null } }]);
});

it("has what is made and what is deleted, and nothing of what stays", () => {
  const made = { id: "srv_3", name: "new" };
  expect(
    diff(before, [
      { put: { ...key("srv_3"), ...made } },
      { delete: key("srv_2") },
      { put: { ...key("srv_1"), ...server } },
    ]),
  ).toEqual([
    { noun: "server", id: "srv_3", action: "create", before: null, after: made },
    { noun: "server", id: "srv_2", action: "delete", before: bare, after: null },
  ]);
  expect(diff(before, [{ delete: key("srv_9") }, { check: key("srv_1"), if: "attribute_exists(pk)" }])).toEqual([]);
});

it("G6 of a secret it says that it was set or deleted, and has nothing of it", () => {
  const set = { put: { ...keys.secret("db_1", "srv_1"), sealed: "sealed-text" } };
  expect(diff(before, [set])).toEqual([{ noun: "secret", id: "srv_1", action: "update" }]);
  const deletes = ["srv_1", "srv_2"].map((id) => ({ delete: keys.secret("db_1", id) }));
  expect(diff(before, deletes)).toEqual([{ noun: "secret", id: "srv_1", action: "delete" }]);
});

it("has settings, but not their revision, and no item that is no configuration", () => {
  expect(diff(before, [], { on_limit: "hold" })).toEqual([
    { noun: "settings", id: "settings", action: "update", before: { on_limit: "reject" }, after: { on_limit: "hold" } },
  ]);
  expect(diff(before, [], { revision: 4 })).toEqual([]);
  expect(diff(before, [{ put: { ...keys.suppression("db_1", "a@b.example") } }])).toEqual([]);
});
