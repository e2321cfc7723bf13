import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Api, startApi } from "./client.ts";
import { anything, mailbox, mostly, spoiled, text, wire, word } from "./hostile.ts";

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const named = fc.stringMatching(/^[a-z]{5,10}$/);

const bodies: readonly [string, string, fc.Arbitrary<unknown>][] = [
  [
    "POST",
    "/v1/api-keys",
    spoiled({
      name: word,
      permission: fc.constantFrom("full_access", "read_access", "sending_access"),
      domains: fc.array(text, { maxLength: 2 }),
      expires_at: mostly("2030-01-01T00:00:00Z", "2030-01-01T00:00:00+99:99"),
    }),
  ],
  ["POST", "/v1/companies", spoiled({ name: word, domain_id: fc.constantFrom(null, "dom_x") })],
  [
    "POST",
    "/v1/domains",
    spoiled({
      name: fc.oneof(fc.domain(), text),
      priority: fc.nat(),
      bounce_alias: word,
      catchall_alias: word,
      default_from: mailbox,
      region: word,
      capabilities: anything,
    }),
  ],
  [
    "POST",
    "/v1/servers",
    spoiled({
      name: word,
      kind: fc.constantFrom("smtp", "smtp", "platform"),
      host: mostly("smtp.company.com", "127.0.0.1"),
      port: fc.integer({ min: 1, max: 70_000 }),
      encryption: fc.constantFrom("none", "tls", "starttls_strict"),
      authentication: fc.constantFrom("none", "login", "certificate", "oauth2"),
      username: word,
      password: word,
      certificate: text,
      private_key: text,
      from_filter: mostly("company.com", "a@b.example, company.com", ""),
      owner: fc.option(mailbox),
      limit_per_day: fc.integer({ min: -1 }),
    }),
  ],
  [
    "PATCH",
    "/v1/settings",
    spoiled({
      on_limit: mostly("reject", "hold"),
      admin_address: fc.option(mailbox),
      sender_addresses: fc.array(mailbox, { maxLength: 3 }),
      dedicated_server: fc.option(text),
      retention: anything,
      tracking: anything,
    }),
  ],
  [
    "PUT",
    "/v1/import",
    spoiled({
      default_domain: spoiled({ bounce_alias: word, default_from: mailbox }),
      domains: fc.array(spoiled({ name: fc.oneof(fc.domain(), text), region: word }), { maxLength: 2 }),
      companies: fc.array(spoiled({ name: word, domain: fc.option(text) }), { minLength: 1, maxLength: 2 }),
      servers: fc.array(
        spoiled({ name: word, host: mostly("127.0.0.1"), username: word, from_filter: mostly("company.com", "") }),
        { maxLength: 2 },
      ),
      settings: spoiled({ dedicated_server: fc.option(word), admin_address: fc.option(mailbox), retention: anything }),
    }),
  ],
  [
    "PATCH",
    "/v1/operator/settings",
    spoiled({
      plans: fc.dictionary(text, fc.nat(), { maxKeys: 2 }),
      apps: fc.dictionary(text, fc.option(fc.nat()), { maxKeys: 2 }),
      reset_utc: mostly("23:00", "00:30"),
      custom_email_servers: fc.dictionary(mostly("trial"), fc.boolean(), { maxKeys: 2 }),
    }),
  ],
  [
    "POST",
    "/v1/databases",
    spoiled({
      name: fc.oneof(named, text),
      delivery: mostly("live", "capture", "redirect"),
      redirect_to: fc.option(mailbox),
      plan: fc.constantFrom("trial", "standard", "gold"),
      apps: fc.array(word, { maxLength: 3 }),
      daily_limit: fc.integer(),
      company: word,
      reuse_name: fc.boolean(),
    }),
  ],
];

it.each(bodies)("no body makes a 5xx: %s %s", { timeout: 240_000 }, async (method, path, body) => {
  const { key } = await api.database();
  const options = path === "/v1/databases" || path.startsWith("/v1/operator") ? {} : { key };
  await fc.assert(
    fc.asyncProperty(wire(body), async (text) => {
      expect((await api.call(method, path, text, options)).status).toBeLessThan(500);
    }),
    { numRuns: 1_000 },
  );
});

it("no path, query or header makes a 5xx", { timeout: 240_000 }, async () => {
  const { key, name } = await api.database();
  const word = fc.oneof(text, fc.string({ maxLength: 3_000 }));
  const encoded = word.map((each) => encodeURIComponent(each.toWellFormed()));
  const records = ["threads/a.b", "threads/a.b/1/messages", "threads/a.b/1/followers", "users", "inbox"];
  const configuration = ["aliases", "domains", "servers", "companies", "api-keys"];
  const paths = ["emails", ...configuration, "suppressions", "opt-outs", ...records];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...paths),
      encoded,
      encoded,
      fc.constantFrom("GET", "DELETE"),
      async (noun, id, value, method) => {
        const calls = [
          [method, `/v1/${noun}/${id}`],
          ["GET", `/v1/${noun}?after=${value}`],
          ["GET", `/v1/emails?recipient=${value}&server=${id.slice(0, 50)}`],
          ["GET", `/v1/suppressions?q=${value}`],
          ["GET", `/v1/inbox?user=${id}&after=${value}`],
          ["GET", `/v1/threads/${id}/1`],
          [method, `/v1/threads/a.b/${id}/followers/${value}`],
          ["GET", `/v1/databases/${id}`],
          ["GET", `/v1/databases?before=${value}`],
        ] as const;
        for (const [how, path] of calls) {
          const options = path.startsWith("/v1/databases") ? {} : { key };
          const response = await api.app.request(path, {
            method: how,
            headers: { authorization: `Bearer ${options.key ?? api.operatorKey}` },
          });
          expect(response.status, path.slice(0, 200)).toBeLessThan(500);
        }
        const headers = { "idempotency-key": value.slice(0, 256), "posthouse-database": id.slice(0, 100) || name };
        expect(
          (await api.call("POST", "/v1/emails", { to: "a@b.example", subject: "x", text: "y" }, { headers })).status,
        ).toBeLessThan(500);
      },
    ),
    { numRuns: 150 },
  );
});
