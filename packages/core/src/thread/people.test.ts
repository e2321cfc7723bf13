import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, makeDatabase } from "../../../../test/support/database.ts";
import { dump } from "../../../../test/support/leftovers.ts";
import { follow, posting } from "../../../../test/support/thread.ts";
import { patch as patchDatabase } from "../database/patch.ts";
import { create } from "../erasure/needle.ts";
import * as keys from "../keys.ts";
import * as Suppression from "../suppression/suppression.ts";
import { tick } from "../tick/run.ts";
import * as Audience from "./audience.ts";
import * as Packed from "./packed.ts";
import * as People from "./people.ts";
import { post } from "./post.ts";

let env: TestPorts;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts();
});
afterAll(() => env.close());

async function setUp() {
  const name = `people${made++}`;
  const db = await makeDatabase(env.ports, { name });
  const user = { address: "gone-user@example.net", user: true, notify: "inbox" as const };
  const thread = await follow(env.ports, db, ["gone@example.net", "joe@example.net", user]);
  const tell = async () => {
    const { message } = await post(env.ports, await db.version(), thread, posting({ holds: true }));
    const item = await env.ports.store.get(keys.audience(db.id, thread.id, message.id), { consistent: true });
    if (!item) throw new Error("nobody is to be told");
    return item;
  };
  return { db, name, tell };
}

describe("an erased address", () => {
  it("is told no more of a message that waits; the others are, each once", async () => {
    const { db, name, tell } = await setUp();
    await patchDatabase(env.ports, name, { status: "paused" });
    const item = await tell();
    expect(await People.erase(env.ports, item, create("gone@example.net"))).toBe(true);
    expect(await People.erase(env.ports, item, create("gone@example.net"))).toBe(false);
    await patchDatabase(env.ports, name, { status: "active" });
    env.advance(60_000);
    await tick(env.ports);
    await deliver(env);
    const sent = env.ses.mailbox.list().filter(({ tenant }) => tenant === db.id);
    expect(sent.flatMap(({ recipients }) => recipients)).toEqual(["joe@example.net"]);
    const record = await Audience.find(env.ports, Audience.fromItem(item));
    expect(Audience.toldOf(record)).toMatchObject({ emails: 1, inbox: 1, not_sent_count: 0, pending: 0 });
  });

  it("R-NOT is not left in an object that would fit its item without it", async () => {
    const { db, name, tell } = await setUp();
    await patchDatabase(env.ports, name, { status: "paused" });
    const record = Audience.fromItem(await tell());
    const email = ["gone@example.net", "joe@example.net"].map((address) => ({ address, name: null }));
    const packed = await People.pack(record, { inbox: [], email }, 0);
    await Packed.write(env.ports, packed);
    await env.ports.store.write(People.put(record, packed));
    const item = await env.ports.store.get(Audience.keyOf(record), { consistent: true });
    if (!item) throw new Error("nobody is to be told");
    expect(await People.erase(env.ports, item, create("gone@example.net"))).toBe(true);
    expect(await People.read(env.ports, record)).toMatchObject({
      blob: packed.blob,
      whom: { email: [{ address: "" }, email[1]] },
    });
    expect(await env.ports.blobs.list(`keep-40d/${db.id}/`)).toEqual([packed.blob]);
  });

  it("is not named among those who were not told", async () => {
    const { db, tell } = await setUp();
    await Suppression.add(env.ports, db.id, { address: "gone@example.net", scope: "all", origin: "manual" });
    const item = await tell();
    expect(await People.erase(env.ports, item, create("gone@example.net"))).toBe(true);
    const record = await Audience.find(env.ports, Audience.fromItem(item));
    expect(record?.not_sent).toEqual([{ address: "erased", reason: "suppressed" }]);
    const rows = (await dump(env)).filter((row) => String(row["pk"]).startsWith(`THR#${db.id}`));
    expect(rows.filter(({ sk }) => String(sk).startsWith(keys.audiencePrefix))).toHaveLength(1);
  });
});
