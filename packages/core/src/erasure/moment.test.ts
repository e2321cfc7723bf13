import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { makeHolding } from "../../../../test/support/held.ts";
import { dump } from "../../../../test/support/leftovers.ts";
import { traces } from "../../../../test/support/traces.ts";
import { acceptAll } from "../batch/accept.ts";
import * as Dispatch from "../dispatch/batch.ts";
import { accept } from "../email/accept.ts";
import { get } from "../email/read.ts";
import * as keys from "../keys.ts";
import { usage } from "../limit/usage.ts";
import type { Ports } from "../ports/main.ts";
import { put as suppress } from "../suppression/add.ts";
import { tick } from "../tick/run.ts";
import { erase, get as getErasure } from "./erasure.ts";

const [joe, ann] = ["joe@example.net", "ann@example.net"];
let env: TestPorts;
let db: TestDatabase;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts();
});
beforeEach(async () => {
  db = await makeDatabase(env.ports, { name: `moment${made++}`, daily_limit: 10_000 });
});
afterAll(() => env.close());

const send = async (to: string[], of: TestDatabase = db) =>
  (await accept(env.ports, await of.version(), mail({ to }))).id;
const forget = async () => erase(env.ports, await db.version(), { address: joe });
const left = () => traces(env, db.id, joe);
const show = (id: string) => get(env.ports, db.id, id);
const used = async () => (await usage(env.ports, await db.version())).used;
const copies = () =>
  env.ses.mailbox
    .list()
    .filter(({ tenant }) => tenant === db.id)
    .flatMap(({ recipients }) => recipients)
    .toSorted();
/** Dispatches what waits, with ports of its own. */
const dispatch = async (ports: Ports) => Dispatch.run(ports, await env.jobs.take("dispatch"));
/** Goes on until nothing is due any more. */
const later = async () => {
  env.advance(61_000);
  await tick(env.ports);
  await deliver(env);
};
/** Ports whose first call of that kind does something else before it is answered. */
function before(what: "read" | "send", act: () => Promise<unknown>): Ports {
  const { store, ses } = env.ports;
  let acted = false;
  const once = async <T>(answer: Promise<T>): Promise<T> => {
    const found = await answer;
    if (!acted) {
      acted = true;
      await act();
    }
    return found;
  };
  if (what === "send") return { ...env.ports, ses: { ...ses, send: (message) => once(ses.send(message)) } };
  const isHead = (wanted: readonly { sk: string }[]) => wanted.some(({ sk }) => sk === "HEAD");
  const batchGet: typeof store.batchGet = (wanted, options) =>
    isHead(wanted) ? once(store.batchGet(wanted, options)) : store.batchGet(wanted, options);
  return { ...env.ports, store: { ...store, batchGet } };
}

