import { readFile } from "node:fs/promises";
import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { create as createDatabase } from "../database/create.ts";
import { read, type Version } from "../database/version.ts";
import * as Domain from "../domain/domain.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { patch as patchSettings } from "../settings/patch.ts";
import { get as getSettings } from "../settings/view.ts";
import type { ServerInput } from "./input.ts";
import * as Server from "./server.ts";

let machine: TestPorts;
let ports: Ports;
let version: Version;
let made = 0;
beforeAll(async () => {
  machine = await startTestPorts();
  ports = machine.ports;
});
beforeEach(async () => {
  const { database } = await createDatabase(ports, { name: `servers${made++}` });
  version = await read(ports.store, database.id);
});
afterAll(() => machine.close());

const now = () => read(ports.store, version.id);
const login = { host: "smtp.company.com", username: "mary", password: "s3cret!" };
type Input = ServerInput & { name?: string; kind?: "smtp" | "platform" };
const add = async (input: Input = {}) =>
  Server.create(ports, await now(), {
    name: "tx",
    from_filter: "company.com",
    ...(input.kind === "platform" ? {} : login),
    ...input,
  });
const refused = (name: string, text = "") => expect.objectContaining({ name, message: expect.stringContaining(text) });

describe("outgoing mail servers", () => {
  it("R-SRV-1 a server has its defaults, and no secret in the answer or the record", async () => {
    const server = await add();
    expect(server).toMatchObject({
      kind: "smtp",
      host: "smtp.company.com",
      port: 587,
      encryption: "starttls_strict",
      authentication: "login",
      secrets_set: ["password"],
      from_filter: "company.com",
      priority: 10,
      active: true,
      max_email_size_mb: 10,
      owner: null,
      bounce_token: true,
      warnings: [],
    });
    const { items } = await ports.store.query({ pk: keys.version(version.id).pk });
    expect(JSON.stringify([server, items, await Server.list(ports, await now())])).not.toContain("s3cret!");
  });

  it("R-SRV-1 its secrets open for this server alone", async () => {
    const { id } = await add();
    const sealed = (await ports.store.get(keys.secret(version.id, id)))?.["sealed"] as string;
    expect(JSON.parse(await ports.vault.open(sealed, { database: version.id, record: id }))).toEqual({
      password: "s3cret!",
    });
    await expect(ports.vault.open(sealed, { database: version.id, record: "srv_other" })).rejects.toThrow();
  });

  it("R-SRV-1 a change keeps the secret, unless it goes elsewhere", async () => {
    const { id } = await add();
    const before = await ports.store.get(keys.secret(version.id, id));
    await Server.patch(ports, await now(), id, { name: "renamed", priority: 1 });
    expect(await ports.store.get(keys.secret(version.id, id))).toEqual(before);
    for (const moved of [
      { host: "smtp.evil.example" },
      { port: 2525 },
      { encryption: "none" as const, port: 587 },
      { encryption: "starttls" as const, port: 587 },
      { username: "joe" },
      { owner: "mary@company.com", from_filter: "mary@company.com" },
    ])
      await expect(Server.patch(ports, await now(), id, moved)).rejects.toEqual(
        refused("missing_required_field", "weaker connection: give it again"),
      );
    await Server.patch(ports, await now(), id, { host: "smtp.new.example", password: "other" });
    expect(await ports.store.get(keys.secret(version.id, id))).not.toEqual(before);
    await Server.patch(ports, await now(), id, { authentication: "none", username: null });
    expect(await ports.store.get(keys.secret(version.id, id))).toBeUndefined();
  });

  it("R-SRV-2 port 25 is refused with advice", async () => {
    await expect(add({ port: 25 })).rejects.toEqual(refused("port_not_allowed", "465, 587 or 2525"));
  });

  it.each([
    ["tls", 465],
    ["tls_strict", 465],
    ["starttls", 587],
    ["starttls_strict", 587],
    ["none", 587],
  ] as const)("R-SRV-2 the default port of %s is %i", async (encryption, port) => {
    expect((await add({ encryption })).port).toBe(port);
  });

  it("R-SRV-3 a login without encryption warns", async () => {
    expect((await add({ encryption: "none" })).warnings).toEqual([
      expect.objectContaining({ name: "cleartext_login" }),
    ]);
  });

  it.each([
    [{ authentication: "certificate", username: null }, "missing_required_field", "certificate"],
    [{ authentication: "certificate", encryption: "none" }, "invalid_parameter", "encryption"],
    [
      { authentication: "certificate", password: undefined, certificate: "x", private_key: "y" },
      "invalid_parameter",
      "PEM",
    ],
    [{ authentication: "oauth2", password: undefined }, "missing_required_field", "client_id"],
    [{ host: null }, "invalid_parameter", "host"],
    [{ encryption: null }, "invalid_parameter", "encryption"],
    [{ authentication: "none" }, "invalid_parameter", "password"],
    [{ password: "" }, "missing_required_field", "password"],
    [{ host: undefined }, "missing_required_field", "host"],
    [{ host: "smtp company" }, "invalid_parameter", "host"],
    [{ host: "smtp.company.com/x" }, "invalid_parameter", "host"],
    [{ port: 70_000 }, "invalid_parameter", "port"],
    [{ username: "a\nb" }, "invalid_parameter", "username"],
    [{ name: " " }, "invalid_parameter", "name"],
  ] as [ServerInput, string, string][])("R-SRV-1 %j is refused: %s", async (input, name, text) => {
    const { password, ...rest } = { ...login, ...input };
    const given = password === undefined || input.authentication === "certificate" ? rest : { ...rest, password };
    const fresh = { ...given, name: input.name ?? "tx" };
    await expect(Server.create(ports, version, fresh)).rejects.toEqual(refused(name, text));
  });

  it("R-SRV-3 a filter of blanks and commas is none, and warns with a suggestion (R-SRV-9)", async () => {
    await Domain.create(ports, version, { name: "company.com" });
    expect(await add({ from_filter: " , ," })).toMatchObject({
      from_filter: null,
      warnings: [{ name: "unfiltered_server" }],
      suggested_from_filter: "company.com",
    });
    const gmail = { host: "smtp.gmail.com", username: "Mary@company.com", from_filter: null };
    expect((await add(gmail)).suggested_from_filter).toBe("mary@company.com");
  });

  it.each(["*.company.com", "@company.com", "a b.com", "company"])(
    "R-SRV-3 the filter %j is refused",
    async (from_filter) => {
      await expect(add({ from_filter })).rejects.toMatchObject({ name: "invalid_from_filter" });
    },
  );

  it("R-SRV-4 a platform record names own verified domains only, and no connection", async () => {
    await Domain.create(ports, version, { name: "company.com" });
    const own = `${version.name}.posthouse.test`;
    expect(await add({ kind: "platform", from_filter: own })).toMatchObject({
      kind: "platform",
      host: null,
      from_filter: own,
    });
    await expect(add({ kind: "platform", from_filter: "company.com" })).rejects.toMatchObject({
      name: "invalid_from_filter",
    });
    await expect(add({ kind: "platform", from_filter: null, host: "x.example" })).rejects.toEqual(
      refused("invalid_parameter", "host"),
    );
    await expect(add({ kind: "platform", from_filter: null, password: "x" })).rejects.toEqual(
      refused("invalid_parameter", "password"),
    );
  });

  it("R-SRV-8 an smtp filter on the root domain is refused", async () => {
    for (const from_filter of [`${version.name}.posthouse.test`, "posthouse.test", "a@b.posthouse.test"])
      await expect(add({ from_filter })).rejects.toMatchObject({ name: "invalid_from_filter" });
  });

  it("R-SRV-9 known hosts warn when the filter fits neither login nor domains", async () => {
    const gmail = { host: "smtp.gmail.com", username: "mary@company.com" };
    expect((await add({ ...gmail, from_filter: "other.example" })).warnings).toEqual([
      expect.objectContaining({ name: "from_not_covered" }),
    ]);
    expect((await add({ ...gmail, from_filter: "company.com" })).warnings).toEqual([]);
    const ses = { host: "email-smtp.eu-west-1.amazonaws.com", username: "AKIA" };
    expect((await add({ ...ses, from_filter: "company.com" })).warnings).toEqual([
      expect.objectContaining({ name: "from_not_covered" }),
    ]);
    await Domain.create(ports, await now(), { name: "company.com" });
    expect((await add({ ...ses, from_filter: "company.com" })).warnings).toEqual([]);
  });

  it("R-SEL servers are listed in routing order", async () => {
    for (const [name, priority] of [
      ["b", 10],
      ["B2", 10],
      ["a", 10],
      ["z", 1],
    ] as const)
      await add({ name, priority });
    expect((await Server.list(ports, await now())).map(({ name }) => name)).toEqual(["z", "a", "b", "B2"]);
  });
});

