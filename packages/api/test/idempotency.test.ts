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
  "/v1/companies": (name) => ({ body: { name } }),
  "/v1/domains": (name) => ({ body: { name: `${name}.com` } }),
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
};

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

/** Routes that neither send nor create: asked twice they do the same, or change nothing. */
const others = [
  "/v1/domains/:id/verify",
  "/v1/servers/test",
  "/v1/servers/:id/test",
  "/v1/emails/preview",
  "/v1/emails/:id/cancel",
  "/v1/emails/:id/dismiss",
];

const posts = () => [...new Set(api.app.routes.flatMap(({ method, path }) => (method === "POST" ? [path] : [])))];

async function ask(route: string, name: string, idempotencyKey: string): Promise<Answered> {
  const { path = route, body, type } = creating[route]?.(name) ?? { body: {} };
  const isOperators = /^\/v1\/(?:databases|operator)/.test(route);
  const headers = { "idempotency-key": idempotencyKey, ...(type !== undefined && { "content-type": type }) };
  return api.call("POST", path, body, { headers, ...(!isOperators && { key }) });
}

describe("Idempotency-Key", () => {
  it("is taken by every route that sends or creates, and the reference says so of these alone", () => {
    expect(
      posts()
        .filter((path) => !others.includes(path))
        .toSorted(),
    ).toEqual(Object.keys(creating).toSorted());
    const documented = routes.flatMap(({ idempotent, path }) =>
      idempotent ? [path.replaceAll(/\{(\w+)\}/g, ":$1")] : [],
    );
    expect(documented.toSorted()).toEqual(Object.keys(creating).toSorted());
  });

  it.each(Object.keys(creating))("POST %s: status and body again, another body 409, a wrong key 400", async (route) => {
    const name = `made${made++}`;
    if (route.endsWith("/retry")) await fail(name);
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

  it("one key for two routes is a key for two requests", async () => {
    expect((await ask("/v1/companies", "two", "shared")).status).toBe(201);
    expect((await ask("/v1/emails", "two", "shared")).status).toBe(409);
  });
});
