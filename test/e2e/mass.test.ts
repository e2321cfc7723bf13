import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Client, createClient } from "../support/http.ts";
import { type Posthouse, startPosthouse } from "../support/process.ts";
import { type Sink, startSink } from "../support/sink.ts";

/** Mass mail from the HTTP request to the recipient and back by the link in it, through the program as `npm start` starts it. */

let posthouse: Posthouse;
let sink: Sink;
beforeAll(async () => {
  [posthouse, sink] = await Promise.all([startPosthouse(), startSink()]);
});
afterAll(async () => {
  await posthouse.stop();
  await sink.close();
});

type Json = Record<string, unknown>;
const news = (subject: string, to: readonly string[]): Json => ({ kind: "mass", to, subject, text: "Hello." });

async function ok(client: Client, method: string, path: string, body?: Json): Promise<Json> {
  const answer = await client.call(method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

async function database(name: string): Promise<Client> {
  const { url, operatorKey } = posthouse;
  const made = await ok(createClient(url, { key: operatorKey }), "POST", "/v1/databases", { name });
  return createClient(url, { key: String(made["api_key"]) });
}

/** What the embedded SES has sent under a subject, once there is so much of it: recipient → message. */
async function mailbox(subject: string, count: number): Promise<Map<string, string>> {
  const list = async () => {
    const { data } = (await (await fetch(`${posthouse.url}/_local/mailbox`)).json()) as { data: Mail[] };
    return data.filter((mail) => mail.subject === subject);
  };
  await expect.poll(async () => (await list()).length, { timeout: 30_000, interval: 50 }).toBe(count);
  const raw = async ({ id }: Mail) => (await fetch(`${posthouse.url}/_local/mailbox/${id}/raw`)).text();
  return new Map(
    await Promise.all((await list()).map(async (mail) => [mail.recipients[0] ?? "", await raw(mail)] as const)),
  );
}
interface Mail {
  readonly id: string;
  readonly subject: string;
  readonly recipients: readonly string[];
}

const linkIn = (raw = "") => /^List-Unsubscribe: <(http[^>]+)>\r$/m.exec(raw)?.[1] ?? "";
const oneClick = () => {
  const form = new FormData();
  form.set("List-Unsubscribe", "One-Click");
  return form;
};

describe("R-KIND-3 a run, and who leaves it", () => {
  it("over the embedded SES: a message each; the link of one POSTed, the next run leaves him out, his invoice still comes", async () => {
    const client = await database("campaign");
    const to = ["ann@example.org", "bob@example.org", "cleo@example.org"];
    expect((await ok(client, "POST", "/v1/emails", news("First run", to)))["ids"]).toHaveLength(3);
    const first = await mailbox("First run", 3);
    for (const [recipient, raw] of first) {
      expect(raw).toContain(`\r\nTo: ${recipient}\r\n`);
      expect(raw).toContain("\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n");
      for (const other of to.filter((each) => each !== recipient)) expect(raw).not.toContain(other);
    }
    const link = linkIn(first.get("bob@example.org"));
    expect(link.startsWith(`${posthouse.url}/u/`)).toBe(true);
    for (const method of ["GET", "HEAD"]) expect((await fetch(link, { method })).status).toBe(200);
    const answer = await fetch(link, { method: "POST", body: oneClick(), redirect: "error" });
    expect([answer.status, answer.headers.get("set-cookie")]).toEqual([200, null]);
    const next = await ok(client, "POST", "/v1/emails", news("Second run", to));
    expect(next["suppressed"]).toEqual([{ address: "bob@example.org", reason: "opted_out" }]);
    await ok(client, "POST", "/v1/emails", { to: "bob@example.org", subject: "Invoice", text: "12 €" });
    expect([...(await mailbox("Second run", 2)).keys()].toSorted()).toEqual(["ann@example.org", "cleo@example.org"]);
    expect([...(await mailbox("Invoice", 1)).keys()]).toEqual(["bob@example.org"]);
  });

  it("over an SMTP server of the database's own: the same fields, and the link works", async () => {
    const client = await database("brand");
    await ok(client, "POST", "/v1/domains", { name: "brand.example" });
    const server = {
      name: "own",
      host: "127.0.0.1",
      port: sink.port,
      encryption: "none",
      from_filter: "brand.example",
    };
    await ok(client, "POST", "/v1/servers", { ...server, authentication: "none" });
    const mail = { ...news("By SMTP", ["dora@example.org", "emil@example.org"]), from: "news@brand.example" };
    const { warnings } = (await ok(client, "POST", "/v1/emails", mail)) as { warnings: { name: string }[] };
    expect(warnings.map(({ name }) => name)).toEqual(["one_click_unsigned"]);
    await expect.poll(() => sink.caught.length, { timeout: 30_000, interval: 20 }).toBe(2);
    const dora = sink.caught.find(({ recipients }) => recipients[0] === "dora@example.org");
    expect((await fetch(linkIn(dora?.raw), { method: "POST", body: oneClick() })).status).toBe(200);
    const next = await ok(client, "POST", "/v1/emails", mail);
    expect(next["suppressed"]).toEqual([{ address: "dora@example.org", reason: "opted_out" }]);
  });
});
