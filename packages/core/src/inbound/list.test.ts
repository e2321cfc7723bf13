import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { leftovers } from "../../../../test/support/leftovers.ts";
import { remove } from "../database/remove.ts";
import type { Ports } from "../ports/main.ts";
import { tick } from "../tick/run.ts";
import { confirm } from "./confirm.ts";
import { keep } from "./keep.ts";
import { list } from "./list.ts";
import { receivedPrefix } from "./object.ts";
import { get, raw } from "./read.ts";
import type { Status } from "./record.ts";
import { letter } from "./take.ts";

let env: TestPorts;
let ports: Ports;
beforeAll(async () => {
  env = await startTestPorts();
  ports = env.ports;
});
afterAll(() => env.close());

const none = { spam: null, virus: null, spf: null, dkim: null, dmarc: null };

/** Mail that came in, so many ms from now. */
async function come(db: TestDatabase, subject: string, ms: number, status: Status = "rejected", body = "x") {
  const received_at = new Date(ports.clock.now() + ms).toISOString();
  const receipt = {
    id: subject,
    received_at,
    envelope_from: null,
    recipients: [],
    verdicts: none,
    blob: receivedPrefix,
  };
  const bytes = Buffer.from(`Subject: ${subject}\r\nMessage-ID: <${subject}@x.example>\r\n\r\n${body}`);
  const copy = { ...letter(ports, receipt, bytes), version: await db.version() };
  const route = { rule: "none", why: "because" } as const;
  const to = "a@company-name.posthouse.test";
  const recipients = [{ recipient: to, key: to }];
  await keep(ports, copy, { key: "nobody", status, route, recipients, in_reply_to_email: null });
}
const subjects = async (db: TestDatabase, query: Partial<Parameters<typeof list>[2]> = {}) =>
  (await list(ports, db.id, { limit: 100, ...query })).data.map(({ subject }) => subject);

describe("mail that came in", () => {
  it("is listed newest last, in pages either way", async () => {
    const db = await makeDatabase(ports, { name: "pages" });
    for (let n = 0; n < 5; n++) await come(db, `m${n}`, n);
    const { data, has_more, cursor } = await list(ports, db.id, { limit: 2 });
    expect([data.map(({ subject }) => subject), has_more, cursor]).toEqual([["m0", "m1"], true, data[1]?.id]);
    const after = { after: cursor ?? "" };
    expect(await subjects(db, { limit: 2, ...after })).toEqual(["m2", "m3"]);
    const last = await list(ports, db.id, { limit: 3, ...after });
    expect([last.data.length, last.has_more, last.cursor]).toEqual([3, false, null]);
    expect(await subjects(db, { limit: 2, before: last.data[2]?.id ?? "" })).toEqual(["m2", "m3"]);
    await expect(list(ports, db.id, { limit: 2, after: "em_x" })).rejects.toMatchObject({ name: "invalid_parameter" });
  });

  it("is filtered by status, past many others", async () => {
    const db = await makeDatabase(ports, { name: "filtered" });
    for (let n = 0; n < 30; n++) await come(db, `m${n}`, n, n === 29 ? "unmatched" : "rejected");
    expect(await subjects(db, { status: "unmatched" })).toEqual(["m29"]);
    expect(await subjects(db, { status: "unmatched", limit: 1 })).toEqual(["m29"]);
    expect(await subjects(db, { status: "rejected" })).toHaveLength(29);
  });

  it("R-IN-6 is listed until it is confirmed, and read thereafter", async () => {
    const db = await makeDatabase(ports, { name: "confirmed" });
    await come(db, "one", 0);
    const [{ id } = { id: "" }] = (await list(ports, db.id, { limit: 1 })).data;
    const first = await confirm(ports, await db.version(), id);
    expect(first).toMatchObject({ id, confirmed_at: expect.stringMatching(/^20/) });
    env.advance(1_000);
    expect(await confirm(ports, await db.version(), id)).toEqual(first);
    expect(await subjects(db)).toEqual([]);
    expect(await get(ports, db.id, id)).toMatchObject(first);
    expect(Buffer.from((await raw(ports, db.id, id)) as Uint8Array).toString()).toContain("Subject: one");
  });

  it("R-IN-4 ends after 30 days", async () => {
    const db = await makeDatabase(ports, { name: "expired" });
    await come(db, "old", -31 * 86_400_000);
    await come(db, "young", -29 * 86_400_000);
    expect(await subjects(db)).toEqual(["young"]);
  });

  it("is another database's not at all", async () => {
    const [db, other] = [await makeDatabase(ports, { name: "own" }), await makeDatabase(ports, { name: "foreign" })];
    await come(db, "secret", 0);
    const [{ id } = { id: "" }] = (await list(ports, db.id, { limit: 1 })).data;
    const theirs = await other.version();
    const confirming = (_ports: Ports, _db: string, asked: string) => confirm(ports, theirs, asked);
    for (const act of [get, raw, confirming])
      for (const asked of [id, "rcv_x", "em_x", ""])
        await expect(act(ports, other.id, asked)).rejects.toMatchObject({ name: "not_found" });
    expect(await subjects(other)).toEqual([]);
    expect(await get(ports, db.id, id)).toMatchObject({ confirmed_at: null });
  });

  it("is given by a link where it is too large for an answer", async () => {
    const db = await makeDatabase(ports, { name: "large" });
    await come(db, "large", 0, "rejected", "x".repeat(4_500_000));
    const [{ id } = { id: "" }] = (await list(ports, db.id, { limit: 1 })).data;
    const answer = (await raw(ports, db.id, id)) as { link: string };
    const text = await (await fetch(answer.link)).text();
    expect(text.length).toBeGreaterThan(4_500_000);
  });

  it("goes with its database: items, proofs against duplicates and objects", async () => {
    const db = await makeDatabase(ports, { name: "leaving" });
    await come(db, "one", 0);
    expect(await leftovers(env, `RCV#${db.id}`)).toHaveLength(1);
    expect(await leftovers(env, `RCVID#${db.id}`)).toHaveLength(1);
    expect(await leftovers(env, `${db.id}/received`)).toHaveLength(2);
    expect(await remove(ports, "leaving")).toBe(true);
    env.advance(ports.operator.waits.recovery * 1000 + 1);
    await tick(ports);
    expect(await leftovers(env, db.id)).toEqual(["NAME#leaving CLAIM"]);
  });
});
