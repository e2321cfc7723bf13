import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import * as keys from "../keys.ts";
import { accept } from "./accept.ts";
import * as Body from "./body.ts";
import { findHead } from "./find.ts";
import type { Head } from "./head.ts";
import { prolong } from "./prolong.ts";

let env: TestPorts;
let db: TestDatabase;
beforeAll(async () => {
  env = await startTestPorts();
  db = await makeDatabase(env.ports);
});
afterAll(() => env.close());

const day = 86_400;
/** So many seconds from now. */
const after = (seconds: number) => Math.ceil(env.ports.clock.now() / 1000) + seconds;

async function made(changes = {}): Promise<{ head: Head; body: Body.Stored }> {
  const { id } = await accept(env.ports, await db.version(), mail(changes));
  const head = await findHead(env.ports.store, db.id, id);
  return { head, body: await read(head) };
}

async function read(head: Head): Promise<Body.Stored> {
  const body = await Body.read(env.ports, head);
  if (!body) throw new Error("the body is gone");
  return body;
}

/** The ends of all items of an email but its head. */
async function ends({ database, id }: Head): Promise<Set<unknown>> {
  const { items } = await env.ports.store.query({ pk: keys.emailHead(database, id).pk, consistent: true });
  return new Set(items.filter(({ sk }) => sk !== "HEAD").map(({ expires_at }) => expires_at));
}

describe("an email that is to outlive a moment", () => {
  it("costs nothing where it does anyway", async () => {
    const { head, body } = await made();
    env.meter.reset();
    expect(await prolong(env.ports, head, body, after(20 * day))).toEqual({ set: {}, remove: [] });
    expect(env.meter.read()).toMatchObject({ reads: 0, writes: 0 });
  });

  it("has its body, recipients, timeline and Message-Id until then, and its head two days longer", async () => {
    const { head, body } = await made({ cc: ["b@b.example"], message_id: "<own@company.example>" });
    const end = after(400 * day);
    expect(await prolong(env.ports, head, body, end)).toEqual({
      set: { expires_at: end + 2 * day },
      remove: ["blob", "blob_range"],
    });
    expect(await read(head)).toEqual({ ...body, expires_at: end });
    expect(await ends(head)).toEqual(new Set([end + 2 * day]));
    const own = await env.ports.store.get(keys.messageId(db.id, "<own@company.example>", head.id));
    expect(own?.["expires_at"]).toBe(end + 2 * day);
  });

  it("whose body is an object has it under a longer lifetime", async () => {
    const content = Buffer.from(env.ports.random.bytes(200_000)).toString("base64");
    const { head, body } = await made({ attachments: [{ filename: "large.bin", content }] });
    expect(head.blob).toMatch(/^keep-40d\//);
    const { set } = await prolong(env.ports, head, body, after(100 * day));
    expect(set.blob).toMatch(/^keep-130d\//);
    expect((await read({ ...head, ...set })).attachments).toEqual(body.attachments);
  });

  it("whose body is in the object of a batch gets one of its own", async () => {
    const { head, body } = await made();
    const packed = await Body.pack(db.id, head.id, body, env.ports.clock.now(), body.expires_at);
    const blob = `keep-40d/${db.id}/batch`;
    await env.ports.blobs.put(blob, Buffer.concat([Buffer.from("others"), packed.bytes, Buffer.from("others")]));
    const inBatch: Head = { ...head, blob, blob_range: [6, 5 + packed.bytes.length] };
    const end = after(100 * day);
    const { remove } = await prolong(env.ports, inBatch, await read(inBatch), end);
    expect(remove).toEqual(["blob", "blob_range"]);
    expect((await read(head)).expires_at).toBe(end);
  });

  it("lives no shorter when it is asked for less after that", async () => {
    const { head, body } = await made({ cc: ["b@b.example"] });
    const end = after(400 * day);
    await prolong(env.ports, head, body, end);
    await prolong(env.ports, head, body, end - 100 * day);
    expect(await ends(head)).toEqual(new Set([end + 2 * day]));
  });
});
