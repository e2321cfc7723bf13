import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { accept } from "./accept.ts";
import { type ListQuery, list } from "./list.ts";
import { get, raw } from "./read.ts";

let env: TestPorts;
let db: TestDatabase;
const made: string[] = [];
beforeAll(async () => {
  env = await startTestPorts({ start: Date.parse("2026-10-30T12:00:00Z") });
  db = await makeDatabase(env.ports, { daily_limit: 1000 });
  // Over two ends of months: the list index has a partition for each.
  for (let n = 0; n < 30; n++) {
    env.advance(36 * 3_600_000);
    const changes = n % 3 === 0 ? { to: ["three@example.net", "and@example.net"] } : { to: [`r${n}@example.net`] };
    const kind = n % 5 === 1 ? ("mass" as const) : ("transactional" as const);
    made.push(
      (await accept(env.ports, await db.version(), mail({ ...changes, kind: n % 3 === 0 ? "transactional" : kind })))
        .id,
    );
    await deliver(env);
  }
}, 60_000);
afterAll(() => env.close());

const ids = async (query: Partial<ListQuery> = {}) => {
  const { data, has_more } = await list(env.ports, await db.version(), { limit: 10, ...query });
  return { ids: data.map(({ id }) => id), has_more };
};
const text = (mime: Uint8Array | { link: string }) => ("link" in mime ? mime.link : Buffer.from(mime).toString());
const newest = () => made.toReversed();

describe("the list of emails", () => {
  it("is newest first, and pages to the end and back", async () => {
    const pages: string[] = [];
    let after: string | undefined;
    for (;;) {
      const page = await ids(after === undefined ? {} : { after });
      pages.push(...page.ids);
      after = page.ids.at(-1);
      if (!page.has_more) break;
    }
    expect(pages).toEqual(newest());
    expect((await ids({ before: made[0] ?? "" })).ids).toEqual(newest().slice(19, 29));
    expect(await ids({ before: made[29] ?? "" })).toEqual({ ids: [], has_more: false });
  });

  it("filters by recipient, also one of several, by kind and by status", async () => {
    expect((await ids({ recipient: "AND@example.net" })).ids).toEqual(newest().filter((_, n) => (29 - n) % 3 === 0));
    expect((await ids({ recipient: "nobody@example.net" })).ids).toEqual([]);
    const mass = await list(env.ports, await db.version(), { limit: 100, kind: "mass" });
    expect(mass.data.length).toBeGreaterThan(0);
    expect(mass.data.every(({ kind }) => kind === "mass")).toBe(true);
    expect((await ids({ status: "failed" })).ids).toEqual([]);
    expect((await ids({ status: "sent", limit: 100 })).ids).toEqual(newest());
  });

  it("shows recipients, subject and state without the body", async () => {
    const { data } = await list(env.ports, await db.version(), { limit: 30 });
    expect(data.find(({ id }) => id === made[0])).toMatchObject({
      to: ["three@example.net", "and@example.net"],
      subject: "Hello",
      status: "sent",
      last_event: "sent",
    });
    expect(data.find(({ id }) => id === made[2])).toMatchObject({ to: ["r2@example.net"] });
  });

  it("refuses a cursor that is no id", async () => {
    await expect(ids({ after: "x" })).rejects.toMatchObject({ name: "invalid_parameter" });
  });
});

describe("one email", () => {
  it("G5 is not found from another database, nor by what is no id", async () => {
    const other = await makeDatabase(env.ports, { name: "other" });
    for (const [database, id] of [
      [other.id, made[0]],
      [db.id, "em_x"],
      [db.id, `${made[0]}#`],
    ] as const)
      await expect(get(env.ports, database, id ?? "")).rejects.toMatchObject({ name: "not_found" });
    expect((await list(env.ports, await other.version(), { limit: 10 })).data).toEqual([]);
  });

  it("R-REW-6 its MIME never holds Bcc; R-REW-5 References carries our Message-Id", async () => {
    const { id, message_id } = await accept(env.ports, await db.version(), mail({ bcc: ["hidden@example.net"] }));
    const mime = text(await raw(env.ports, db.id, id));
    expect(mime).not.toContain("hidden");
    expect(mime).toContain(`References: ${message_id}`);
    expect(message_id).toBe(`<${id}@company-name.posthouse.test>`);
    expect(text(await raw(env.ports, db.id, id))).toBe(mime);
  });

  it("a MIME too large for an answer is shown by a link", async () => {
    const content = Buffer.alloc(3_000_000, "x").toString("base64");
    const attachments = [1, 2].map((n) => ({ filename: `${n}.txt`, content }));
    const { id } = await accept(env.ports, await db.version(), mail({ attachments }));
    const response = await fetch(text(await raw(env.ports, db.id, id)));
    const mime = await response.text();
    expect(mime.length).toBeGreaterThan(8_000_000);
    expect(mime).toContain("Subject: Hello");
  });

  it("R-REW-5 the caller's Message-Id is kept, and two mails may share it", async () => {
    const mine = { message_id: "<odoo-1@company-name.posthouse.test>" };
    const sent = [
      await accept(env.ports, await db.version(), mail(mine)),
      await accept(env.ports, await db.version(), mail(mine)),
    ];
    expect(sent.map(({ message_id }) => message_id)).toEqual([mine.message_id, mine.message_id]);
    expect(new Set(sent.map(({ id }) => id)).size).toBe(2);
  });
});
