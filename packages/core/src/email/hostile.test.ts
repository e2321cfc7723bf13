import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { remove } from "../database/remove.ts";
import { tick } from "../tick/run.ts";
import { accept } from "./accept.ts";
import { check } from "./compose.ts";
import { get } from "./read.ts";

let env: TestPorts;
let db: TestDatabase;
beforeAll(async () => {
  env = await startTestPorts();
  db = await makeDatabase(env.ports, { daily_limit: 1000 });
});
afterAll(() => env.close());

const word = (text: string) => `=?utf-8?B?${Buffer.from(text).toString("base64")}?=`;

describe("what is accepted can be sent", () => {
  it.each([
    ["an encoded word in an encoded word", word("=?utf-8?Q?a=0Ab?=")],
    ["650 quotes in an encoded word", word('"'.repeat(650))],
    ["emoji, right-to-left marks, half a pair", `"😀\u202e${String.fromCharCode(0xd83d)}"`],
  ])("%s as a name", async (_what, name) => {
    const address = `${name} <mary@customer.example.com>`;
    const { id } = await accept(
      env.ports,
      await db.version(),
      mail({ from: address, to: [address], reply_to: [address] }),
    );
    await deliver(env);
    expect((await get(env.ports, db.id, id)).status).toBe("sent");
    const raw = env.ses.mailbox.raw(env.ses.mailbox.list()[0]?.id ?? "")?.toString() ?? "";
    expect(raw.split("\r\n").every((line) => line.length <= 998)).toBe(true);
    expect(raw.split("\r\n\r\n")[0]).not.toMatch(/^b/m);
  });

  it("a company whose name looks like an encoded word", async () => {
    const odd = await makeDatabase(env.ports, { name: "odd", company: "=?utf-8?Q?a=0Ab?=" });
    const { id } = await accept(env.ports, await odd.version(), mail());
    await deliver(env);
    expect((await get(env.ports, odd.id, id)).status).toBe("sent");
  });
});

describe("large and odd values", () => {
  it("an attachment of 6 MB is checked as any other", () => {
    const content = "QUFB".repeat(1_500_000);
    const attachments = (text: string) => mail({ attachments: [{ filename: "a.bin", content: text }] });
    expect(() => check(attachments(content))).not.toThrow();
    for (const bad of [`${content}=`, `${content}!AAA`, `${content}A===`])
      expect(() => check(attachments(bad))).toThrow(expect.objectContaining({ name: "invalid_attachment" }));
  });

  it("R-REW-6 a line break in a content type is refused, and more headers than servers take", () => {
    const typed = (content_type: string) => mail({ attachments: [{ filename: "a", content: "", content_type }] });
    for (const bad of ["image/png\r\n;x=y", "image/png;x=y\r\n;z=w", "image/png\0"])
      expect(() => check(typed(bad))).toThrow(expect.objectContaining({ name: "invalid_header" }));
    const headers = Object.fromEntries(Array.from({ length: 700 }, (_, n) => [`X-${n}`, "v".repeat(100)]));
    expect(() => check(mail({ headers }))).toThrow(expect.objectContaining({ name: "invalid_header" }));
  });

  it("R-KIND-3 mass mail has no copies, and what marks it as mass is ours", async () => {
    for (const changes of [{ cc: ["a@b.test"] }, { bcc: ["a@b.test"] }])
      await expect(accept(env.ports, await db.version(), mail({ kind: "mass", ...changes }))).rejects.toMatchObject({
        name: "invalid_parameter",
      });
    for (const name of ["Precedence", "X-Auto-Response-Suppress"])
      expect(() => check(mail({ kind: "mass", headers: { [name]: "none" } }))).toThrow(
        expect.objectContaining({ name: "invalid_header" }),
      );
  });
});

describe("a mail accepted while its database is deleted", () => {
  it("is erased, and sent to nobody", async () => {
    const gone = await makeDatabase(env.ports, { name: "gone" });
    const version = await gone.version();
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const transact: typeof env.ports.store.transact = async (writes, token) => {
      await held;
      return env.ports.store.transact(writes, token);
    };
    const accepting = accept({ ...env.ports, store: { ...env.ports.store, transact } }, version, mail());
    expect(await remove(env.ports, "gone")).toBe(true);
    release();
    const { id } = await accepting;
    const before = env.ses.mailbox.list().length;
    await deliver(env);
    env.advance(3_600_000);
    await tick(env.ports);
    await deliver(env);
    expect(env.ses.mailbox.list()).toHaveLength(before);
    await expect(get(env.ports, gone.id, id)).rejects.toMatchObject({ name: "not_found" });
  });
});
