import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { remove } from "../database/remove.ts";
import { open } from "../database/secret.ts";
import { accept } from "../email/accept.ts";
import { fromItem } from "../email/head.ts";
import { withToken as withBounceToken } from "../email/token.ts";
import type { Id } from "../id.ts";
import * as keys from "../keys.ts";
import { withToken } from "../thread/token.ts";
import { find, type Traces } from "./reply.ts";

/** Tokens and ids that are shown where, or when, they prove nothing (R-IN-1). */

let env: TestPorts;
let db: TestDatabase;
let other: TestDatabase;
beforeAll(async () => {
  env = await startTestPorts();
  [db, other] = [await makeDatabase(env.ports), await makeDatabase(env.ports, { name: "other" })];
});
afterAll(() => env.close());

const catchall = "catchall@company-name.posthouse.test";
const thread = { model: "helpdesk.ticket", record_id: "7" };
const send = async (of = db, changes: Parameters<typeof mail>[0] = { thread }) =>
  (await accept(env.ports, await of.version(), mail(changes))).id as Id<"email">;
const headOf = async (id: string, of = db) =>
  fromItem((await env.ports.store.get(keys.emailHead(of.id, id), { consistent: true })) ?? { pk: "", sk: "" });
const keyOf = async (of: TestDatabase) => (await open(env.ports, of.id)).token_key;
const ask = (traces: Partial<Traces>, of = db) =>
  find(env.ports, of.id, { recipients: [], references: [], in_reply_to: [], ...traces });
const ours = (id: string) => `<${id}@company-name.posthouse.test>`;

describe("R-IN-1 replays", () => {
  it("R-IN-1 no id and no token of another database attaches anything", async () => {
    const message_id = "<order-1@shop.example>";
    const id = await send(other, { thread, message_id });
    const provided = await send(other);
    await deliver(env);
    const { provider_id } = await headOf(provided, other);
    const token = withToken(catchall, id, await keyOf(other));
    const traces: Partial<Traces>[] = [
      { references: [ours(id)] },
      { in_reply_to: [message_id] },
      { in_reply_to: [`<${provider_id}@email.amazonses.com>`] },
      { recipients: [token] },
      // The other's email, signed with one's own key
      { recipients: [withToken(catchall, id, await keyOf(db))] },
    ];
    for (const each of traces) expect(await ask(each)).toBeUndefined();
    for (const each of traces.slice(0, 4)) expect(await ask(each, other)).toBeDefined();
  });

  it("R-IN-1 a token of a database that was deleted is none of that which has its name now", async () => {
    const first = await makeDatabase(env.ports, { name: "again" });
    const id = await send(first);
    const token = withToken(catchall, id, await keyOf(first));
    expect(await ask({ recipients: [token] }, first)).toMatchObject({ email: id });
    await remove(env.ports, "again");
    expect(await ask({ recipients: [token] }, first)).toBeUndefined();
    await env.ports.store.write({ delete: keys.nameClaim("again") });
    const second = await makeDatabase(env.ports, { name: "again" });
    expect(await ask({ recipients: [token], references: [ours(id)] }, second)).toBeUndefined();
  });

  it("R-IN-1 a bounce token is none, nor a token that was changed", async () => {
    const id = await send();
    const key = await keyOf(db);
    const token = withToken(catchall, id, key);
    const changed = token.replace(/(.)@/, (_, last: string) => `${last === "0" ? "1" : "0"}@`);
    const recipients = [
      withBounceToken(catchall, id, key),
      changed,
      catchall,
      "catchall+x-y@company-name.posthouse.test",
    ];
    expect(await ask({ recipients })).toBeUndefined();
    expect(await ask({ recipients: [...recipients, token] })).toMatchObject({ email: id });
  });

  it("R-IN-1 a deleted thread gets nothing, nor does the next one of that record: the email is known alone", async () => {
    const id = await send();
    const { thread: old } = await headOf(id);
    await env.ports.store.write({
      update: keys.thread(db.id, String(old)),
      set: { deleted_at: "2026-01-01T00:00:00Z" },
    });
    const next = await send();
    expect((await headOf(next)).thread).not.toBe(old);
    expect(await ask({ references: [ours(id)] })).toEqual({ via: "references", ref: null, email: id });
    await env.ports.store.write({ delete: keys.emailHead(db.id, id) });
    const token = withToken(catchall, id, await keyOf(db));
    expect(await ask({ references: [ours(id)], recipients: [token] })).toBeUndefined();
  });

  it("R-IN-1 after 400 days nothing is attached any more", async () => {
    const id = await send();
    const token = withToken(catchall, id, await keyOf(db));
    env.advance(399 * 86_400_000);
    expect(await ask({ recipients: [token] })).toMatchObject({ email: id, ref: { message: null } });
    env.advance(2 * 86_400_000);
    expect(await ask({ recipients: [token], references: [ours(id)] })).toBeUndefined();
  });
});
