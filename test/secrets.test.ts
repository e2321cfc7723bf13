import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import * as Secret from "@posthouse/core/database/secret";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Api, startApi } from "../packages/api/test/client.ts";
import { deliver, takeEvents } from "./support/database.ts";
import { dump } from "./support/leftovers.ts";
import { type Sink, startSink } from "./support/sink.ts";

/** G6: secrets are planted in a full run, and nothing that is answered, logged or stored holds any of them. */

let api: Api;
let closing: (() => Promise<unknown>)[] = [];
/** Whatever was answered, headers and all, but for the answers that are to show a key this once. */
const answers: string[] = [];
/** What must be found nowhere, by what it is. */
const planted: Record<string, string> = { "operator key": "operator-key-of-the-tests" };

beforeAll(async () => {
  api = await startApi();
  closing.push(() => api.close());
});
afterAll(async () => {
  for (const close of closing.toReversed()) await close();
  closing = [];
});

async function call(method: string, path: string, body?: unknown, key?: string, shown: string[] = []) {
  const answered = await api.call(method, path, body, key === undefined ? {} : { key });
  let text = JSON.stringify([...answered.headers]) + answered.text;
  for (const name of shown) {
    const secret = String(answered.body[name]);
    planted[`${name} of ${path} ${Object.keys(planted).length}`] = secret.slice(-43);
    text = text.replace(secret, "shown this once");
  }
  answers.push(text);
  return answered;
}

/** A text as it is, and as base64 wherever it may begin in what was encoded. */
function shapes(secret: string): string[] {
  const encoded = [0, 1, 2].map((offset) => {
    const text = Buffer.from(`${"x".repeat(offset)}${secret}`)
      .toString("base64")
      .replace(/=+$/, "");
    // What the neighbours before and behind take part in is left out
    return text.slice(offset === 0 ? 0 : offset + 1, -1);
  });
  return [secret, ...encoded, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)];
}

function findings(where: string, text: string): string[] {
  return Object.entries(planted)
    .filter(([, secret]) => shapes(secret).some((shape) => text.includes(shape)))
    .map(([what]) => `${what} in ${where}`);
}

/** Items as text, their binaries opened. */
const asText = (item: Record<string, unknown>): string =>
  JSON.stringify(item, (_name, value: unknown) =>
    value instanceof Uint8Array ? gunzipSync(value).toString("utf8") : value,
  );

/** A server that lets nobody in, and says what it was shown. */
const startGossip = (): Promise<Sink> =>
  startSink({
    authMethods: ["PLAIN", "LOGIN", "XOAUTH2"],
    onAuth: (auth, _session, done) => {
      const encoded = Buffer.from(`\0${auth.username}\0${auth.password}`).toString("base64");
      done(new Error(`no: ${auth.username} ${auth.password ?? ""} ${auth.accessToken ?? ""} ${encoded}`));
    },
  });

