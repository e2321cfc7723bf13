import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { letter } from "../support/fetching.ts";
import { login, type Mailbox, startMailbox } from "../support/imap.ts";
import { type Posthouse, startPosthouse } from "../support/process.ts";

/** Mail that is fetched from a mailbox elsewhere, through the whole product: API, tick, queue, function, API. */

type Json = Record<string, unknown>;

let mailbox: Mailbox;
let posthouse: Posthouse;
let key: string;
let dataDir: string;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "posthouse-"));
  mailbox = await startMailbox();
  posthouse = await startPosthouse({ dataDir });
  key = String((await call("POST", "/databases", { name: "company-name" }, posthouse.operatorKey))["api_key"]);
}, 90_000);
afterAll(async () => {
  await posthouse.stop();
  await mailbox.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function call(method: string, path: string, body?: Json, as = key): Promise<Json> {
  const headers = { authorization: `Bearer ${as}`, "content-type": "application/json" };
  const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
  const response = await fetch(`${posthouse.url}/v1${path}`, init);
  const answer = (await response.json()) as Json;
  if (response.status >= 300) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
  return answer;
}

const wait = { timeout: 40_000, interval: 200 };
const subjects = async () => ((await call("GET", "/received"))["data"] as Json[]).map(({ subject }) => subject);

it("R-IN-8 a mail in a mailbox elsewhere comes in by itself, and is marked as read there", async () => {
  mailbox.put(letter("offer"));
  const { username, password } = login;
  // The process trusts no authority of ours, so its certificate is not looked at
  const way = { host: "localhost", port: mailbox.port, encryption: "tls", username, password };
  const { id } = await call("POST", "/incoming-servers", { name: "sales", ...way });
  await vi.waitFor(async () => expect(await subjects()).toEqual(["offer"]), wait);
  await vi.waitFor(() => expect(mailbox.mails()[0]?.flags).toEqual(["\\Seen"]), wait);
  await vi.waitFor(async () => {
    const shown = await call("GET", `/incoming-servers/${String(id)}`);
    expect(shown).toMatchObject({
      last_error: null,
      last_mail_at: expect.any(String),
      last_polled_at: expect.any(String),
    });
  }, wait);
});

it("R-IN-8 a strict connection to a server that nobody vouches for is refused, and that is shown", async () => {
  const { username, password } = login;
  const way = { host: "localhost", port: mailbox.port, username, password };
  const { id } = await call("POST", "/incoming-servers", { name: "strict", ...way });
  await vi.waitFor(async () => {
    const shown = await call("GET", `/incoming-servers/${String(id)}`);
    expect(shown).toMatchObject({ last_error: { class: "tls" }, failing_since: expect.any(String) });
  }, wait);
});