describe("R-SRV-1 ways of logging in", () => {
  const pem = (name: string) => readFile(new URL(`../../../../test/fixtures/tls/${name}`, import.meta.url), "utf8");
  const server = { name: "tx", host: "smtp.company.com", from_filter: "company.com" };

  it("R-SRV-3 a certificate goes with its key, and is not answered", async () => {
    const [certificate, private_key, other] = await Promise.all([
      pem("client.pem"),
      pem("client.key"),
      pem("localhost.key"),
    ]);
    const input = { ...server, authentication: "certificate" as const, certificate };
    const made = await Server.create(ports, version, { ...input, private_key });
    expect(made).toMatchObject({ authentication: "certificate", secrets_set: ["certificate", "private_key"] });
    expect(JSON.stringify(made)).not.toContain("BEGIN");
    await expect(Server.create(ports, await now(), { ...input, private_key: other })).rejects.toEqual(
      refused("invalid_parameter", "private_key"),
    );
    await expect(Server.create(ports, await now(), input)).rejects.toEqual(
      refused("missing_required_field", "private_key"),
    );
  });

  it("R-SRV-1 oauth2 has its four secrets, all together, and an https token_url", async () => {
    const secrets = {
      client_id: "a",
      client_secret: "b",
      refresh_token: "c",
      token_url: "https://login.example/token",
    };
    const input = { ...server, authentication: "oauth2" as const, username: "mary@company.com" };
    const { id } = await Server.create(ports, version, { ...input, ...secrets });
    await expect(Server.patch(ports, await now(), id, { refresh_token: "d" })).rejects.toEqual(
      refused("missing_required_field", "client_id"),
    );
    for (const token_url of ["http://login.example/token", "file:///etc/passwd", "nothing"])
      await expect(Server.create(ports, await now(), { ...input, ...secrets, token_url })).rejects.toEqual(
        refused("invalid_parameter", "token_url"),
      );
  });
});

