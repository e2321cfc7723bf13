import { randomBytes } from "node:crypto";
import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import PostalMime from "postal-mime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase } from "../../../../test/support/database.ts";
import { type Sink, startSink } from "../../../../test/support/sink.ts";
import * as Domain from "../domain/domain.ts";
import { accept } from "../email/accept.ts";
import { get, raw } from "../email/read.ts";
import * as Server from "../server/server.ts";
import { tick } from "../tick/run.ts";
import { read } from "./read.ts";

let env: TestPorts;
let sink: Sink;
let busy = false;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts();
  sink = await startSink({
    onRcptTo: (_address, _session, done) =>
      done(busy ? Object.assign(new Error("4.3.2 busy"), { responseCode: 450 }) : null),
  });
});
afterAll(async () => {
  await sink.close();
  await env.close();
});

const file = (filename: string, bytes: number, more = {}) => ({
  filename,
  content: randomBytes(bytes).toString("base64"),
  ...more,
});

async function setUp(max_email_size_mb = 1) {
  const db = await makeDatabase(env.ports, { name: `links${made++}` });
  await Domain.create(env.ports, await db.version(), { name: "company.com" });
  const connection = { host: "127.0.0.1", port: sink.port, encryption: "none" as const };
  const server = { ...connection, name: "tx", from_filter: "company.com", max_email_size_mb };
  await Server.create(env.ports, await db.version(), server);
  const send = async (changes: Parameters<typeof mail>[0]) => {
    const request = mail({ from: "sales@company.com", ...changes });
    return (await accept(env.ports, await db.version(), request)).id;
  };
  return { db, send };
}

const received = async () => {
  const { raw } = sink.caught.at(-1) ?? { raw: "" };
  return { ...(await PostalMime.parse(raw)), size: raw.length };
};
const tokens = (text = "") =>
  [...text.matchAll(/http:\/\/localhost:3000\/v1\/files\/([\w.-]+)/g)].map(([, token]) => token ?? "");

/** The file behind a link, small enough for an answer. */
async function open(token: string) {
  const found = await read(env.ports, token);
  if ("link" in found) throw new Error("it is too large for an answer");
  return found;
}

describe("R-SRV-7 an email over the server's size limit", () => {
  it("R-SRV-7 attachments that push it over become links, the rest stays", async () => {
    const { send } = await setUp();
    const attachments = [
      file("small.pdf", 200_000),
      file("Angebot für <Ann>.pdf", 900_000, { content_type: "application/pdf" }),
      file("last.pdf", 300_000),
      file("logo.png", 50_000, { content_id: "logo" }),
    ];
    await send({ text: "Hello", html: '<html><body>Hi <img src="cid:logo"></body></html>', attachments });
    await deliver(env);
    const { attachments: stayed, text, html, size } = await received();
    expect(stayed.map(({ filename }) => filename)).toEqual(["logo.png", "small.pdf", "last.pdf"]);
    expect(size).toBeLessThanOrEqual(1_000_000);
    expect(text).toMatch(
      /^Hello\r?\n\r?\nAttachments to download until \d{4}-\d\d-\d\d:\r?\n- Angebot für <Ann>\.pdf \(900 KB\)/,
    );
    expect(html).toMatch(/Angebot für &lt;Ann&gt;\.pdf<\/a> \(900 KB\)<\/li><\/ul><\/body>/);
    const [token = ""] = tokens(text);
    expect(tokens(html)).toEqual([token]);
    const download = await open(token);
    expect(download.filename).toBe("Angebot für <Ann>.pdf");
    expect(Buffer.from(download.bytes).toString("base64")).toBe(attachments[1]?.content);
  });

  it("R-SRV-7 one that fits is left as it is, and html alone gets its list in html alone", async () => {
    const { send } = await setUp(2);
    await send({ text: "x", attachments: [file("a.bin", 1_200_000)] });
    await deliver(env);
    expect((await received()).text).not.toContain("/v1/files/");
    const request = { ...mail({ html: "<p>only</p>", attachments: [file("b.bin", 1_700_000)] }) };
    delete (request as { text?: string }).text;
    const { db, send: _send } = await setUp();
    await accept(env.ports, await db.version(), { ...request, from: "sales@company.com" });
    await deliver(env);
    const { html, text = "" } = await received();
    expect([tokens(html).length, tokens(text).length]).toEqual([1, 0]);
  });

  it("R-SRV-7 holds for a record of the platform as well", async () => {
    const db = await makeDatabase(env.ports, { name: `links${made++}` });
    const platform = { name: "platform", kind: "platform" as const, max_email_size_mb: 1 };
    await Server.create(env.ports, await db.version(), platform);
    const request = mail({ attachments: [file("a.bin", 1_100_000)] });
    await accept(env.ports, await db.version(), request);
    await deliver(env);
    const [sent] = env.ses.mailbox.list();
    const { text } = await PostalMime.parse(env.ses.mailbox.raw(sent?.id ?? "") ?? "");
    expect(tokens(text)).toHaveLength(1);
  });

  it("R-SRV-7 a body alone over the limit fails with email_too_large", async () => {
    const { db, send } = await setUp();
    const id = await send({ text: "x".repeat(1_100_000), attachments: [file("a.bin", 1000)] });
    const before = sink.caught.length;
    await deliver(env);
    const { status, recipients } = await get(env.ports, db.id, id);
    expect([status, recipients[0]?.failure_type, sink.caught.length]).toEqual(["failed", "email_too_large", before]);
  });

  it("G3 a retry is the same message, and the one that is shown", async () => {
    const { db, send } = await setUp();
    const id = await send({ text: "x", attachments: [file("a.bin", 1_100_000), file("b.bin", 1_000)] });
    busy = true;
    const mime = await raw(env.ports, db.id, id);
    if ("link" in mime) throw new Error("too large to be shown");
    const shown = Buffer.from(mime).toString("utf8");
    await deliver(env);
    busy = false;
    env.advance(70_000);
    await tick(env.ports);
    await deliver(env);
    expect(sink.caught.at(-1)?.raw).toBe(shown);
    expect(tokens(shown.replaceAll("=\r\n", ""))).toHaveLength(1);
  });
});

