import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { Dead, dying } from "../../../../test/support/dying.ts";
import * as Secret from "../database/secret.ts";
import { accept } from "../email/accept.ts";
import { get, raw } from "../email/read.ts";
import * as keys from "../keys.ts";
import * as OptOut from "../opt-out/record.ts";
import type { Ports } from "../ports/main.ts";
import * as Token from "./token.ts";
import { find, optIn, optOut, type Subscription } from "./unsubscribe.ts";

let env: TestPorts;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts();
});
afterAll(() => env.close());

const setUp = () => makeDatabase(env.ports, { name: `out${made++}` });
const send = async (db: TestDatabase, kind: "mass" | "transactional" = "mass", to = "bob@example.net") =>
  accept(env.ports, await db.version(), mail({ kind, to: [to] }));
const linkIn = (mime: string) => /^List-Unsubscribe: <[^>]*\/u\/([^>]+)>\r$/m.exec(mime)?.[1] ?? "";
const mimeOf = async (db: TestDatabase, id: string) =>
  Buffer.from((await raw(env.ports, db.id, id)) as Uint8Array).toString();
/** A mass mail and what its link leads to. */
async function subscribed(db: TestDatabase, to?: string): Promise<{ id: string; token: string; found: Subscription }> {
  const { id } = await send(db, "mass", to);
  const token = linkIn(await mimeOf(db, id));
  const found = await find(env.ports, token);
  if (!found) throw new Error("the link leads nowhere");
  return { id, token, found };
}
const types = async (db: TestDatabase, id: string) => (await get(env.ports, db.id, id)).events.map(({ type }) => type);

describe("R-KIND-3 the link of a mass mail", () => {
  it("leads to its recipient, database and email", async () => {
    const db = await setUp();
    const { id, found } = await subscribed(db, "Bob@Example.net");
    expect(found).toMatchObject({ database: db.id, email: id, address: "bob@example.net", head: { id } });
  });

  it("takes him out of the next mass mail; transactional mail still goes", async () => {
    const db = await setUp();
    const { id, found } = await subscribed(db);
    await optOut(env.ports, found);
    const next = await send(db);
    expect(next.suppressed).toEqual([{ address: "bob@example.net", reason: "opted_out" }]);
    const other = await send(db, "transactional");
    await deliver(env);
    expect((await get(env.ports, db.id, next.id)).status).toBe("suppressed");
    expect((await get(env.ports, db.id, other.id)).status).toBe("sent");
    expect(await types(db, id)).toContain("unsubscribed");
  });

  it("asked again, and by another mail's link too, it is the first time that counts", async () => {
    const db = await setUp();
    const [one, two] = [await subscribed(db), await subscribed(db)];
    await optOut(env.ports, one.found);
    const first = await env.ports.store.get(keys.optOut(db.id, "bob@example.net"));
    env.advance(60_000);
    for (const { found } of [one, two, one]) await optOut(env.ports, found);
    expect(await env.ports.store.get(keys.optOut(db.id, "bob@example.net"))).toEqual(first);
    expect((await types(db, one.id)).filter((type) => type === "unsubscribed")).toHaveLength(1);
    expect(await types(db, two.id)).not.toContain("unsubscribed");
  });

  it("a process that dies between opt-out and timeline has opted him out; asked again, the timeline has it", async () => {
    const db = await setUp();
    const { id, found } = await subscribed(db);
    const { ports } = dying(env.ports, 1, "before");
    await expect(optOut(ports as Ports, found)).rejects.toBeInstanceOf(Dead);
    expect((await send(db)).suppressed).toHaveLength(1);
    expect(await types(db, id)).not.toContain("unsubscribed");
    await optOut(env.ports, found);
    expect(await types(db, id)).toContain("unsubscribed");
  });

  it("undoes what a link has done, and nothing else", async () => {
    const db = await setUp();
    const { id, found } = await subscribed(db);
    await optOut(env.ports, found);
    expect(await optIn(env.ports, found)).toBe(true);
    expect((await send(db)).suppressed).toEqual([]);
    expect(await types(db, id)).toContain("resubscribed");
    expect(await optIn(env.ports, found)).toBe(true);
    await OptOut.put(env.ports, db.id, { address: "bob@example.net", origin: "manual" });
    expect(await optIn(env.ports, found)).toBe(false);
    expect((await send(db)).suppressed).toHaveLength(1);
  });

  it("still works when its email is no longer kept, 400 days on", async () => {
    const db = await setUp();
    const { id, token } = await subscribed(db);
    await env.ports.store.write({ delete: keys.emailHead(db.id, id) });
    env.advance(400 * 86_400_000);
    const later = await find(env.ports, token);
    expect(later).toMatchObject({ address: "bob@example.net", head: undefined });
    if (later) await optOut(env.ports, later);
    expect((await send(db)).suppressed).toHaveLength(1);
  });

  it("holds for its database alone: opted out of one, mailed by another", async () => {
    const [one, two] = [await setUp(), await setUp()];
    await optOut(env.ports, (await subscribed(one)).found);
    expect((await send(two)).suppressed).toEqual([]);
  });

  it("of another database's key, or of a database that is gone, leads nowhere", async () => {
    const [one, two] = [await setUp(), await setUp()];
    const { token, found } = await subscribed(one);
    const foreign = Token.make(found, (await Secret.open(env.ports, two.id)).token_key);
    expect(await find(env.ports, foreign)).toBeUndefined();
    expect(await find(env.ports, token.replace(one.id.slice(3), two.id.slice(3)))).toBeUndefined();
    await env.ports.store.write({ update: keys.version(one.id), set: { status: "deleting" } });
    expect(await find(env.ports, token)).toBeUndefined();
    await env.ports.store.write({ delete: keys.secret(one.id, Secret.record) });
    expect(await find(env.ports, token)).toBeUndefined();
  });
});