describe("R-SRV-6 the dedicated server", () => {
  it("R-SRV-6 goes or rests only with a replacement", async () => {
    const { id } = await add();
    const other = await add({ name: "other" });
    await patchSettings(ports, await now(), { dedicated_server: id });
    await expect(Server.remove(ports, await now(), id)).rejects.toEqual(refused("conflict", "replacement"));
    await expect(Server.patch(ports, await now(), id, { active: false })).rejects.toEqual(
      refused("conflict", "replacement"),
    );
    for (const replacement of [id, "srv_x"])
      await expect(Server.remove(ports, await now(), id, replacement)).rejects.toMatchObject({
        name: "invalid_parameter",
      });
    await Server.patch(ports, await now(), id, { active: false, replacement: other.id });
    expect((await getSettings(ports, await now())).dedicated_server).toBe(other.id);
    await Server.remove(ports, await now(), other.id, null);
    expect((await getSettings(ports, await now())).dedicated_server).toBeNull();
    await Server.remove(ports, await now(), id);
    expect(await Server.list(ports, await now())).toEqual([]);
    expect((await ports.store.query({ pk: keys.version(version.id).pk, prefix: `SECRET#srv_` })).items).toEqual([]);
  });
});

describe("R-PERS-1 personal servers", () => {
  const own = { owner: "Mary@company.com", from_filter: undefined, username: undefined };

  it("R-PERS-1 filter and username are the owner's address", async () => {
    expect(
      await Server.create(ports, version, {
        name: "Mary",
        host: "smtp.company.com",
        password: "x",
        owner: "Mary@company.com",
      }),
    ).toMatchObject({
      owner: "mary@company.com",
      from_filter: "mary@company.com",
      username: "mary@company.com",
    });
    await expect(add({ ...own, from_filter: "company.com" })).rejects.toEqual(
      refused("invalid_parameter", "from_filter"),
    );
    await expect(add({ ...own, username: "joe@company.com" })).rejects.toEqual(
      refused("invalid_parameter", "username"),
    );
  });

  it("R-PERS-1 at most one active an owner", async () => {
    const { id, name } = await add(own);
    await expect(add(own)).rejects.toEqual(refused("conflict", `"${name}"`));
    await Server.patch(ports, await now(), id, { active: false });
    await expect(add(own)).resolves.toMatchObject({ active: true });
    await expect(Server.patch(ports, await now(), id, { active: true })).rejects.toMatchObject({ name: "conflict" });
  });

  it("R-PERS-1 never the notification, bot or admin address", async () => {
    await Domain.create(ports, version, { name: "company.com" });
    await patchSettings(ports, await now(), { admin_address: "boss@company.com", bot_address: "bot@company.com" });
    for (const owner of ["notifications@company.com", "boss@company.com", "bot@company.com"])
      await expect(add({ ...own, owner })).rejects.toEqual(refused("invalid_parameter", "owner"));
  });
});

it("G5 a server of another database is not found", async () => {
  const { id } = await add();
  const { database } = await createDatabase(ports, { name: `servers${made++}` });
  const other = await read(ports.store, database.id);
  await expect(Server.get(ports, other, id)).rejects.toMatchObject({ name: "not_found" });
  await expect(Server.patch(ports, other, id, {})).rejects.toMatchObject({ name: "not_found" });
  await expect(Server.remove(ports, other, id)).rejects.toMatchObject({ name: "not_found" });
  await expect(patchSettings(ports, other, { dedicated_server: id })).rejects.toMatchObject({
    name: "invalid_parameter",
  });
});
