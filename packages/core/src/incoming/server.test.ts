import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import * as Audit from "../audit/list.ts";
import { erase } from "../database/erase.ts";
import * as keys from "../keys.ts";
import { type IncomingInput } from "./draft.ts";
import { endpointOf } from "./endpoint.ts";
import * as Server from "./server.ts";

let env: TestPorts;
let db: TestDatabase;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts();
});
beforeEach(async () => {
  db = await makeDatabase(env.ports, { name: `incoming${made++}` }, { provisioned: false });
});
afterAll(() => env.close());

const given = { name: " Sales ", host: "IMAP.Company.com", username: "sales@company.com", password: "planted-secret" };
const create = async (changes: Partial<IncomingInput> = {}) =>
  Server.create(env.ports, await db.version(), { ...given, ...changes });
const patch = async (id: string, input: IncomingInput) => Server.patch(env.ports, await db.version(), id, input);
const stored = (id: string) => env.ports.store.get(keys.incomingServer(db.id, id), { consistent: true });

describe("R-IN-8 incoming servers", () => {
  it("R-IN-8 are made with defaults, listed newest first, and deleted with their secrets", async () => {
    const first = await create();
    expect(first).toMatchObject({
      name: "Sales",
      host: "imap.company.com",
      port: 993,
      encryption: "tls_strict",
      authentication: "login",
      username: "sales@company.com",
      address: "sales@company.com",
      mailbox: "INBOX",
      after: "seen",
      active: true,
      poll_minutes: 1,
      secrets_set: ["password"],
    });
    env.advance(10);
    const second = await create({ username: "sales", address: "Sales@Company.com", active: false });
    expect(second).toMatchObject({ address: "sales@company.com", next_poll_at: null });
    expect((await Server.list(env.ports, await db.version())).map(({ id }) => id)).toEqual([second.id, first.id]);
    await Server.remove(env.ports, await db.version(), first.id);
    expect(await env.ports.store.get(keys.secret(db.id, first.id))).toBeUndefined();
    await expect(Server.get(env.ports, await db.version(), first.id)).rejects.toMatchObject({ name: "not_found" });
    await expect(Server.remove(env.ports, await db.version(), first.id)).rejects.toMatchObject({ name: "not_found" });
    await expect(patch("inc_x", {})).rejects.toMatchObject({ name: "not_found" });
  });

  const refused: [string, Partial<IncomingInput>, string, string][] = [
    ["port 25", { port: 25 }, "port_not_allowed", "port"],
    ["no password", { password: undefined }, "missing_required_field", "password"],
    ["a secret of another login", { client_id: "x" }, "invalid_parameter", "client_id"],
    ["a host that is none", { host: "no host" }, "invalid_parameter", "host"],
    ["a username that is no address, and no address", { username: "sales" }, "missing_required_field", "address"],
    ["an address that is none", { address: "sales" }, "invalid_parameter", "address"],
    ["a folder with a line break", { mailbox: "a\r\nb" }, "invalid_parameter", "mailbox"],
    ["no name", { name: " " }, "invalid_parameter", "name"],
    [
      "an unencrypted token endpoint",
      {
        authentication: "oauth2",
        password: undefined,
        client_id: "c",
        client_secret: "s",
        refresh_token: "r",
        token_url: "http://token.example/",
      },
      "invalid_parameter",
      "token_url",
    ],
  ];
  it.each(refused)("R-IN-8 %s is refused, and what to do is said", async (_, changes, name, field) => {
    await expect(create(changes)).rejects.toMatchObject({ name, details: { field } });
    expect(await Server.list(env.ports, await db.version())).toEqual([]);
  });

  it("R-IN-8 a database has 20 at most", async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => create()));
    await expect(create()).rejects.toMatchObject({ name: "conflict" });
    await Server.remove(env.ports, await db.version(), all[0]?.id ?? "");
    await create();
    expect((await Server.list(env.ports, await db.version())).length).toBe(20);
  });

  it("R-IN-8 another mailbox is read from its beginning, the same one goes on", async () => {
    const { id } = await create();
    const read = { uid_validity: "1", last_uid: 9, unseen_below: null };
    const noted = { ...read, failures: 3, failing_since: "2026-11-23T10:00:00.000Z", begun: 4 };
    const note = () => env.ports.store.write({ update: keys.incomingServer(db.id, id), set: { ...noted, lease: "x" } });
    await note();
    await patch(id, { after: "delete", poll_minutes: 5 });
    expect(await stored(id)).toMatchObject({ ...noted, after: "delete", poll_minutes: 5 });
    await patch(id, { password: "another-secret" });
    expect(await stored(id)).toMatchObject({ ...read, failures: 0, failing_since: null, begun: 0 });
    await note();
    await patch(id, { mailbox: "Archive" });
    expect(await stored(id)).toMatchObject({ uid_validity: null, last_uid: 0, unseen_below: null, begun: 0 });
    expect(await stored(id)).not.toHaveProperty("lease");
  });

  it("R-IN-8 the address goes with the username, unless it was said", async () => {
    const { id } = await create();
    const anew = { username: "info@company.com", password: "p" };
    expect((await patch(id, anew)).address).toBe("info@company.com");
    expect((await patch(id, { address: "desk@company.com" })).address).toBe("desk@company.com");
    expect((await patch(id, { ...anew, username: "other@company.com" })).address).toBe("desk@company.com");
  });

  it("R-IN-8 of two changes at once none is lost", async () => {
    const { id } = await create();
    const version = await db.version();
    const results = await Promise.allSettled([
      Server.patch(env.ports, version, id, { name: "a" }),
      Server.patch(env.ports, version, id, { poll_minutes: 7 }),
    ]);
    const names = results.flatMap((each) => (each.status === "rejected" ? [(each.reason as Error).name] : []));
    expect(names.every((name) => name === "conflict")).toBe(true);
    const { name, poll_minutes } = await Server.get(env.ports, version, id);
    expect([name === "a", poll_minutes === 7]).toEqual(results.map(({ status }) => status === "fulfilled"));
  });
});

