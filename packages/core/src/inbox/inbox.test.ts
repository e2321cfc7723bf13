import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeDatabase } from "../../../../test/support/database.ts";
import type { Version } from "../database/version.ts";
import { make } from "../id.ts";
import * as keys from "../keys.ts";
import { ensure } from "../thread/ensure.ts";
import type { MessageRecord, ThreadRecord } from "../thread/record.ts";
import { remove } from "../thread/remove.ts";
import { idOf, puts } from "./entry.ts";
import { type InboxQuery, list, read } from "./inbox.ts";

let env: TestPorts;
let version: Version;
let other: Version;
beforeAll(async () => {
  env = await startTestPorts();
  version = await (await makeDatabase(env.ports, { name: "inbox" })).version();
  other = await (await makeDatabase(env.ports, { name: "other" })).version();
});
afterAll(() => env.close());

const now = () => env.ports.clock.now();

/** A message on a thread, as far as the inbox shows it. */
async function message(thread: ThreadRecord, excerpt: string): Promise<MessageRecord> {
  env.advance(1);
  const id = make("message", env.ports);
  const author = { name: "Mary", address: "mary@customer.example.com" };
  const shown = {
    thread: thread.id,
    author,
    author_verified: true,
    subject: "Hi",
    subtype: "comment",
    excerpt,
    files: [],
    received: null,
  };
  const created_at = new Date(now()).toISOString();
  const record = {
    id,
    ...shown,
    message_id: `<${id}@x>`,
    created_at,
    expires_at: Math.floor(now() / 1000) + 86_400 * 400,
  };
  await env.ports.store.write({ put: { ...keys.message(version.id, thread.id, id), ...record } });
  return record;
}
const tell = (user: string, { thread, id, created_at }: MessageRecord) =>
  env.ports.store.transact(puts(version.id, { user, thread, message: id, created_at }, now()));
const texts = async (query: Partial<InboxQuery> & Pick<InboxQuery, "user">) =>
  (await list(env.ports, version.id, { limit: 10, ...query })).data.map(({ message }) => message.excerpt);

describe("a user's inbox", () => {
  it("R-NOT-1 has what they are told, newest first, in pages either way", async () => {
    const thread = await ensure(env.ports, version, { model: "a.b", record_id: "1", name: "Ticket 1" });
    for (const text of ["one", "two", "three"]) await tell("ann@b.example", await message(thread, text));
    const { data, has_more, cursor } = await list(env.ports, version.id, { user: "Ann@b.example", limit: 2 });
    expect([data.map((entry) => entry.message.excerpt), has_more]).toEqual([["three", "two"], true]);
    expect(data[0]).toMatchObject({
      user: "ann@b.example",
      read_at: null,
      thread: { model: "a.b", record_id: "1", name: "Ticket 1" },
      message: { author: { name: "Mary" }, subject: "Hi", subtype: "comment" },
    });
    expect(await texts({ user: "ann@b.example", after: cursor ?? "" })).toEqual(["one"]);
    expect(await texts({ user: "ann@b.example", before: cursor ?? "" })).toEqual(["three"]);
    expect(await texts({ user: "tom@b.example" })).toEqual([]);
    await expect(texts({ user: "ann@b.example", after: "em_x" })).rejects.toMatchObject({ name: "invalid_parameter" });
  });

  it("R-NOT-1 tells of a message once, and what was read stays read when it is told again", async () => {
    const thread = await ensure(env.ports, version, { model: "a.b", record_id: "2" });
    const [first, second] = [await message(thread, "first"), await message(thread, "second")];
    for (const each of [first, second, first]) await tell("joe@b.example", each);
    const id = idOf(first.id, "joe@b.example");
    const done = await read(env.ports, version.id, id);
    expect(done).toMatchObject({ id, read_at: expect.any(String) });
    env.advance(60_000);
    await tell("joe@b.example", first);
    expect(await read(env.ports, version.id, id)).toEqual(done);
    expect(await texts({ user: "joe@b.example" })).toEqual(["second", "first"]);
    expect(await texts({ user: "joe@b.example", unread: true })).toEqual(["second"]);
    expect(await texts({ user: "joe@b.example", unread: true, limit: 1 })).toEqual(["second"]);
  });

  it("R-NOT-1 is nobody else's, and no other database's", async () => {
    const thread = await ensure(env.ports, version, { model: "a.b", record_id: "3" });
    const one = await message(thread, "secret");
    await tell("eve@b.example", one);
    const id = idOf(one.id, "eve@b.example");
    expect((await list(env.ports, other.id, { user: "eve@b.example", limit: 10 })).data).toEqual([]);
    for (const named of [id, "inb_x", one.id])
      await expect(read(env.ports, other.id, named)).rejects.toMatchObject({ name: "not_found" });
    expect(await texts({ user: "eve@b.example", unread: true })).toEqual(["secret"]);
  });

  it("R-NOT-1 has nothing of a thread that was deleted, or that is over 400 days old", async () => {
    const thread = await ensure(env.ports, version, { model: "a.b", record_id: "4" });
    const kept = await ensure(env.ports, version, { model: "a.b", record_id: "5" });
    const [gone, stays] = [await message(thread, "gone"), await message(kept, "stays")];
    for (const each of [gone, stays]) await tell("zoe@b.example", each);
    await remove(env.ports, version, thread);
    expect(await texts({ user: "zoe@b.example" })).toEqual(["stays"]);
    const id = idOf(gone.id, "zoe@b.example");
    await expect(read(env.ports, version.id, id)).rejects.toMatchObject({ name: "not_found" });
    env.advance(401 * 86_400_000);
    expect(await texts({ user: "zoe@b.example" })).toEqual([]);
    const old = read(env.ports, version.id, idOf(stays.id, "zoe@b.example"));
    await expect(old).rejects.toMatchObject({ name: "not_found" });
  });
});
