import { find } from "@posthouse/core/database/list";
import * as Outcome from "@posthouse/core/dispatch/outcome";
import { findHead } from "@posthouse/core/email/find";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { routes } from "../scripts/reference/document.ts";
import { type Answered, type Api, startApi } from "./client.ts";

let api: Api;
let key: string;
let made = 0;
beforeAll(async () => {
  api = await startApi();
  ({ key } = await api.database("source", { daily_limit: 100_000 }));
});
afterAll(() => api.close());

const mail = { to: "a@example.net", subject: "Hi", text: "Hello" };
const message = "From: a@example.net\r\nSubject: Hi\r\n\r\nHello\r\n";

/** What is asked of a route that sends or creates: by name, so that no two are the same. */
const creating: Record<string, (name: string) => { path?: string; body: unknown; type?: string }> = {
  "/v1/databases": (name) => ({ body: { name } }),
  "/v1/databases/:name/copy": (name) => ({ path: "/v1/databases/source/copy", body: { name } }),
  "/v1/operator/api-keys": (name) => ({ body: { name } }),
  "/v1/api-keys": (name) => ({ body: { name } }),
  "/v1/aliases": (name) => ({ body: { name, model: "crm.lead" } }),
  "/v1/companies": (name) => ({ body: { name } }),
  "/v1/domains": (name) => ({ body: { name: `${name}.com` } }),
  "/v1/incoming-servers": (name) => ({
    body: { name, host: "imap.example.com", username: `${name}@example.com`, password: "secret", active: false },
  }),
  "/v1/threads/:model/:record_id/messages": (name) => ({
    path: "/v1/threads/crm.lead/7/messages",
    body: { author: "mary@example.net", text: name },
  }),
  "/v1/servers": (name) => ({ body: { name, host: "smtp.example.com", active: false } }),
  "/v1/emails": (name) => ({ body: { ...mail, subject: name } }),
  "/v1/emails/batch": (name) => ({ body: [{ ...mail, subject: name }] }),
  "/v1/emails/raw": (name) => ({
    path: "/v1/emails/raw?to=a@example.net",
    body: message.replace("Hi", name),
    type: "message/rfc822",
  }),
  // Whatever was accepted after an email that never was: all of them
  "/v1/emails/retry": (name) => ({ body: { after: `em_${name.padStart(26, "0")}` } }),
  "/v1/emails/:id/retry": (name) => ({
    path: `/v1/emails/${failed}/retry`,
    body: { recipients: [`${name}@example.net`] },
  }),
  "/v1/received": (name) => ({
    path: "/v1/received?to=catchall@source.posthouse.test",
    body: message.replace("Hi", name),
    type: "message/rfc822",
  }),
  "/v1/received/:id/route": (name) => ({
    path: `/v1/received/${lost.get(name) ?? name}/route`,
    body: { model: "crm.lead" },
  }),
  "/v1/erasures": (name) => ({ body: { address: `${name}@example.net` } }),
  "/v1/suppressions": (name) => ({ body: { email: `${name}@example.net` } }),
  "/v1/suppressions/batch/add": (name) => ({ body: { emails: [`${name}@example.net`] } }),
  "/v1/suppressions/import": (name) => ({ body: `email\n${name}@example.net\n`, type: csv }),
  "/v1/opt-outs": (name) => ({ body: { email: `${name}@example.net` } }),
  "/v1/opt-outs/import": (name) => ({ body: `email\n${name}@example.net\n`, type: csv }),
  "/v1/webhooks": (name) => ({ body: hook(name) }),
  "/v1/operator/webhooks": (name) => ({ body: hook(name) }),
  "/v1/webhooks/:id/signing-secret/rotate": (name) => rotation("/v1/webhooks", name),
  "/v1/operator/webhooks/:id/signing-secret/rotate": (name) => rotation("/v1/operator/webhooks", name),
};

const csv = "text/csv";
const hook = (name: string) => ({ endpoint: `https://example.com/${name}`, events: ["email.sent"] });

/** Has no body: what tells two such requests apart is whose secret is rotated. Any other name is of no webhook. */
const rotation = (webhooks: string, name: string) => ({
  path: `${webhooks}/${rotated.get(name) ?? name}/signing-secret/rotate`,
  body: undefined,
});
const rotated = new Map<string, string>();

/** Ids of mails that nothing took, by the name they were made under. */
const lost = new Map<string, string>();

/** The id of an email that can be tried again. */
let failed: string;

/** Sends an email to somebody of that name, and has its server refuse it. */
async function fail(name: string): Promise<void> {
  const { ports } = api.machine;
  const { body } = await api.call("POST", "/v1/emails", { ...mail, to: `${name}@example.net` }, { key });
  failed = body.id;
  const { id } = await find(ports, "source");
  await Outcome.fail(ports, { head: await findHead(ports.store, id, failed), recipients: [] }, "smtp_permanent", "550");
}