describe("G6 secrets of incoming servers", () => {
  it("G6 go to no other host, port or login, and over no weaker connection, unless they are given again", async () => {
    const { id } = await create();
    const weaker: IncomingInput[] = [
      { host: "evil.example" },
      { port: 143 },
      { username: "b@company.com" },
      { encryption: "tls" },
    ];
    for (const input of weaker)
      await expect(patch(id, input), JSON.stringify(input)).rejects.toMatchObject({
        name: "missing_required_field",
        details: { field: "password" },
      });
    await patch(id, { encryption: "starttls_strict" });
    const record = await Server.find(env.ports, await db.version(), id);
    expect(await endpointOf(env.ports, record)).toMatchObject({
      password: given.password,
      encryption: "starttls_strict",
    });
    await expect(endpointOf(env.ports, { ...record, host: "evil.example" })).rejects.toMatchObject({ name: "Changed" });
  });

  it("G6 are in no item unsealed, and in no entry of the audit trail, which says what was done", async () => {
    const { id } = await create();
    await patch(id, { host: "imap2.company.com", password: "planted-again" });
    await Server.remove(env.ports, await db.version(), id);
    const { data } = await Audit.list(env.ports, db.id, { limit: 100 });
    const mine = data.flatMap(({ changes }) => changes).filter((change) => change.id === id);
    expect(mine.map(({ noun, action }) => `${action} ${noun}`)).toEqual([
      "delete incoming_server",
      "update incoming_server",
      "update secret",
      "create incoming_server",
      "update secret",
    ]);
    expect(mine[1]).toMatchObject({ before: { host: "imap.company.com" }, after: { host: "imap2.company.com" } });
    expect(JSON.stringify(data)).not.toContain("planted");
  });

  it("R-IN-8 nothing of them is left of a database that is erased", async () => {
    const { id } = await create();
    await erase(env.ports, await db.version(), "VERSION", env.ports.clock.now() + 60_000);
    expect([await stored(id), await env.ports.store.get(keys.secret(db.id, id))]).toEqual([undefined, undefined]);
    const { items } = await env.ports.store.query({ pk: keys.incomingServer(db.id, "").pk });
    expect(items).toEqual([]);
  });
});
