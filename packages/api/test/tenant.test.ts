import { run } from "@posthouse/core/inbound/batch";
import { afterAll, beforeAll, expect, it } from "vitest";
import { arrive, letter } from "../../../test/support/inbound.ts";
import { type Receiver, startReceiver } from "../../../test/support/receiver.ts";
import { pump, tell } from "../../../test/support/webhooks.ts";
import { routes } from "../scripts/reference/document.ts";
import { type Api, startApi } from "./client.ts";

let api: Api;
let mine: { name: string; key: string };
let theirs: { name: string; key: string };
let receiver: Receiver;
/** What the other database has, by the path it is at. */
const ids = new Map<string, string>();
/** A record that both have, and a user. */
const record = "/v1/threads/a.b/1";
const ann = "ann@b.example";
/** A delivery to the other database's webhook, and a webhook of one's own. */
let delivery: string;
let webhook: string;

beforeAll(async () => {
  api = await startApi();
  [mine, theirs] = [await api.database(), await api.database()];
  const made = async (path: string, body: object) => {
    const answer = await api.call("POST", path, body, theirs);
    expect(answer.status).toBeLessThan(300);
    ids.set(path, answer.body.id);
  };
  await made("/v1/api-keys", { name: "x" });
  await made("/v1/companies", { name: "x" });
  await made("/v1/aliases", { name: "sales", model: "crm.lead" });
  await made("/v1/domains", { name: "company.com" });
  await made("/v1/servers", { name: "x", host: "smtp.company.com" });
  await made("/v1/incoming-servers", { name: "x", host: "imap.company.com", username: "u@company.com", password: "p" });
  receiver = await startReceiver();
  await made("/v1/webhooks", { endpoint: receiver.url, events: ["email.sent"] });
  await made("/v1/suppressions", { email: "a@b.example" });
  await made("/v1/opt-outs", { email: "a@b.example" });
  await made("/v1/erasures", { address: "a@b.example" });
  await made("/v1/emails", { to: "a@b.example", subject: "x", text: "y" });
  for (const of of [mine, theirs]) expect((await api.call("PUT", record, {}, of)).status).toBe(200);
  expect((await api.call("PUT", `/v1/users/${ann}`, { notify: "inbox" }, theirs)).status).toBe(200);
  expect((await api.call("PUT", `${record}/followers/${ann}`, {}, theirs)).status).toBe(200);
  await made(`${record}/messages`, { author: "mary@b.example", text: "x" });
  const { body: inbox } = await api.call("GET", `/v1/inbox?user=${ann}`, undefined, theirs);
  ids.set("/v1/inbox", inbox.data[0]?.id ?? "");
  await listen();
  const job = await arrive(api.machine, { to: [`sales@${theirs.name}.posthouse.test`], raw: letter("one") });
  expect(await run(api.machine.ports, [job])).toEqual({ failed: [] });
  ids.set("/v1/received", (await api.call("GET", "/v1/received", undefined, theirs)).body.data[0]?.id ?? "");
});
afterAll(async () => {
  await receiver.close();
  await api.close();
});

/** Has the other database's webhook told of something. */
async function listen() {
  const { body: database } = await api.call("GET", `/v1/databases/${theirs.name}`);
  await tell(api.machine.ports, database.id, "em_1");
  await pump(api.machine, api.machine.ports);
  delivery = (await deliveries())[0]?.id ?? "";
  const input = { endpoint: receiver.url, events: ["email.sent"] };
  webhook = (await api.call("POST", "/v1/webhooks", input, mine)).body.id;
}

const deliveries = async () =>
  (await api.call("GET", `/v1/webhooks/${ids.get("/v1/webhooks")}/deliveries`, undefined, theirs)).body.data;

