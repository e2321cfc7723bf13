import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as Curl from "../support/curl.ts";
import { createClient } from "../support/http.ts";
import { type Posthouse, startPosthouse } from "../support/process.ts";
import { type Receiver, startReceiver } from "../support/receiver.ts";
import { type Sink, startSink } from "../support/sink.ts";

/** The commands of docs/keys.md, taken from it and run as they stand. */

let dataDir: string;
let posthouse: Posthouse;
let receiver: Receiver;
let sink: Sink;
const logins: string[] = [];
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "posthouse-keys-"));
  [posthouse, receiver, sink] = await Promise.all([
    // Without a key of the environment's, so that it is the one of the data directory
    startPosthouse({ dataDir, env: { POSTHOUSE_OPERATOR_KEY: "" } }),
    startReceiver(),
    startSink({
      onAuth: ({ username, password }, _session, done) => {
        logins.push(password ?? "");
        done(null, { user: username });
      },
    }),
  ]);
});
afterAll(async () => {
  await Promise.all([posthouse.stop(), receiver.close(), sink.close()]);
  await rm(dataDir, { recursive: true });
});

const own = async () => (await readFile(join(dataDir, "operator-key"), "utf8")).trim();
const run = (command: string, values: Readonly<Record<string, string>>) =>
  Curl.run(command, { $API: posthouse.url, ...values });
const commands = (marker: string) => Curl.commands("docs/keys.md", marker);
const statusOf = async (key: string, path: string) =>
  (await createClient(posthouse.url, { key }).call("GET", path)).status;

async function makeDatabase(name: string) {
  const { call } = createClient(posthouse.url, { key: await own() });
  const $KEY = String((await call("POST", "/v1/databases", { name })).body["api_key"]);
  return { $KEY, ...createClient(posthouse.url, { key: $KEY }) };
}

describe("docs/keys.md", () => {
  it("the installation's own key changes with nobody locked out", async () => {
    const [make = "", list = "", revoke = ""] = commands("operator");
    const former = await own();
    const further = await run(make, { $OPERATOR_KEY: former });
    const token = String(further["token"]);
    for (const key of [former, token]) expect(await statusOf(key, "/v1/databases")).toBe(200);
    await posthouse.stop();
    await writeFile(join(dataDir, "operator-key"), "ph_op_the_next_one\n");
    posthouse = await startPosthouse({ dataDir, env: { POSTHOUSE_OPERATOR_KEY: "" } });
    const opens = async () => Promise.all([former, token, await own()].map((key) => statusOf(key, "/v1/databases")));
    expect(await opens()).toEqual([403, 200, 200]);
    expect((await run(list, { $OPERATOR_KEY: await own() }))["data"]).toMatchObject([{ name: "deploys" }]);
    await run(revoke, { $OPERATOR_KEY: await own(), "opk_…": String(further["id"]) });
    expect(await opens()).toEqual([403, 403, 200]);
  });

  it("a database's key", async () => {
    const { $KEY } = await makeDatabase("keys");
    const [make = "", list = "", revoke = ""] = commands("database");
    const { id, token } = await run(make, { $KEY });
    expect(await statusOf(String(token), "/v1/usage")).toBe(200);
    const { data } = await run(list, { $KEY: String(token) });
    const [first] = (data as { id: string }[]).filter((one) => one.id !== id);
    await run(revoke, { $KEY: String(token), "key_…": String(first?.id) });
    expect([await statusOf($KEY, "/v1/usage"), await statusOf(String(token), "/v1/usage")]).toEqual([403, 200]);
  });

  it("the secret of a webhook: each message has both signatures", async () => {
    const { $KEY, call } = await makeDatabase("hooks");
    const made = await call("POST", "/v1/webhooks", { endpoint: receiver.url, events: ["email.sent"] });
    const values = { $KEY, "wh_…": String(made.body["id"]) };
    const [rotate = "", test = ""] = commands("webhook");
    const { signing_secret } = await run(rotate, values);
    expect(signing_secret).not.toBe(made.body["signing_secret"]);
    expect(await run(test, values)).toMatchObject({ ok: true });
    expect(String(receiver.received[0]?.headers["webhook-signature"]).split(" ")).toHaveLength(2);
  });

  it("the password of a server", async () => {
    const { $KEY, call } = await makeDatabase("servers");
    const made = await call("POST", "/v1/servers", {
      ...{ name: "own", host: "127.0.0.1", port: sink.port, encryption: "none" },
      ...{ username: "sales", password: "the old one" },
    });
    const values = { $KEY, "srv_…": String(made.body["id"]) };
    for (const command of commands("server")) await run(command, values);
    expect(logins).toEqual(["the new one"]);
  });
});