describe("an erasure while mail is dispatched", () => {
  it.each([[[joe]], [[ann, joe]]])("G3 waits for what SES has just got, and takes it up then: %j", async (to) => {
    const id = await send(to);
    const asked: Awaited<ReturnType<typeof forget>>[] = [];
    await dispatch(before("send", async () => asked.push(await forget())));
    const [report] = asked;
    expect(report).toMatchObject({ status: "running", waiting: 1, removed: { heads: 0, recipients: 0, canceled: 0 } });
    expect(await show(id)).toMatchObject({ status: "sent", to });
    await later();
    const end = await getErasure(env.ports, db.id, report?.id ?? "");
    expect(end).toMatchObject({
      status: "done",
      waiting: 0,
      removed: { heads: 2 - to.length, recipients: to.length - 1 },
    });
    expect([await left(), copies(), await used()]).toEqual([[], [...to].toSorted(), to.length]);
  });

  it.each([[[joe]], [[ann, joe]]])("G2 what was read and not yet claimed is not sent to them: %j", async (to) => {
    const others = to.filter((address) => address !== joe);
    const id = await send(to);
    const asked: Awaited<ReturnType<typeof forget>>[] = [];
    await dispatch(before("read", async () => asked.push(await forget())));
    expect(asked[0]).toMatchObject({ status: "done", removed: { canceled: 1 } });
    for (let n = 0; n < 3; n++) await later();
    expect([copies(), await used(), await left()]).toEqual([others, others.length, []]);
    const states = (await show(id)).recipients.map(({ state }) => state);
    expect(states).toEqual(others.length > 0 ? ["sent", "canceled"] : ["canceled"]);
  });

  it("a body that is written back by whoever had read it before is found by the sweep, with a blank head too", async () => {
    const ids = [await send([joe]), await send([ann, joe])];
    const bodies = ids.map((id) => keys.emailBody(db.id, id));
    const was = await env.ports.store.batchGet(bodies, { consistent: true });
    await forget();
    expect(await left()).toEqual([]);
    for (const put of was) await env.ports.store.write({ put });
    expect(await left()).toHaveLength(2);
    for (let n = 0; n < 2; n++) await later();
    expect([await left(), copies()]).toEqual([[], [ann]]);
    expect(await show(ids[1] ?? "")).toMatchObject({ to: [ann], text: "Hello there." });
  });

  it("R-LIM-4 held mail to several keeps its place for the others, alone it leaves the line to who is behind", async () => {
    const holding = await makeHolding(env, 2);
    const sendHeld = (to: string[]) => holding.send({ to, subject: to.join() });
    const full = await holding.send({ to: ["first@example.net", "second@example.net"], subject: "first" });
    const held = [await sendHeld([joe]), await sendHeld([joe, ann]), await sendHeld(["last@example.net"])];
    expect(await holding.held()).toEqual(held.toReversed());
    const report = await erase(env.ports, await holding.version(), { address: joe });
    expect(report).toMatchObject({ status: "done", removed: { canceled: 2, heads: 1, recipients: 1 } });
    expect(await holding.held()).toEqual(held.slice(1).toReversed());
    await deliver(env);
    for (let day = 0; day < 2; day++) {
      env.advance(86_400_000);
      for (let n = 0; n < 3; n++) await later();
    }
    expect(holding.sent()).toHaveLength(3);
    expect((await get(env.ports, holding.id, full)).status).toBe("sent");
    expect((await get(env.ports, holding.id, held[1] ?? "")).recipients.map(({ state }) => state)).toEqual([
      "canceled",
      "sent",
    ]);
    expect(await traces(env, holding.id, joe)).toEqual([]);
  });

  it("scheduled mail to several goes out at its time to the others", async () => {
    const scheduled = mail({ to: [joe, ann], scheduled_at: "in 1 hour" });
    const { id } = await accept(env.ports, await db.version(), scheduled);
    expect(await forget()).toMatchObject({ removed: { canceled: 1, recipients: 1 } });
    expect(await show(id)).toMatchObject({ to: [ann], scheduled_at: expect.any(String) });
    env.advance(3_700_000);
    for (let n = 0; n < 2; n++) await later();
    expect([copies(), await used()]).toEqual([[ann], 1]);
  });

  it("the same address asked for by many at once is erased once, and all of them end", async () => {
    for (let n = 0; n < 4; n++) await send([joe]);
    await send([ann, joe]);
    const reports = await Promise.all([forget(), forget(), forget()]);
    await Promise.all([deliver(env), tick(env.ports)]);
    for (let n = 0; n < 3; n++) await later();
    const ends = await Promise.all(reports.map(({ id }) => getErasure(env.ports, db.id, id)));
    expect(ends.map(({ status }) => status)).toEqual(["done", "done", "done"]);
    expect([await left(), copies(), await used()]).toEqual([[], [ann], 1]);
  });
});

describe("G5 another database with the same address", () => {
  it("stays as it was to the last item and object, and its mail goes out", async () => {
    const other = await makeDatabase(env.ports, { name: `other${made}`, daily_limit: 10_000 });
    const ids = await Promise.all([send([joe], other), send([joe, ann], other)]);
    const entries = [mail({ to: [joe] }), mail({ to: [ann] })];
    await acceptAll(env.ports, await other.version(), entries, false, { key: "k", hash: "h" });
    await env.ports.store.write(suppress(other.id, { address: joe, scope: "mass", origin: "manual" }, 0));
    await env.ports.store.write({ put: { ...keys.sender(other.id, joe), template_at: 0 } });
    const whole = async () => ({
      items: (await dump(env)).filter((item) => JSON.stringify(item).includes(other.id)),
      traces: await traces(env, other.id, joe),
    });
    const was = await whole();
    await acceptAll(env.ports, await db.version(), entries, false, { key: "k", hash: "h" });
    await send([joe, ann]);
    const version = await db.version();
    await erase(env.ports, version, { address: joe, suppressions: true });
    expect(await whole()).toEqual(was);
    expect(await left()).toEqual([]);
    await deliver(env);
    for (const id of ids) expect((await get(env.ports, other.id, id)).status).toBe("sent");
  });
});