/** Makes what is asked for again by its id. */
async function prepare(route: string, name: string): Promise<void> {
  if (route.endsWith("/retry")) await fail(name);
  if (route === "/v1/received/:id/route") lost.set(name, (await ask("/v1/received", name, `received ${name}`)).body.id);
  if (!route.endsWith("/rotate")) return;
  const { body } = await ask(route.replace("/:id/signing-secret/rotate", ""), name, `webhook ${route}`);
  rotated.set(name, body.id);
}

/** Why a route takes none: it neither sends mail nor creates anything. */
const looks = "looks, and changes nothing that was set up";
const ends = "asked twice it has done nothing more";
const replays = "what is sent again has its `webhook-id`, by which a receiver knows it";
const others: Record<string, string> = {
  "/v1/domains/:id/verify": looks,
  "/v1/servers/test": looks,
  "/v1/servers/:id/test": looks,
  "/v1/incoming-servers/test": looks,
  "/v1/incoming-servers/:id/test": looks,
  "/v1/webhooks/:id/test": looks,
  "/v1/operator/webhooks/:id/test": looks,
  "/v1/emails/preview": looks,
  "/v1/emails/:id/cancel": ends,
  "/v1/emails/:id/dismiss": ends,
  "/v1/received/:id/confirm": ends,
  "/v1/inbox/:id/read": ends,
  "/v1/suppressions/batch/remove": ends,
  "/v1/webhooks/:id/deliveries/:delivery/replay": replays,
  "/v1/webhooks/:id/events/:event/replay": replays,
  "/v1/webhooks/:id/replay": replays,
  "/v1/operator/webhooks/:id/deliveries/:delivery/replay": replays,
  "/v1/operator/webhooks/:id/replay": replays,
  "/u/:token": "RFC 8058: mailbox providers ask without a key, as often as they like; the first time counts",
};

const posts = () => [...new Set(api.served.flatMap(({ method, path }) => (method === "POST" ? [path] : [])))];

async function ask(route: string, name: string, idempotencyKey: string): Promise<Answered> {
  const { path = route, body, type } = creating[route]?.(name) ?? { body: {} };
  const isOperators = /^\/v1\/(?:databases|operator)/.test(route);
  const headers = { "idempotency-key": idempotencyKey, ...(type !== undefined && { "content-type": type }) };
  return api.call("POST", path, body, { headers, ...(!isOperators && { key }) });
}

describe("Idempotency-Key", () => {
  it("is taken by every route that sends or creates, and the reference says so of these alone", () => {
    expect(posts().toSorted()).toEqual([...Object.keys(creating), ...Object.keys(others)].toSorted());
    const documented = routes.flatMap(({ idempotent, path }) =>
      idempotent ? [path.replaceAll(/\{(\w+)\}/g, ":$1")] : [],
    );
    expect(documented.toSorted()).toEqual(Object.keys(creating).toSorted());
  });

  it.each(Object.keys(creating))("POST %s: status and body again, another body 409, a wrong key 400", async (route) => {
    const name = `made${made++}`;
    await prepare(route, name);
    const first = await ask(route, name, `${route} key`);
    expect([200, 201]).toContain(first.status);
    const again = await ask(route, name, `${route} key`);
    expect([again.status, again.text]).toEqual([first.status, first.text]);
    const other = await ask(route, `made${made++}`, `${route} key`);
    expect(other).toMatchObject({ status: 409, body: { name: "invalid_idempotent_request" } });
    for (const wrong of ["", "x".repeat(257)])
      expect(await ask(route, `made${made++}`, wrong)).toMatchObject({
        status: 400,
        body: { name: "invalid_idempotency_key" },
      });
  });

  it.each(["/v1/suppressions/import", "/v1/opt-outs/import"])(
    "POST %s with another query is another",
    async (route) => {
      const send = (query: string) =>
        api.call("POST", `${route}?${query}`, "email\nagain@example.net\n", {
          key,
          headers: { "content-type": csv, "idempotency-key": `${route} query` },
        });
      const first = await send("dry_run=false");
      expect((await send("from_line=1")).text).toBe(first.text);
      expect(await send("from_line=2")).toMatchObject({ status: 409, body: { name: "invalid_idempotent_request" } });
      expect((await send("dry_run=true")).status).toBe(409);
    },
  );

  it("one key for two routes is a key for two requests", async () => {
    expect((await ask("/v1/companies", "two", "shared")).status).toBe(201);
    expect((await ask("/v1/emails", "two", "shared")).status).toBe(409);
  });
});
