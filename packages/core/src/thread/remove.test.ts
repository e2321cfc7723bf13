import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { Dead, dying } from "../../../../test/support/dying.ts";
import { leftovers } from "../../../../test/support/leftovers.ts";
import * as Database from "../database/remove.ts";
import type { Version } from "../database/version.ts";
import { type Id, make } from "../id.ts";
import { puts } from "../inbox/entry.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { tick } from "../tick/run.ts";
import * as User from "../user/change.ts";
import { ensure } from "./ensure.ts";
import { byId, byRecord } from "./find.ts";
import * as Follower from "./follower.ts";
import type { ThreadRecord } from "./record.ts";
import { remove } from "./remove.ts";
import { rename } from "./rename.ts";
import * as ReplyRef from "./reply-ref.ts";

let env: TestPorts;
let version: Version;
let ports: Ports;
beforeAll(async () => {
  env = await startTestPorts();
  ports = env.ports;
  version = await (await makeDatabase(ports, { name: "remove" })).version();
});
afterAll(() => env.close());

let n = 0;

/** A thread with followers, and messages with all that belongs to them. */
async function fill(of: Version = version, messages = 3): Promise<ThreadRecord> {
  const record_id = make("received", ports);
  const made = await ensure(ports, of, { model: "helpdesk.ticket", record_id, is_new: true });
  const thread = await rename(ports, of, made, `ticket ${++n}`);
  for (const name of ["a", "b"]) await Follower.put(ports, of.id, thread.id, { address: `${name}@b.example` });
  for (let k = 0; k < messages; k++) await message(of, thread);
  return thread;
}

async function message({ id: db }: Version, { id: thread }: ThreadRecord): Promise<Id<"message">> {
  const id = make("message", ports);
  const objects = { blob: `keep-400d/${db}/${id}.text`, files_blob: `keep-400d/${db}/${id}.files` };
  const message_id = `<${id}@customer.example>`;
  const ref = { thread, message: id, internal: false };
  const told = { user: "a@b.example", thread, message: id, created_at: new Date(ports.clock.now()).toISOString() };
  for (const key of Object.values(objects)) await ports.blobs.put(key, Buffer.from("x"));
  await ports.store.transact([
    { put: { ...keys.message(db, thread, id), id, message_id, ...objects, files: [] } },
    { put: { ...keys.messageId(db, message_id, id) } },
    { put: { ...keys.audience(db, thread, id) } },
    ReplyRef.put(db, id, ref, ports.clock.now()),
    ...puts(db, told, ports.clock.now()),
  ]);
  return id;
}

/** What of a thread is left: the inbox shows nothing of one that is gone, and expires. */
const left = async ({ id }: ThreadRecord) => (await leftovers(env, id)).filter((name) => !name.startsWith("INBOX"));

describe("a thread that is deleted", () => {
  it("R-NOT goes with all that is its own, and its record may have another", async () => {
    const [thread, stays] = [await fill(), await fill()];
    const before = await left(stays);
    expect(before.length).toBeGreaterThan(5);
    expect(await remove(ports, version, thread)).toBe(thread.id);
    expect(await left(thread)).toEqual([]);
    expect(await left(stays)).toEqual(before);
    expect(await byId(ports, version.id, thread.id)).toBeUndefined();
    for (const record_id of [thread.record_id, thread.former_record_id ?? ""])
      expect(await byRecord(ports, version.id, { ...thread, record_id })).toBeUndefined();
    await expect(remove(ports, version, thread)).rejects.toMatchObject({ name: "not_found" });
    const late = Follower.put(ports, version.id, thread.id, { address: "c@b.example" });
    await expect(late).rejects.toMatchObject({ name: "not_found" });
    const again = await ensure(ports, version, { model: thread.model, record_id: thread.record_id });
    expect(again.id).not.toBe(thread.id);
    expect(await left(thread)).toEqual([]);
  });

  it("R-NOT is no other database's to delete", async () => {
    const thread = await fill();
    const other = await (await makeDatabase(ports, { name: "stranger" })).version();
    await expect(remove(ports, other, thread)).rejects.toMatchObject({ name: "not_found" });
    expect(await byId(ports, version.id, thread.id)).toEqual({ ...thread, followers: 2 });
  });

  it("R-NOT is gone at once, and whole in the end, wherever its process dies", async () => {
    for (let calls = 0, done = false; !done; calls++)
      for (const moment of ["before", "after"] as const) {
        const thread = await fill(version, 1);
        const dead = dying(ports, calls, moment);
        try {
          await remove(dead.ports, version, thread);
          done = dead.writes() <= calls;
        } catch (error) {
          expect(error).toBeInstanceOf(Dead);
        }
        const there = await byRecord(ports, version.id, thread);
        expect(there !== undefined).toBe(calls === 0 && moment === "before");
        if (there) await remove(ports, version, thread);
        env.advance(2 * 3_600_000);
        await tick(ports);
        expect(await left(thread), `${calls} ${moment}`).toEqual([]);
      }
  });

  it("R-NOT goes with its database, one whose deletion was cut short too", async () => {
    const database: TestDatabase = await makeDatabase(ports, { name: "whole" });
    const own = await database.version();
    await fill(own);
    const cut = await fill(own);
    await User.put(ports, own.id, "ann@b.example", {});
    await remove(dying(ports, 3, "before").ports, own, cut);
    expect(await left(cut)).not.toEqual([]);
    await Database.remove(ports, "whole", { time_ms: 60_000 });
    env.advance(2 * 3_600_000);
    await tick(ports);
    const rest = (await leftovers(env, own.id)).filter((name) => !name.startsWith("NAME#"));
    expect(rest).toEqual([]);
  });
});