/** A token endpoint that refuses, and says what it was sent. */
async function startTokens(): Promise<{ url: string; server: HttpServer }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const sent = Buffer.concat(chunks).toString("utf8");
      response.writeHead(400, { "content-type": "application/json" });
      response.end(
        JSON.stringify({ error: "invalid_grant", error_description: `refused: ${decodeURIComponent(sent)}` }),
      );
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`, server };
}

/** Every list and every single thing that a database's key reads, as the description has them. */
const description = JSON.parse(await readFile(new URL("../packages/api/openapi.json", import.meta.url), "utf8")) as {
  paths: Record<string, { get?: { security: object[]; parameters: { name: string }[] } }>;
};
const reading = Object.entries(description.paths).flatMap(([path, { get }]) => {
  if (!get || path.includes("{") || !get.security.some((each) => "database" in each)) return [];
  return get.parameters.some(({ name }) => name === "limit") ? [`${path}?limit=100`] : [path];
});

it("G6 no answer, log line or item holds a secret, through a full run", async () => {
  const [gossip, tokens] = [await startGossip(), await startTokens()];
  closing.push(gossip.close, () => new Promise((resolve) => tokens.server.close(resolve)));
  const own = await call("POST", "/v1/databases", { name: "secretive" }, undefined, ["api_key"]);
  const key = own.body.api_key;
  const tls = async (name: string) => readFile(new URL(`fixtures/tls/${name}`, import.meta.url), "utf8");
  const private_key = await tls("client.key");
  Object.assign(planted, {
    password: "Planted-Pa55word-äß",
    refresh_token: "planted-refresh-token-1",
    client_secret: "planted-client-secret-1",
    client_id: "planted-client-id-1",
    "private key": private_key.split("\n")[3] ?? "",
    "token key": (await Secret.open(api.machine.ports, own.body.id)).token_key,
  });
  const { password, refresh_token, client_secret, client_id } = planted;
  const reach = { host: "127.0.0.1", port: gossip.port, encryption: "none" };
  const oauth = {
    authentication: "oauth2",
    username: "u",
    client_id,
    client_secret,
    refresh_token,
    token_url: tokens.url,
  };
  const servers = [
    { name: "login", ...reach, username: "u", password, from_filter: "login.example" },
    { name: "oauth", ...reach, ...oauth, from_filter: "oauth.example" },
    {
      name: "certificate",
      ...reach,
      encryption: "tls",
      authentication: "certificate",
      certificate: await tls("client.pem"),
      private_key,
      from_filter: "certificate.example",
    },
  ];
  // Made, read, changed, tested, refused
  for (const server of servers) {
    const { body, status } = await call("POST", "/v1/servers", server, key);
    expect(status).toBe(201);
    await call("GET", `/v1/servers/${body.id}`, undefined, key);
    await call("PATCH", `/v1/servers/${body.id}`, { priority: 5 }, key);
    await call("POST", `/v1/servers/${body.id}/test`, {}, key);
    await call("POST", "/v1/servers/test", server, key);
  }
  for (const wrong of [
    { ...servers[0], password: [password] },
    { ...servers[0], port: 25 },
    { ...servers[0], unknown: password },
    { ...servers[2], certificate: private_key },
    { ...servers[2], private_key: `${password}${private_key.slice(40)}` },
    { ...servers[1], token_url: "ftp://x.example" },
  ])
    expect((await call("POST", "/v1/servers", wrong, key)).status).toBeGreaterThanOrEqual(400);
  // Sent, failed, given up
  const ids: string[] = [];
  for (const from of ["a@login.example", "a@oauth.example", "a@certificate.example", "a@secretive.posthouse.test"])
    ids.push((await call("POST", "/v1/emails", { from, to: "b@b.example", subject: "x", text: "y" }, key)).body.id);
  await deliver(api.machine);
  await takeEvents(api.machine);
  for (const id of ids) await call("GET", `/v1/emails/${id}`, undefined, key);
  // Keys, and everything that lists or carries the configuration
  await call("POST", "/v1/api-keys", { name: "k", permission: "read_access" }, key, ["token"]);
  await call("POST", "/v1/operator/api-keys", { name: "k" }, undefined, ["token"]);
  const hook = { endpoint: tokens.url, events: ["email.sent"] };
  for (const [path, by] of [["/v1/webhooks", key] as const, ["/v1/operator/webhooks", undefined] as const]) {
    const made = await call("POST", path, hook, by, ["signing_secret"]);
    expect(made.status).toBe(201);
    const one = `${path}/${made.body.id}`;
    await call("POST", `${one}/signing-secret/rotate`, undefined, by, ["signing_secret"]);
    await call("PATCH", one, { status: "disabled" }, by);
    for (const read of [path, one]) expect((await call("GET", read, undefined, by)).status).toBe(200);
    expect((await call("POST", `${one}/test`, undefined, by)).body).toMatchObject({ ok: false, status: 400 });
  }
  for (const path of reading) await call("GET", path, undefined, key);
  const document = JSON.parse((await call("GET", "/v1/export", undefined, key)).text) as object;
  await call("PUT", "/v1/import", document, key);
  for (const path of ["/v1/databases", "/v1/operator/api-keys", "/v1/operator/audit", "/v1/operator/settings"])
    await call("GET", path);
  await call("POST", "/v1/databases/secretive/copy", { name: "copied" }, undefined, ["api_key"]);
  await call("GET", "/v1/usage", undefined, `${key}x`);
  expect(Object.keys(planted).length).toBeGreaterThanOrEqual(11);
  const items = (await dump(api.machine)).map(asText);
  expect(items.some((item) => item.includes("SECRET#"))).toBe(true);
  expect([
    ...answers.flatMap((text) => findings(`an answer: ${text.slice(0, 3_000)}`, text)),
    ...api.machine.log.flatMap((line) => findings(`the log: ${JSON.stringify(line)}`, JSON.stringify(line))),
    ...api.machine.log.flatMap(({ error }) => findings("an error that was logged", String((error as Error)?.stack))),
    ...items.flatMap((text) => findings(`the table: ${text.slice(0, 600)}`, text)),
  ]).toEqual([]);
});
