import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeDatabase } from "../../../../test/support/database.ts";
import { said, take } from "../../../../test/support/taking.ts";
import { follow, posting } from "../../../../test/support/thread.ts";
import type { Attachment } from "../email/body.ts";
import * as Content from "./content.ts";
import * as Message from "./message.ts";
import { post } from "./post.ts";

let env: TestPorts;
beforeAll(async () => {
  env = await startTestPorts();
});
afterAll(() => env.close());

const file = (filename: string, more: Partial<Attachment> = {}): Attachment => ({ filename, content: "eA==", ...more });

describe("R-IN the files that the item of a message lists", () => {
  it("R-IN are 250 at most, and 60 KB in all", () => {
    const names = (files: readonly Attachment[]) => Content.listed(files).map(({ filename }) => filename);
    expect(names(Array.from({ length: 300 }, (_, n) => file(`${n}.txt`)))).toHaveLength(250);
    const large = Content.listed(
      Array.from({ length: 250 }, () => file("字".repeat(250), { content_id: "x".repeat(250) })),
    );
    expect(large.length).toBeGreaterThan(90);
    expect(Buffer.byteLength(JSON.stringify(large))).toBeLessThan(61_000);
  });

  it("R-IN have names of 255 octets with their ending, and ids that are whole or none", () => {
    const [one] = Content.listed([file(`${"字".repeat(240)}.pdf`, { content_id: "字".repeat(200) })]);
    expect(one).toEqual({
      ...{ filename: `${"字".repeat(83)}.pdf`, content_type: "application/octet-stream" },
      ...{ size: 1, content_id: null },
    });
    expect(Content.listed([file(`😀${"x".repeat(300)}`, { content_id: "a@b" })])).toMatchObject([
      { filename: `😀${"x".repeat(251)}`, content_id: "a@b" },
    ]);
  });

  it("R-IN leave room for the rest of a mail of 250 files; its object has all of them, by their names", async () => {
    const db = await makeDatabase(env.ports);
    const thread = await follow(env.ports, db, ["tom@example.net"]);
    const { message } = await post(env.ports, await db.version(), thread, posting());
    const name = (n: number) => `${"字".repeat(240)}${n}.bin`;
    const parts = Array.from(
      { length: 250 },
      (_, n) =>
        `--b\nContent-Type: application/x-${"y".repeat(80)}\nContent-ID: <${"字".repeat(490)}>\nContent-Disposition: attachment; filename="${name(n)}"\n\nx\n`,
    ).join("");
    const header = `From: mary@customer.example\nTo: catchall@company-name.posthouse.test\nSubject: files\nMessage-ID: <many@customer.example>\nReferences: ${message.message_id}\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n`;
    const raw = `${header}--b\nContent-Type: text/plain\n\nHello\n${parts}--b--\n`;
    await take(env, { to: ["catchall@company-name.posthouse.test"], raw });
    const [, reply] = await said(env, db, thread);
    const item = await Message.find(env.ports, db.id, thread.id, reply?.id ?? "");
    if (!item) throw new Error("the reply is no message");
    expect(Message.fromItem(item).files.length).toBeGreaterThan(50);
    const files = await Content.files(env.ports, item);
    expect(files.map(({ filename }) => filename)).toEqual(Array.from({ length: 250 }, (_, n) => name(n)));
  });
});
