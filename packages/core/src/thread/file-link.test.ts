import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import PostalMime from "postal-mime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, makeDatabase } from "../../../../test/support/database.ts";
import { follow, posting } from "../../../../test/support/thread.ts";
import { read } from "../attachment/read.ts";
import type { Attachment } from "../email/body.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { post } from "./post.ts";
import { remove } from "./remove.ts";

let env: TestPorts;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts();
});
afterAll(() => env.close());

const file = (filename: string, text: string, more: Partial<Attachment> = {}): Attachment => ({
  filename,
  content: Buffer.from(text).toString("base64"),
  ...more,
});

async function setUp() {
  const db = await makeDatabase(env.ports, { name: `file${made++}` });
  const thread = await follow(env.ports, db, ["joe@example.net"]);
  /** What Joe gets, and the tokens of its links. */
  const tell = async (changes: Parameters<typeof posting>[0], ports: Ports = env.ports) => {
    const { message } = await post(ports, await db.version(), thread, posting(changes));
    await deliver(env);
    const [sent] = env.ses.mailbox.list();
    const mime = await PostalMime.parse(env.ses.mailbox.raw(sent?.id ?? "") ?? "");
    const tokens = [...(mime.text ?? mime.html ?? "").matchAll(/http:\/\/localhost:3000\/v1\/files\/([\w.-]+)/g)];
    return { message, mime, tokens: tokens.map(([, token]) => token ?? "") };
  };
  return { db, thread, tell };
}

/** The file behind a link, small enough for an answer. */
async function open(token: string) {
  const file = await read(env.ports, token);
  if ("link" in file) throw new Error("it is too large for an answer");
  return file;
}

describe("R-NOT-3 the files of a message", () => {
  it("R-NOT-3 are links to download them, and what the HTML shows within itself stays with it", async () => {
    const { tell } = await setUp();
    const attachments = [
      file("offer.pdf", "offer"),
      file("logo.png", "logo", { content_id: "logo@1", content_type: "image/png" }),
      file("b.txt", "b"),
    ];
    const { mime, tokens } = await tell({ html: '<img src="cid:logo@1">', text: "Hi", attachments });
    expect(mime.attachments.map(({ filename }) => filename)).toEqual(["logo.png"]);
    expect(mime.text).toMatch(/Attachments to download until \d{4}-\d\d-\d\d:\s+- offer\.pdf/);
    expect(mime.html).toContain("/v1/files/");
    const files = await Promise.all(tokens.map(open));
    expect(files.map(({ filename, bytes }) => [filename, Buffer.from(bytes).toString()])).toEqual([
      ["offer.pdf", "offer"],
      ["b.txt", "b"],
    ]);
  });

  it("R-NOT-3 the links open for 90 days, while the thread is there, and nothing else", async () => {
    const one = await setUp();
    const other = await setUp();
    const attachments = [file("a.txt", "a")];
    const [token = ""] = (await one.tell({ attachments })).tokens;
    const gone = { name: "not_found" };
    const foreign = token.replace(one.db.id.slice(3), other.db.id.slice(3));
    for (const wrong of [foreign, token.replace(/\.0\./, ".1."), token.replace(".m", "."), `${token.slice(0, -1)}!`])
      await expect(read(env.ports, wrong)).rejects.toMatchObject(gone);
    const [second = ""] = (await other.tell({ attachments })).tokens;
    await remove(env.ports, await other.db.version(), { model: "helpdesk.ticket", record_id: "7" });
    await expect(read(env.ports, second)).rejects.toMatchObject(gone);
    env.advance(89 * 86_400_000);
    expect((await open(token)).filename).toBe("a.txt");
    env.advance(2 * 86_400_000);
    await expect(read(env.ports, token)).rejects.toMatchObject(gone);
  });

  it("R-NOT-3 without a public URL are attached, but for what is too large, which is named", async () => {
    const { tell } = await setUp();
    const ports = { ...env.ports, operator: { ...env.ports.operator, public_url: null } };
    const attachments = [file("large <b>.bin", "x".repeat(6_000_001)), file("small.txt", "s")];
    const { mime, tokens } = await tell({ html: "<p>Hi</p>", text: null, attachments }, ports);
    expect(mime.attachments.map(({ filename }) => filename)).toEqual(["small.txt"]);
    expect(mime.html).toContain("Not attached, for their size: large &lt;b&gt;.bin");
    expect(tokens).toEqual([]);
  });

  it("R-NOT-3 what the HTML shows stays with it up to 1 MB in all, the rest are links", async () => {
    const { tell } = await setUp();
    const picture = (id: string, size: number) =>
      file(`${id}.png`, "x".repeat(size), { content_id: id, content_type: "image/png", disposition: "inline" });
    const attachments = [picture("a", 600_000), picture("b", 600_000), picture("c", 400_000)];
    const html = '<img src="cid:a"><img src="cid:b"><img src="cid:c">';
    const { mime, tokens } = await tell({ html, attachments });
    expect(mime.attachments.map(({ filename }) => filename)).toEqual(["a.png", "c.png"]);
    expect((await Promise.all(tokens.map(open))).map(({ filename }) => filename)).toEqual(["b.png"]);
  });

  it("R-NOT-3 a large one is saved under its name from a link to a copy, which goes with the thread", async () => {
    const { db, tell } = await setUp();
    const content = Buffer.alloc(12_000_000, 7).toString("base64");
    const { tokens } = await tell({ attachments: [{ filename: "Plan ü.bin", content }] });
    const file = await read(env.ports, tokens[0] ?? "");
    if (!("link" in file)) throw new Error("12 MB are no answer");
    const saved = new URL(file.link).searchParams.get("response-content-disposition");
    expect(saved).toBe(`attachment; filename="Plan _.bin"; filename*=UTF-8''Plan%20%C3%BC.bin`);
    expect((await (await fetch(file.link)).arrayBuffer()).byteLength).toBe(12_000_000);
    await remove(env.ports, await db.version(), { model: "helpdesk.ticket", record_id: "7" });
    expect(await env.ports.blobs.list(`keep-8d/${db.id}/`)).toEqual([]);
    expect((await fetch(file.link)).status).toBe(404);
  });

  it("what inbound mail says wrongly of its files keeps nobody from being told", async () => {
    const { tell } = await setUp();
    const ports = { ...env.ports, operator: { ...env.ports.operator, public_url: null } };
    const attachments = [file("a\r\nb.txt", "a", { content_type: "no type", content_id: "< >" })];
    const { mime } = await tell({ attachments, holds: true }, ports);
    expect(mime.attachments.map(({ filename }) => filename)).toEqual(["a b.txt"]);
  });

  it("are stored once, whatever the number of followers", async () => {
    const { db, tell } = await setUp();
    const { message } = await tell({ attachments: [file("a.bin", "x".repeat(300_000))] });
    expect(await env.ports.blobs.list(`keep-400d/${db.id}/`)).toEqual([`keep-400d/${db.id}/${message.id}.files`]);
    const bodies = (
      await Promise.all(keys.emailBodies(db.id, env.ports.clock.now()).map((pk) => env.ports.store.query({ pk })))
    ).flatMap(({ items }) => items);
    expect(bodies).toEqual([]);
    const [batch = ""] = await env.ports.blobs.list(`keep-40d/${db.id}/`);
    expect((await env.ports.blobs.get(batch))?.length).toBeLessThan(10_000);
  });
});
