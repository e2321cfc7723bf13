import type { TestPorts } from "@posthouse/local/testing";
import { describe, expect, it } from "vitest";
import type { TestDatabase } from "../../../../test/support/database.ts";
import { Dead, dying } from "../../../../test/support/dying.ts";
import { beginFresh } from "../../../../test/support/fresh.ts";
import { follow, posting } from "../../../../test/support/thread.ts";
import { traces } from "../../../../test/support/traces.ts";
import * as Inbox from "../inbox/inbox.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { read } from "../thread/attachment.ts";
import { byId } from "../thread/find.ts";
import * as Follower from "../thread/follower.ts";
import { list } from "../thread/history.ts";
import { post } from "../thread/post.ts";
import type { ThreadRecord } from "../thread/record.ts";
import { tick } from "../tick/run.ts";
import * as User from "../user/change.ts";
import { erase } from "./erasure.ts";

const joe = "joe@example.net";
const stars = "*".repeat(joe.length);
let env: TestPorts;
let db: TestDatabase;
beginFresh("said", (fresh) => {
  ({ env, db } = fresh);
});

const forget = async (ports: Ports = env.ports) => erase(ports, await db.version(), { address: "Joe@Example.net" });
/** Emails that told others of it are theirs, and kept as any mail to others is. */
const left = async () => (await traces(env, db.id, joe)).filter((name) => !/^MAIL#|\/bat_/.test(name));
const say = async (thread: ThreadRecord, changes: Parameters<typeof posting>[0]) => {
  env.advance(1);
  return post(env.ports, await db.version(), thread, posting(changes));
};
const said = async (thread: ThreadRecord) => (await list(env.ports, await db.version(), thread, { limit: 10 })).data;
const byJoe = { author: { name: "Joe Smith", address: joe } };
const file = { filename: `${joe} says.txt`, content: Buffer.from("hello").toString("base64") };

/** Two threads that Joe has to do with, in all ways there are. */
async function fill(): Promise<ThreadRecord[]> {
  await User.put(env.ports, db.id, joe, { name: "Joe", notify: "inbox" });
  await User.put(env.ports, db.id, "ann@b.example", { notify: "inbox" });
  const followers = ["mary@b.example", { address: joe, user: true }, { address: "ann@b.example", name: `Not ${joe}` }];
  const refs = ["1", "2"].map((record_id) => ({ model: "a.b", record_id }));
  const threads: ThreadRecord[] = [];
  for (const ref of refs) {
    const thread = await follow(env.ports, db, followers, ref);
    await say(thread, { ...byJoe, text: `Write to ${joe}.`, attachments: [file] });
    await say(thread, { text: "Nothing of him.", subject: `Re: ${joe}`, message_id: `<${joe}>` });
    await say(thread, { text: "Nothing at all." });
    threads.push(thread);
  }
  return threads;
}

describe("an erasure of somebody who wrote and followed", () => {
  it("R-NOT what they said stays and is nobody's; they follow nothing, and have no inbox", async () => {
    const threads = await fill();
    expect((await left()).length).toBeGreaterThan(10);
    const { removed, status } = await forget();
    expect([status, removed]).toMatchObject(["done", { followers: 2, messages: 4, users: 1, inbox: 4 }]);
    expect(await left()).toEqual([]);
    for (const thread of threads) {
      const [own, named, calm] = await said(thread);
      expect(own).toMatchObject({
        author: { name: null, address: "erased" },
        text: `Write to ${stars}.`,
        attachments: [{ n: 0, filename: `${stars} says.txt`, size: 5 }],
      });
      expect(named).toMatchObject({ author: { name: "Mary" }, subject: `Re: ${stars}`, text: "Nothing of him." });
      expect(calm).toMatchObject({ author: { name: "Mary" }, text: "Nothing at all." });
      const kept = await read(env.ports, await db.version(), thread, own?.id ?? "", "0");
      expect(kept).toMatchObject({ bytes: Buffer.from("hello") });
      const follow = await Follower.list(env.ports, db.id, thread.id);
      expect(follow.map(({ name }) => name)).toEqual([`Not ${stars}`, null]);
      expect((await byId(env.ports, db.id, thread.id))?.followers).toBe(2);
    }
    const others = await Inbox.list(env.ports, db.id, { user: "ann@b.example", limit: 10 });
    expect(others.data).toHaveLength(6);
  });

  it("R-NOT what they do after it was asked for is no business of it, nor of its sweep", async () => {
    const [thread] = await fill();
    if (!thread) throw new Error("no thread");
    await forget();
    env.advance(1_000);
    await follow(env.ports, db, [joe], thread);
    await User.put(env.ports, db.id, joe, {});
    await say(thread, { ...byJoe, text: "Again." });
    env.advance(3_600_000);
    await tick(env.ports);
    expect((await said(thread)).at(-1)).toMatchObject({ author: { address: joe }, text: "Again." });
    expect(await Follower.find(env.ports, db.id, thread.id, joe)).toBeDefined();
    expect(await User.get(env.ports, db.id, joe)).toBeDefined();
  });

  it("R-NOT is through in the end, wherever its process dies", async () => {
    const thread = await follow(env.ports, db, [{ address: joe, user: true, notify: "inbox" }, "mary@b.example"]);
    await say(thread, { text: `Hello ${joe}` });
    await say(thread, { ...byJoe, text: `I am ${joe}`, attachments: [file] });
    for (let calls = 2; calls < 60; calls += 3) {
      const dead = dying(env.ports, calls, calls % 2 === 0 ? "before" : "after");
      try {
        await forget(dead.ports);
      } catch (error) {
        expect(error).toBeInstanceOf(Dead);
      }
      if (dead.writes() <= calls) break;
    }
    for (let k = 0; k < 3; k++) {
      env.advance(3_600_000);
      await tick(env.ports);
    }
    expect(await left()).toEqual([]);
    expect((await byId(env.ports, db.id, thread.id))?.followers).toBe(1);
  });

  it("R-NOT goes through many threads in steps, one at a time", async () => {
    for (let n = 0; n < 130; n++) {
      const thread = await follow(env.ports, db, n % 10 === 0 ? [joe] : [], { model: "a.b", record_id: `${n}` });
      await env.ports.store.write({ update: keys.thread(db.id, thread.id), set: { name: n % 2 ? "x" : `of ${joe}` } });
    }
    expect(await forget()).toMatchObject({ status: "done", removed: { followers: 13 } });
    expect(await left()).toEqual([]);
  });
});