describe("R-SRV-7 the timeline", () => {
  const linked = async (db: string, id: string) =>
    (await get(env.ports, db, id)).events.filter(({ type }) => type === "attachments_linked");

  it("R-SRV-7 says which files became links, once, however many tries there are", async () => {
    const { db, send } = await setUp();
    const id = await send({ text: "x", attachments: [file("offer.pdf", 1_100_000), file("b.bin", 1_000)] });
    await raw(env.ports, db.id, id);
    expect(await linked(db.id, id)).toEqual([]);
    busy = true;
    await deliver(env);
    const first = await linked(db.id, id);
    expect(first).toMatchObject([{ note: expect.stringMatching(/links to download.*: offer\.pdf$/) }]);
    busy = false;
    env.advance(70_000);
    await tick(env.ports);
    await deliver(env);
    const { status, events } = await get(env.ports, db.id, id);
    expect([status, await linked(db.id, id)]).toEqual(["sent", first]);
    expect(events.map(({ type }) => type)).toEqual(["queued", "attachments_linked", "deferred", "sent"]);
  });

  it("R-SRV-7 says nothing of mail that fits, nor of mail that fails for its size", async () => {
    const { db, send } = await setUp();
    const fits = await send({ text: "x", attachments: [file("a.bin", 1_000)] });
    const fails = await send({ text: "x".repeat(1_100_000), attachments: [file("a.bin", 1_000)] });
    await deliver(env);
    expect([await linked(db.id, fits), await linked(db.id, fails)]).toEqual([[], []]);
  });
});

describe("R-SRV-7 a download link", () => {
  it("R-SRV-7 opens until the email's retention is over, for its own file and database alone", async () => {
    const { db, send } = await setUp();
    const other = await setUp();
    await send({ text: "x", attachments: [file("a.bin", 1_100_000)] });
    await deliver(env);
    const [token = ""] = tokens((await received()).text);
    const refused = { name: "not_found" };
    const foreign = token.replace(db.id.slice(3), other.db.id.slice(3));
    const next = token.replace(/\.0\./, ".1.");
    for (const wrong of [foreign, next, `${token}x`, token.slice(0, -1)])
      await expect(read(env.ports, wrong)).rejects.toMatchObject(refused);
    expect((await open(token)).bytes).toHaveLength(1_100_000);
    env.advance(32 * 86_400_000);
    await expect(read(env.ports, token)).rejects.toMatchObject(refused);
  });
});
