import { randomBytes } from "node:crypto";
import PostalMime from "postal-mime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Client, createClient } from "../support/http.ts";
import { type Posthouse, startPosthouse } from "../support/process.ts";
import { type Caught, type Sink, startSink } from "../support/sink.ts";

/** From the HTTP request to a real SMTP server on a socket, through the program as `npm start` starts it. */

let posthouse: Posthouse;
let sink: Sink;
let other: Sink;
beforeAll(async () => {
  // Only the right pair of user name and password gets in, and mail is taken of nobody else.
  const strict = () =>
    startSink({
      authOptional: false,
      onAuth: ({ username = "", password }, _session, done) =>
        password === passwordOf(username) ? done(null, { user: username }) : done(new Error("535 5.7.8 no")),
    });
  [posthouse, sink, other] = await Promise.all([startPosthouse(), strict(), strict()]);
});
afterAll(async () => {
  await posthouse.stop();
  await Promise.all([sink.close(), other.close()]);
});

type Json = Record<string, unknown>;
const passwordOf = (username: string) => `secret of ${username}`;

async function ok(client: Client, method: string, path: string, body?: Json): Promise<Json> {
  const answer = await client.call(method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** A database with one alias domain, on the program; its servers are named after their logins. */
async function database(name: string, domain: string) {
  const { url, operatorKey } = posthouse;
  const made = await ok(createClient(url, { key: operatorKey }), "POST", "/v1/databases", { name });
  const client = createClient(url, { key: String(made["api_key"]) });
  await ok(client, "POST", "/v1/domains", { name: domain });
  return {
    client,
    server: (name: string, from_filter: string, more: Json) =>
      ok(client, "POST", "/v1/servers", { name, from_filter, ...more }),
    send: (mail: Json) => ok(client, "POST", "/v1/emails", { text: "Hello.", ...mail }),
  };
}

/** How a server is reached: with a login of its own. */
const at = ({ port }: Sink, username: string): Json => ({
  host: "127.0.0.1",
  port,
  encryption: "none",
  authentication: "login",
  username,
  password: passwordOf(username),
});

/** Waits until a server has a mail with that subject. */
async function caught({ caught }: Sink, subject: string): Promise<Caught> {
  const find = () => caught.find(({ raw }) => raw.includes(`\nSubject: ${subject}\r\n`));
  await expect.poll(find, { timeout: 20_000, interval: 20 }).toBeDefined();
  return find() as Caught;
}

const field = ({ raw }: Caught, name: string) => new RegExp(`^${name}: (.*)\r$`, "mi").exec(raw)?.[1];

describe("one server with a filter", () => {
  it("R-REW-1 R-REW-3 a foreign From is overridden, name kept, with the bounce address as envelope", async () => {
    const { client, server, send } = await database("foreign", "company.com");
    await server("only", "company.com", at(sink, "only@relay"));
    await send({ from: "mary@customer.example.com", to: "you@example.org", subject: "Overridden" });
    const mail = await caught(sink, "Overridden");
    expect(mail).toMatchObject({
      envelope_from: "bounce@company.com",
      recipients: ["you@example.org"],
      user: "only@relay",
    });
    expect(field(mail, "From")).toBe('"mary" <notifications@company.com>');
    expect(field(mail, "Reply-To")).toBe("catchall@company.com");
    expect(mail.raw).not.toContain("customer.example.com");
    expect(await ok(client, "GET", "/v1/usage")).toMatchObject({ used: 0 });
  });

  it("R-REW-6 attachments, an inline image, names and subject in UTF-8; Bcc gets it and nobody sees", async () => {
    const { server, send } = await database("content", "company.org");
    await server("content", "company.org", at(sink, "content@relay"));
    const [pdf, png] = [randomBytes(40_000), randomBytes(900)];
    const html = '<p>Grüße <img src="cid:logo@company"></p>';
    await send({
      from: '"Mária Žltá" <sales@company.org>',
      to: ['"Jürgen Groß" <you@example.org>', "second@example.org"],
      cc: "third@example.org",
      bcc: ["hidden@example.org"],
      subject: "Ďakujeme 🎉 – číslo 12",
      html,
      text: "Grüße",
      headers: { "X-Order": "12" },
      attachments: [
        { filename: "faktúra 12.pdf", content: pdf.toString("base64"), content_type: "application/pdf" },
        {
          filename: "logo.png",
          content: png.toString("base64"),
          content_type: "image/png",
          content_id: "logo@company",
        },
      ],
    });
    const encoded = () => sink.caught.find(({ user }) => user === "content@relay");
    await expect.poll(encoded, { timeout: 20_000, interval: 20 }).toBeDefined();
    const { raw, recipients, envelope_from } = encoded() as Caught;
    expect(recipients.toSorted()).toEqual(["hidden", "second", "third", "you"].map((name) => `${name}@example.org`));
    expect(raw).not.toMatch(/hidden|^bcc:/im);
    expect(envelope_from).toBe("bounce@company.org");
    const mail = await PostalMime.parse(raw, { attachmentEncoding: "base64" });
    expect(mail).toMatchObject({
      from: { name: "Mária Žltá", address: "sales@company.org" },
      to: [{ name: "Jürgen Groß", address: "you@example.org" }, { address: "second@example.org" }],
      cc: [{ address: "third@example.org" }],
      subject: "Ďakujeme 🎉 – číslo 12",
      attachments: [
        { filename: "logo.png", mimeType: "image/png", contentId: "<logo@company>", content: png.toString("base64") },
        { filename: "faktúra 12.pdf", mimeType: "application/pdf", content: pdf.toString("base64") },
      ],
    });
    expect(mail.html).toContain(html);
    expect(mail.text).toContain("Grüße");
    expect(mail.headers).toContainEqual(expect.objectContaining({ key: "x-order", value: "12" }));
  });
});

describe("several servers", () => {
  it("R-SEL-3 R-SEL-4 each mail is on the server of its From, the platform's in the mailbox and on the counter", async () => {
    const { client, server, send } = await database("several", "company.net");
    await server("exact", "test@brand.example", { ...at(sink, "exact@relay"), priority: 20 });
    await server("domain", "brand.example, company.net", { ...at(other, "domain@relay"), priority: 10 });
    await server("own", "several.posthouse.test", { kind: "platform" });
    const to = "you@example.org";
    await send({ from: "test@brand.example", to, subject: "By address" });
    await send({ from: "other@brand.example", to, subject: "By domain" });
    await send({ from: "admin@several.posthouse.test", to, subject: "By the platform" });
    expect(await caught(sink, "By address")).toMatchObject({ user: "exact@relay" });
    expect(await caught(other, "By domain")).toMatchObject({ user: "domain@relay" });
    const mailbox = async () => (await ok(client, "GET", "/_local/mailbox"))["data"];
    await expect
      .poll(mailbox, { timeout: 20_000 })
      .toMatchObject([{ subject: "By the platform", from: "admin@several.posthouse.test" }]);
    const all = [...sink.caught, ...other.caught].filter(({ raw }) => /^Subject: By /m.test(raw));
    expect(all).toHaveLength(2);
    expect(await ok(client, "GET", "/v1/usage")).toMatchObject({ used: 1 });
  });

  it("G5 no mail goes out with the login of another database or server", async () => {
    const names = ["a", "b", "c"].flatMap((database) => [`${database}-one`, `${database}-two`]);
    const sends: (() => Promise<Json>)[] = [];
    for (const name of ["a", "b", "c"]) {
      const { server, send } = await database(`login-${name}`, `${name}.example`);
      for (const part of ["one", "two"]) {
        const login = `${name}-${part}`;
        await server(login, `${part}.${name}.example`, at(sink, `${login}@relay`));
        const mail = { from: `x@${part}.${name}.example`, to: "you@example.org", subject: `Login ${login}` };
        sends.push(...Array.from({ length: 5 }, () => () => send(mail)));
      }
    }
    await Promise.all(sends.map((send) => send()));
    const logins = () =>
      sink.caught.flatMap((mail) => {
        const [, name] = /^Login (.*)$/.exec(field(mail, "Subject") ?? "") ?? [];
        return name === undefined ? [] : [[name, mail.user]];
      });
    await expect.poll(() => logins().length, { timeout: 30_000 }).toBe(sends.length);
    for (const name of names)
      expect(logins().filter(([wanted]) => wanted === name)).toEqual(Array(5).fill([name, `${name}@relay`]));
  });
});