/** A body that each operation would take, were the thing its own. */
const bodies: Readonly<Record<string, object>> = {
  "/v1/aliases/{id}": { name: "stolen" },
  "/v1/api-keys/{id}": { name: "stolen" },
  "/v1/companies/{id}": { name: "stolen" },
  "/v1/domains/{id}": { priority: 1 },
  "/v1/emails/{id}": { scheduled_at: "in 1 hour" },
  "/v1/incoming-servers/{id}": { name: "stolen" },
  "/v1/received/{id}/route": { model: "crm.lead" },
  "/v1/servers/{id}": { name: "stolen" },
  "/v1/suppressions/{id}": { until: null },
  "/v1/webhooks/{id}": { status: "disabled" },
};

/** A path that names another database's thing; within it a delivery, which goes by two names, or a file. */
const named = (path: string, id = "") =>
  ofRecord(path)
    .replace("{id}", id)
    .replace(/\{(delivery|event)\}/, delivery)
    .replace("{n}", "0");
const ofRecord = (path: string) => path.replace("/v1/threads/{model}/{record_id}", record);

const withId = routes.filter(({ path, auth }) => path.includes("{id}") && auth === "database");
const collectionOf = (path: string) => ofRecord(path.split("/{id}")[0] ?? "");

it("G5 there is something of each kind to be tried", () => {
  expect(withId.map(({ path }) => collectionOf(path)).filter((path) => !ids.has(path))).toEqual([]);
});

it.each(withId)(
  "G5 $method $path with another database's id is not found, and changes nothing",
  async ({ method, path }) => {
    const collection = collectionOf(path);
    const query = collection === "/v1/inbox" ? `user=${ann}&limit=100` : "limit=100";
    const all = async () => [
      (await api.call("GET", `${collection}?${query}`, undefined, theirs)).body,
      await deliveries(),
    ];
    const before = await all();
    const target = named(path, ids.get(collection));
    const body = method === "get" || method === "delete" ? undefined : bodies[path];
    const { status, body: answer } = await api.call(method.toUpperCase(), target, body, mine);
    expect([status, answer.name]).toEqual([404, "not_found"]);
    expect(await all()).toEqual(before);
  },
);

it.each(withId.filter(({ path }) => /\{(delivery|event)\}/.test(path)))(
  "G5 $method $path with a webhook of one's own and another database's delivery is not found",
  async ({ method, path }) => {
    const before = await deliveries();
    expect(before).toHaveLength(1);
    const { status, body } = await api.call(method.toUpperCase(), named(path, webhook), undefined, mine);
    expect([status, body.name]).toEqual([404, "not_found"]);
    expect(await deliveries()).toEqual(before);
  },
);

it("G5 another database's ids in a body name nothing", async () => {
  const of = async (method: string, path: string, body: object) => (await api.call(method, path, body, mine)).body.name;
  const [company, domain, server] = ["/v1/companies", "/v1/domains", "/v1/servers"].map((path) => ids.get(path));
  const own = (await api.call("GET", "/v1/domains", undefined, mine)).body.data[0]?.id;
  const mail = { to: "a@b.example", subject: "x", text: "y" };
  expect(await of("POST", "/v1/companies", { name: "x", domain_id: domain })).toBe("invalid_parameter");
  expect(await of("POST", "/v1/aliases", { name: "x", model: "crm.lead", domain })).toBe("invalid_parameter");
  expect(await of("PATCH", `/v1/domains/${own}`, { companies: [company] })).toBe("invalid_parameter");
  expect(await of("PATCH", "/v1/settings", { dedicated_server: server })).toBe("invalid_parameter");
  expect(await of("POST", "/v1/emails", { ...mail, server })).toBe("unknown_server");
  expect(await of("POST", "/v1/emails", { ...mail, company })).toBe("invalid_parameter");
  expect((await api.call("GET", `/v1/emails?server=${server}`, undefined, mine)).body.data).toEqual([]);
  expect((await api.call("GET", `/v1/emails?after=${ids.get("/v1/emails")}`, undefined, mine)).body.data).toEqual([]);
});

it("G5 the header that names a database moves no database's key", async () => {
  const headers = { "posthouse-database": theirs.name };
  const { body } = await api.call("GET", "/v1/domains", undefined, { key: mine.key, headers });
  expect(body.data.map((each) => each.name)).toEqual([`${mine.name}.posthouse.test`]);
});
