import { tick } from "@posthouse/core/tick/run";
import type { TestPorts } from "@posthouse/local/testing";
import { createApp } from "../../packages/api/src/app.ts";
import { deliver, takeEvents } from "../support/database.ts";
import type { TestDns } from "../support/dns.ts";
import { provisionAll } from "../support/domain.ts";
import type { Sink } from "../support/sink.ts";
import { pump } from "../support/webhooks.ts";
import { converse } from "./conversation.ts";

/** A database that uses a bit of everything, so that an item of each kind is written and read. */

/** What it is played on: DNS and a mail server of the test's own beside the machine. */
export interface World {
  readonly env: TestPorts;
  readonly dns: TestDns;
  readonly sink: Sink;
}

/** Who plays: `key` opens the database that is made first. */
export interface Player extends World {
  readonly key: string;
  readonly database: string;
  /** @throws Error for whatever is not answered by 2xx. */
  call(method: string, path: string, body?: object, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** All that runs by itself, until nothing is left to do. */
  settle(): Promise<void>;
}

/** What is read of an answer. */
export interface Answer extends Readonly<Record<string, unknown>> {
  readonly id: string;
}

/** The operator's key in it. */
export const operatorKey = "operator-key-of-the-tests";
/** The default domain of the database. */
export const D = "company-name.posthouse.test";

type Call = (key: string, ...given: Parameters<Player["call"]>) => Promise<Answer>;

/** Plays all of it. */
export async function play(world: World): Promise<Player> {
  const call = caller(world);
  const made = await call(operatorKey, "POST", "/v1/databases", { name: "company-name", daily_limit: 500 });
  const key = String(made["api_key"]);
  const { items } = await world.env.ports.store.query({ index: "list", pk: "DATABASES" });
  const player: Player = {
    ...world,
    key,
    database: String(items[0]?.pk).slice("DB#".length),
    call: (...given) => call(key, ...given),
    settle: () => settle(world.env),
  };
  await provisionAll(world.env);
  await operate((...given) => call(operatorKey, ...given), world);
  await configure(player);
  await send(player);
  await converse(player);
  // Accepted, and left where whoever comes next finds it
  await player.call("POST", "/v1/emails", { ...mail, to: "waiting@example.net" });
  return player;
}

function caller({ env }: World): Call {
  const app = createApp({ ...env.ports, operatorKey });
  return async (key, method, path, body, more = {}) => {
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json", ...more };
    const response = await app.request(path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    const text = await response.text();
    if (response.status >= 300) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === "" ? {} : JSON.parse(text)) as Answer;
  };
}

async function settle(env: TestPorts): Promise<void> {
  for (let n = 0; n < 2; n++) {
    await deliver(env);
    env.advance(16_000);
    await takeEvents(env);
    await provisionAll(env);
    await tick(env.ports);
    await pump(env, env.ports);
  }
}

async function operate(call: Player["call"], { env }: World): Promise<void> {
  await call("PATCH", "/v1/operator/settings", { plans: { gold: 1_000 } });
  await call("POST", "/v1/operator/api-keys", { name: "second" });
  await call("POST", "/v1/operator/webhooks", { endpoint: "https://ops.example.com/hook", events: ["email.bounced"] });
  await call("POST", "/v1/databases", { name: "other-name" });
  await provisionAll(env);
  await call("DELETE", "/v1/databases/other-name");
}

async function configure({ call, dns, sink, settle: settled }: Player): Promise<void> {
  const { id: domain } = await call("POST", "/v1/domains", { name: "company.com" });
  const { id: leaving } = await call("POST", "/v1/domains", { name: "leaving.com" });
  const { id: company } = await call("POST", "/v1/companies", { name: "Second", domain_id: domain });
  await settled();
  const { records } = (await call("GET", `/v1/domains/${domain}`)) as unknown as { records: DnsRecord[] };
  for (const { name, type, value, priority } of records)
    dns.set(name, type, type === "MX" ? `${priority} ${value}` : value);
  await call("POST", `/v1/domains/${domain}/verify`);
  await settled();
  await call("DELETE", `/v1/domains/${leaving}`);
  await call("POST", "/v1/servers", { name: "ours", kind: "platform", priority: 1, from_filter: "company.com" });
  const limited = { ...closed, name: "limited", port: sink.port, from_filter: "limited.com", limit_per_minute: 1 };
  await call("POST", "/v1/servers", limited);
  await call("POST", "/v1/servers", { ...closed, from_filter: "broken.com" });
  await call("POST", "/v1/incoming-servers", {
    name: "box",
    host: "127.0.0.1",
    username: "u@company.com",
    password: "p",
    port: 9,
  });
  await call("POST", "/v1/aliases", { name: "support", model: "helpdesk.ticket" });
  await call("POST", "/v1/aliases", { name: "closed", model: "crm.lead", accept_from: "followers", record_id: "7" });
  await call("POST", "/v1/api-keys", { name: "sender", permission: "sending_access" });
  const endpoint = "https://app.company.com/hook";
  await call("POST", "/v1/webhooks", { endpoint, events: ["email.delivered", "email.bounced", "email.received"] });
  const { id: former } = await call("POST", "/v1/webhooks", { endpoint, events: ["email.sent"] });
  await call("DELETE", `/v1/webhooks/${former}`);
  await call("PATCH", "/v1/settings", { reject_spam: false });
  await call("PATCH", `/v1/companies/${company}`, { name: "Second company" });
}

interface DnsRecord {
  readonly name: string;
  readonly type: "TXT" | "CNAME" | "MX";
  readonly value: string;
  readonly priority?: number;
}

/** A server that nobody listens at. */
const closed = {
  ...{ name: "closed", host: "127.0.0.1", port: 9, encryption: "none" },
  ...{ authentication: "login", username: "u", password: "p" },
};
const mail = { subject: "An offer", text: "Hello there." };

async function send({ env, call, settle: settled }: Player): Promise<void> {
  const once = { "idempotency-key": "once" };
  await call("POST", "/v1/emails", { ...mail, to: "customer@example.net", headers: { "X-Order": "7" } }, once);
  await call("POST", "/v1/emails", { ...mail, to: ["one@example.net", "bounce@simulator.amazonses.com"] });
  await call("POST", "/v1/emails", { ...mail, kind: "mass", to: ["two@example.net", "three@example.net"] });
  await call("POST", "/v1/emails/batch", [
    { ...mail, to: "four@example.net" },
    { ...mail, to: "five@example.net" },
  ] as unknown as object);
  for (const from of ["a@limited.com", "b@limited.com", "a@broken.com", "b@broken.com", "c@broken.com"])
    await call("POST", "/v1/emails", { ...mail, from, to: "six@example.net" });
  await settled();
  const [{ id: domain } = { id: "" }] = (await call("GET", "/v1/domains"))["data"] as Answer[];
  await call("PATCH", `/v1/domains/${domain}`, { catchall_alias: "replies", bounce_alias: "errors" });
  const { id: server } = await call("POST", "/v1/servers", { ...closed, from_filter: "gone.com" });
  const soon = new Date(env.ports.clock.now() + 20_000).toISOString();
  await call("POST", "/v1/emails", {
    ...mail,
    from: "a@gone.com",
    server,
    to: "seven@example.net",
    scheduled_at: soon,
  });
  await call("DELETE", `/v1/servers/${server}?replacement=null`);
  const scheduled_at = new Date(env.ports.clock.now() + 86_400_000).toISOString();
  await call("POST", "/v1/emails", { ...mail, to: "later@example.net", scheduled_at });
  const canceled = await call("POST", "/v1/emails", { ...mail, to: "never@example.net", scheduled_at });
  await call("POST", `/v1/emails/${canceled.id}/cancel`);
  await call("POST", "/v1/suppressions", { email: "gone@example.net" });
  await call("POST", "/v1/opt-outs", { email: "enough@example.net" });
  await call("POST", "/v1/erasures", { address: "one@example.net" });
}
