import { createImap } from "@posthouse/aws/imap/imap";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { login, type Mailbox, pem, startMailbox } from "../../../test/support/imap.ts";
import { type Api, startApi } from "./client.ts";

let api: Api;
let mailbox: Mailbox;
let key: string;
beforeAll(async () => {
  mailbox = await startMailbox();
  api = await startApi({ imap: createImap({ private_hosts: true, ca: [pem("ca.pem")] }) });
});
beforeEach(async () => {
  ({ key } = await api.database());
});
afterAll(async () => {
  await api.close();
  await mailbox.close();
});

const path = "/v1/incoming-servers";
const call = (method: string, at: string, body?: unknown, headers = {}) => api.call(method, at, body, { key, headers });
const way = () => ({ host: "localhost", port: mailbox.port, username: login.username, password: login.password });

describe("R-IN-8 /v1/incoming-servers", () => {
  it("R-IN-8 made, shown, listed, tested, changed and deleted, in the words of the reference", async () => {
    const made = await call("POST", path, { name: "sales", ...way() });
    expect([made.status, made.body]).toMatchObject([
      201,
      { object: "incoming_server", after: "seen", poll_minutes: 1 },
    ]);
    const one = `${path}/${made.body.id}`;
    expect((await call("GET", path)).body).toMatchObject({ object: "list", data: [made.body], has_more: false });
    expect((await call("GET", one)).body).toEqual(made.body);
    const good = { object: "incoming_server_test", ok: true };
    expect((await call("POST", `${one}/test`)).body).toMatchObject(good);
    expect((await call("POST", `${path}/test`, way())).body).toMatchObject(good);
    expect((await call("PATCH", one, { poll_minutes: 5, active: false })).body).toMatchObject({ next_poll_at: null });
    expect((await call("DELETE", one)).body).toEqual({ object: "incoming_server", id: made.body.id, deleted: true });
    for (const method of ["GET", "DELETE"]) expect((await call(method, one)).status).toBe(404);
    expect((await call("PATCH", one, {})).status).toBe(404);
    expect((await call("POST", `${one}/test`)).status).toBe(404);
  });

  it("R-IN-8 is made once for an idempotency key", async () => {
    const headers = { "idempotency-key": "one" };
    const twins = [1, 2].map(() => call("POST", path, { name: "sales", ...way() }, headers));
    const [a, b] = await Promise.all(twins);
    expect([a?.status, b?.body.id]).toEqual([201, a?.body.id]);
    const other = await call("POST", path, { name: "other", ...way() }, headers);
    expect(other.status).toBe(409);
  });

  const refused: [object, number, string][] = [
    [{ encryption: "none" }, 422, "encryption"],
    [{ port: 25 }, 422, "port"],
    [{ poll_minutes: 0 }, 422, "poll_minutes"],
    [{ poll_minutes: 61 }, 422, "poll_minutes"],
    [{ after: "move" }, 422, "after"],
    [{ password: undefined }, 422, "password"],
    [{ imap: true }, 400, "imap"],
  ];
  it.each(refused)("R-IN-8 %j is refused with its field", async (changes, status, field) => {
    const answer = await call("POST", path, { name: "sales", ...way(), ...changes });
    expect([answer.status, answer.body.details.field]).toEqual([status, field]);
  });

  it("G6 secrets are in no answer, export, trail or log, whatever is done", async () => {
    const secrets = ["planted-client-secret", "planted-refresh-token", "planted-password", login.password];
    const oauth = {
      authentication: "oauth2",
      password: undefined,
      client_id: "id",
      client_secret: secrets[0],
      refresh_token: secrets[1],
      token_url: "https://127.0.0.1:9/token",
    };
    const texts: string[] = [];
    const say = async (method: string, at: string, body?: unknown, headers = {}) => {
      const { text, body: answered, headers: said } = await call(method, at, body, headers);
      texts.push(text, JSON.stringify([...said]));
      return answered.id;
    };
    const first = await say("POST", path, { name: "a", ...way(), ...oauth }, { "idempotency-key": "a" });
    const second = await say("POST", path, { name: "b", ...way(), password: secrets[2] });
    for (const id of [first, second]) await say("POST", `${path}/${id}/test`);
    await say("POST", `${path}/test`, { ...way(), ...oauth });
    await say("PATCH", `${path}/${second}`, { host: "127.0.0.1" });
    await say("PATCH", `${path}/${second}`, { host: "127.0.0.1", password: secrets[3] });
    for (const at of [path, `${path}/${first}`, "/v1/export", "/v1/audit"]) await say("GET", at);
    await say("DELETE", `${path}/${first}`);
    await say("GET", "/v1/audit");
    const all = [
      ...texts,
      ...api.machine.log.map((line) => JSON.stringify(line) + String((line.error as Error)?.stack)),
    ];
    for (const secret of secrets) expect(all.filter((text) => text.includes(secret))).toEqual([]);
    expect(texts.some((text) => text.includes("incoming_server"))).toBe(true);
  });
});
