import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { deliver, mail, makeDatabase } from "../../../../test/support/database.ts";
import { type Sink, startSink } from "../../../../test/support/sink.ts";
import * as Domain from "../domain/domain.ts";
import { accept } from "../email/accept.ts";
import { get } from "../email/read.ts";
import * as keys from "../keys.ts";
import { tick } from "../tick/run.ts";
import * as Probe from "./probe.ts";
import * as Server from "./server.ts";

let env: TestPorts;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts();
});
afterAll(() => env.close());
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** What a token endpoint answers next; what it gives by default is good for an hour. */
interface Endpoint {
  readonly url: string;
  readonly asked: URLSearchParams[];
  next: (form: URLSearchParams) => { status?: number; body: object };
}

/** A real token endpoint (RFC 6749 §6) that counts its tokens. */
async function startEndpoint(): Promise<Endpoint> {
  const asked: URLSearchParams[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (part) => {
      text += part;
    });
    request.on("end", () => {
      const form = new URLSearchParams(text);
      asked.push(form);
      const { status = 200, body } = endpoint.next(form);
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  const endpoint: Endpoint = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    asked,
    next: () => ({ body: { access_token: `token-${asked.length}`, expires_in: 3600, token_type: "Bearer" } }),
  };
  return endpoint;
}

/** An SMTP server that takes tokens that `good` takes. */
async function startMailServer(good: (token: string) => boolean): Promise<Sink & { shown: string[] }> {
  const shown: string[] = [];
  const sink = await startSink({
    authOptional: false,
    authMethods: ["PLAIN", "XOAUTH2"],
    onAuth: (auth, _session, done) => {
      shown.push(`${auth.method} ${auth.username} ${auth.accessToken}`);
      if (good(auth.accessToken ?? "")) done(null, { user: auth.username });
      else done(null, { data: { status: "401", schemes: "bearer", scope: "mail" } } as never);
    },
  });
  closing.push(() => sink.close());
  return Object.assign(sink, { shown });
}

const planted = { client_id: "client-1", client_secret: "planted-client-secret", refresh_token: "planted-refresh" };

async function setUp(port: number, token_url: string) {
  const db = await makeDatabase(env.ports, { name: `oauth${made++}` });
  await Domain.create(env.ports, await db.version(), { name: "company.com" });
  const input = {
    name: "oauth",
    host: "127.0.0.1",
    port,
    encryption: "none" as const,
    authentication: "oauth2" as const,
    username: "mary@company.com",
    from_filter: "company.com",
    ...planted,
    token_url,
  };
  const server = await Server.create(env.ports, await db.version(), input);
  const send = async () => accept(env.ports, await db.version(), mail({ from: "mary@company.com" }));
  const secrets = async () => {
    const sealed = String((await env.ports.store.get(keys.secret(db.id, server.id), { consistent: true }))?.["sealed"]);
    return JSON.parse(await env.ports.vault.open(sealed, { database: db.id, record: server.id })) as typeof planted;
  };
  return { db, server, input, send, secrets };
}

it("R-SRV-1 oauth2: a token is got once, shown by XOAUTH2, and kept until shortly before it expires", async () => {
  const endpoint = await startEndpoint();
  const smtp = await startMailServer(() => true);
  const { send } = await setUp(smtp.port, endpoint.url);
  for (let n = 0; n < 2; n++) {
    await send();
    await deliver(env);
  }
  expect(smtp.caught).toHaveLength(2);
  expect(new Set(smtp.shown)).toEqual(new Set(["XOAUTH2 mary@company.com token-1"]));
  expect(endpoint.asked.map((form) => Object.fromEntries(form))).toEqual([{ grant_type: "refresh_token", ...planted }]);
  env.advance(3_550_000);
  await send();
  await deliver(env);
  expect(smtp.shown.at(-1)).toBe("XOAUTH2 mary@company.com token-2");
});

it("R-SRV-1 oauth2: a token the server does not take is got anew, once", async () => {
  const endpoint = await startEndpoint();
  const smtp = await startMailServer((token) => token === "token-2");
  const { db, send } = await setUp(smtp.port, endpoint.url);
  const { id } = await send();
  await deliver(env);
  expect((await get(env.ports, db.id, id)).status).toBe("sent");
  expect(endpoint.asked).toHaveLength(2);
  const closed = await startMailServer(() => false);
  const other = await setUp(closed.port, endpoint.url);
  const refused = await other.send();
  await deliver(env);
  const email = await get(env.ports, other.db.id, refused.id);
  expect(email.recipients[0]).toMatchObject({ state: "deferred", failure_type: "auth" });
  expect(email.recipients[0]?.reply).toMatch(/^535/);
  expect(closed.shown).toHaveLength(2);
});

it("R-SRV-1 oauth2: a refresh token that was replaced is written back, and used the next time", async () => {
  const endpoint = await startEndpoint();
  const smtp = await startMailServer(() => true);
  const { send, secrets } = await setUp(smtp.port, endpoint.url);
  endpoint.next = ({ size }) => ({ body: { access_token: `a${size}`, expires_in: 61, refresh_token: "rotated-1" } });
  await send();
  await deliver(env);
  expect(await secrets()).toEqual({ ...planted, refresh_token: "rotated-1", token_url: endpoint.url });
  env.advance(120_000);
  await send();
  await deliver(env);
  expect(endpoint.asked.map((form) => form.get("refresh_token"))).toEqual(["planted-refresh", "rotated-1"]);
  expect(smtp.caught).toHaveLength(2);
});

it("R-SRV-1 oauth2: rotated by another process meanwhile, the new refresh token is taken", async () => {
  const endpoint = await startEndpoint();
  const smtp = await startMailServer(() => true);
  const { db, server, send, secrets } = await setUp(smtp.port, endpoint.url);
  const owner = { database: db.id, record: server.id };
  const before = await secrets();
  const update = keys.secret(db.id, server.id);
  let turned = false;
  endpoint.next = (form) =>
    form.get("refresh_token") === "elsewhere"
      ? { body: { access_token: "good", expires_in: 3600 } }
      : { status: 400, body: { error: "invalid_grant" } };
  const http = {
    ...env.ports.http,
    request: async (request: Parameters<typeof env.ports.http.request>[0]) => {
      const sealed = await env.ports.vault.seal(JSON.stringify({ ...before, refresh_token: "elsewhere" }), owner);
      if (!turned) await env.ports.store.write({ update, set: { sealed } });
      turned = true;
      return env.ports.http.request(request);
    },
  };
  await send();
  await deliver({ ...env, ports: { ...env.ports, http } });
  expect(smtp.shown).toEqual(["XOAUTH2 mary@company.com good"]);
});

it("R-SRV-1 oauth2: what the endpoint refuses is a failed login in its words, and no secret is in them (G6)", async () => {
  const endpoint = await startEndpoint();
  const smtp = await startMailServer(() => true);
  const { db, send, input } = await setUp(smtp.port, endpoint.url);
  endpoint.next = (form) => ({
    status: 400,
    body: { error: "invalid_grant", error_description: `no ${form.get("refresh_token")} ${form.get("client_secret")}` },
  });
  const { id } = await send();
  await deliver(env);
  const email = await get(env.ports, db.id, id);
  expect(email.recipients[0]).toMatchObject({
    state: "deferred",
    failure_type: "auth",
    reply: "token endpoint: 400 invalid_grant no *** ***",
  });
  const probe = await Probe.unsaved(env.ports, await db.version(), input);
  expect(probe).toMatchObject({ ok: false, steps: [{ step: "auth", class: "authentication" }] });
  expect(smtp.connections()).toBe(0);
  expect(JSON.stringify([email, probe, env.log])).not.toMatch(/planted/);
  endpoint.next = () => ({ body: { access_token: "fine", expires_in: 3600 } });
  env.advance(70_000);
  await tick(env.ports);
  await deliver(env);
  expect((await get(env.ports, db.id, id)).status).toBe("sent");
});

it("R-SRV-5 oauth2: a stored and an unsaved server are tested with a token of their own", async () => {
  const endpoint = await startEndpoint();
  const smtp = await startMailServer((token) => token.startsWith("token-"));
  const { db, server, input } = await setUp(smtp.port, endpoint.url);
  expect(await Probe.stored(env.ports, await db.version(), server.id)).toMatchObject({ ok: true });
  expect(await Probe.unsaved(env.ports, await db.version(), input)).toMatchObject({ ok: true });
  expect(smtp.caught).toEqual([]);
});

it("R-SRV-5 oauth2: a test gets another token where mail would, once, and a token just got for it is the only one", async () => {
  const endpoint = await startEndpoint();
  const smtp = await startMailServer((token) => token === "token-2");
  const { db, server, input } = await setUp(smtp.port, endpoint.url);
  expect(await Probe.stored(env.ports, await db.version(), server.id)).toMatchObject({ ok: true });
  expect(endpoint.asked).toHaveLength(2);
  const closed = await startMailServer(() => false);
  await Server.patch(env.ports, await db.version(), server.id, { ...input, port: closed.port });
  const probe = await Probe.stored(env.ports, await db.version(), server.id);
  expect(probe).toMatchObject({ ok: false, steps: [{ ok: true }, { ok: true }, { class: "authentication" }] });
  expect(closed.shown).toHaveLength(2);
  await Probe.unsaved(env.ports, await db.version(), { ...input, port: closed.port });
  expect(closed.shown).toHaveLength(3);
});

it("R-SRV-5 oauth2: a test is over within 25 s, the time of its token included", async () => {
  const endpoint = await startEndpoint();
  const smtp = await startMailServer(() => false);
  const { db, server } = await setUp(smtp.port, endpoint.url);
  let now = env.ports.clock.now();
  const allowed: number[] = [];
  const ports = {
    ...env.ports,
    clock: { ...env.ports.clock, now: () => now },
    http: {
      ...env.ports.http,
      request: async (request: Parameters<typeof env.ports.http.request>[0]) => {
        now += 10_000;
        return env.ports.http.request(request);
      },
    },
    smtp: {
      ...env.ports.smtp,
      probe: async (...[at, envelope, within]: Parameters<typeof env.ports.smtp.probe>) => {
        allowed.push(within);
        const steps = await env.ports.smtp.probe(at, envelope, within);
        now += took;
        return steps;
      },
    },
  };
  let took = 0;
  await Probe.stored(ports, await db.version(), server.id);
  expect(allowed.splice(0)).toEqual([15_000, 5_000]);
  took = 1;
  now += 3_600_000;
  await Probe.stored(ports, await db.version(), server.id);
  expect(allowed).toEqual([15_000]);
});

it("G6 oauth2: tokens of new secrets are never shown to the host that the server had before", async () => {
  const endpoint = await startEndpoint();
  const [old, next] = [await startMailServer(() => true), await startMailServer(() => true)];
  const { db, server, input, send } = await setUp(old.port, endpoint.url);
  endpoint.next = (form) =>
    form.get("refresh_token") === "elsewhere"
      ? { body: { access_token: "new", expires_in: 3600 } }
      : { status: 400, body: { error: "invalid_grant" } };
  let moved: Promise<unknown> | undefined;
  const http = {
    ...env.ports.http,
    request: async (request: Parameters<typeof env.ports.http.request>[0]) => {
      const change = { ...input, port: next.port, refresh_token: "elsewhere" };
      moved ??= Server.patch(env.ports, await db.version(), server.id, change);
      await moved;
      return env.ports.http.request(request);
    },
  };
  await send();
  await deliver({ ...env, ports: { ...env.ports, http } });
  expect([old.shown, next.shown]).toEqual([[], ["XOAUTH2 mary@company.com new"]]);
});
