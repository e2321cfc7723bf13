import type { TestPorts } from "@posthouse/local/testing";
import { describe, expect, it } from "vitest";
import { mail, type TestDatabase } from "../../../../test/support/database.ts";
import { beginFresh } from "../../../../test/support/fresh.ts";
import { acceptAll } from "../batch/accept.ts";
import { patch as patchDatabase } from "../database/patch.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { byRecord } from "../thread/find.ts";
import { remove } from "../thread/remove.ts";
import * as ReplyRef from "../thread/reply-ref.ts";
import { accept } from "./accept.ts";
import { preview } from "./preview.ts";
import { get } from "./read.ts";

let env: TestPorts;
let db: TestDatabase;
let name: string;
beginFresh("opening", (fresh) => {
  ({ env, db, name } = fresh);
});

const ref = (record_id: string) => ({ model: "crm.lead", record_id });
const on = (record_id: string, to = "a@b.example") => mail({ to: [to], thread: ref(record_id) });
const threadOf = async (record_id: string) => byRecord(env.ports, db.id, ref(record_id));
const leadsTo = async (id: string) => {
  const item = await env.ports.store.get(keys.replyTo(db.id, id), { consistent: true });
  return ReplyRef.fromItem(item, env.ports.clock.now())?.thread;
};

describe("R-IN-1 the thread of a mail", () => {
  it("R-IN-1 is not made by mail that is refused, alone, in a batch, or to each of several", async () => {
    await patchDatabase(env.ports, name, { daily_limit: 1 });
    const version = await db.version();
    const full = { name: "daily_quota_exceeded" };
    const each = mail({ kind: "mass", to: ["a@b.example", "b@b.example"], thread: ref("each") });
    await expect(accept(env.ports, version, each)).rejects.toMatchObject(full);
    await expect(acceptAll(env.ports, version, [on("1"), on("2")], false)).rejects.toMatchObject(full);
    const { accepted, refusals } = await acceptAll(env.ports, version, [on("3"), on("4")], true);
    expect([accepted.length, refusals.length]).toEqual([1, 1]);
    await expect(accept(env.ports, version, on("5"))).rejects.toMatchObject(full);
    const made = await Promise.all(["each", "1", "2", "3", "4", "5"].map(threadOf));
    expect(made.map((thread) => thread !== undefined)).toEqual([false, false, false, true, false, false]);
  });

  it("R-IN-1 is one, whoever makes it at once, and all lead back to it", async () => {
    const version = await db.version();
    const batch = [on("7", "b@b.example"), on("7", "c@b.example"), on("8")];
    const singles = Array.from({ length: 6 }, () => accept(env.ports, version, on("7")));
    const batches = Array.from({ length: 2 }, () => acceptAll(env.ports, version, batch, false));
    const one = (await Promise.all(singles)).map(({ id }) => id);
    const many = (await Promise.all(batches)).map(({ accepted }) => accepted.map(({ id }) => id));
    const [seven, eight] = [await threadOf("7"), await threadOf("8")];
    const ofSeven = [...one, ...many.flatMap((ids) => ids.slice(0, 2))];
    expect(new Set(await Promise.all(ofSeven.map(leadsTo)))).toEqual(new Set([seven?.id]));
    expect(await Promise.all(many.map((ids) => leadsTo(ids[2] ?? "")))).toEqual([eight?.id, eight?.id]);
    for (const id of ofSeven) expect((await get(env.ports, db.id, id)).thread).toEqual(ref("7"));
  });

  it("R-IN-1 is looked up once for all mails of a request", async () => {
    await accept(env.ports, await db.version(), on("7"));
    const { store } = env.ports;
    let looked = 0;
    const read: typeof store.get = (key, options) => {
      if (key.pk.startsWith("THR")) looked++;
      return store.get(key, options);
    };
    const ports: Ports = { ...env.ports, store: { ...store, get: read } };
    const batch = Array.from({ length: 20 }, (_, n) => on("7", `a${n}@b.example`));
    await acceptAll(ports, await db.version(), batch, false);
    // Its name, and itself
    expect(looked).toBe(2);
  });

  it("R-IN-1 is shown with the mail as long as there is one, and in a preview", async () => {
    const version = await db.version();
    expect((await preview(env.ports, version, on("7"))).thread).toEqual(ref("7"));
    expect((await preview(env.ports, version, mail())).thread).toBeNull();
    const { id } = await accept(env.ports, version, on("7"));
    const { id: plain } = await accept(env.ports, version, mail());
    const shown = async (email: string) => (await get(env.ports, db.id, email)).thread;
    expect([await shown(id), await shown(plain)]).toEqual([ref("7"), null]);
    await remove(env.ports, version, ref("7"));
    expect(await shown(id)).toBeNull();
  });
});
