import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { startSink } from "../../../../test/support/sink.ts";
import { accept } from "../email/accept.ts";
import { get } from "../email/read.ts";
import * as keys from "../keys.ts";
import { usage } from "../limit/usage.ts";
import * as OptOut from "../opt-out/record.ts";
import * as Server from "../server/server.ts";
import * as Suppression from "../suppression/suppression.ts";
import { tick } from "../tick/run.ts";

let env: TestPorts;
let named = 0;
beforeAll(async () => {
  env = await startTestPorts();
});
afterAll(() => env.close());

const a = "a@b.example";
const setUp = () => makeDatabase(env.ports, { name: `listed${named++}` });
const send = async (db: TestDatabase, changes = {}) => (await accept(env.ports, await db.version(), mail(changes))).id;
const view = (db: TestDatabase, id: string) => get(env.ports, db.id, id);
const suppress = (db: TestDatabase, address = a) =>
  Suppression.add(env.ports, db.id, { address, scope: "all", origin: "manual" });
const types = async (db: TestDatabase, id: string) => (await view(db, id)).events.map(({ type }) => type);

describe("who was listed after the mail was accepted", () => {
  it("R-KIND-3 a click acts at once: mass mail that was accepted seconds before it goes out no more", async () => {
    const db = await setUp();
    const [news, invoice] = [await send(db, { kind: "mass", to: [a] }), await send(db, { to: [a] })];
    await OptOut.put(env.ports, db.id, { address: a, origin: "one_click", email: news });
    env.advance(1_000);
    await deliver(env);
    expect([(await view(db, news)).status, (await view(db, invoice)).status]).toEqual(["suppressed", "sent"]);
    expect((await usage(env.ports, await db.version())).used).toBe(1);
  });

  it("R-FAIL-1 the timeline says that it was queued, and when it was left out", async () => {
    const db = await setUp();
    const id = await send(db, { to: [a] });
    await suppress(db);
    env.advance(61_000);
    await deliver(env);
    expect(await types(db, id)).toEqual(["queued", "suppressed"]);
    expect(await types(db, await send(db, { to: [a] }))).toEqual(["suppressed"]);
  });

  it("R-FAIL-1 the timeline of several begins with queued, though the last of them was left out at a later try", async () => {
    const db = await setUp();
    const sink = await startSink({
      onRcptTo: ({ address }, _session, callback) =>
        callback(address === a ? Object.assign(new Error("busy"), { responseCode: 450 }) : null),
    });
    const at = { host: "127.0.0.1", port: sink.port, encryption: "none", authentication: "none" } as const;
    await Server.create(env.ports, await db.version(), { name: "own", kind: "smtp", ...at });
    const id = await send(db, { to: ["x@b.example", a] });
    await deliver(env);
    await suppress(db);
    for (let n = 0; n < 5; n++) {
      env.advance(120_000);
      await tick(env.ports);
      await deliver(env);
    }
    await sink.close();
    const { recipients, events } = await view(db, id);
    expect(recipients.map(({ state }) => state)).toEqual(["sent", "suppressed"]);
    expect(events[0]?.type).toBe("queued");
  });
});

describe("a database whose mail goes to one address", () => {
  it("R-FAIL-5 sends that nothing where it is on the list, however new the mail is", async () => {
    const db = await setUp();
    const only = "test@b.example";
    await env.ports.store.write({
      update: keys.version(db.id),
      set: { delivery: "redirect", redirect_to: only },
    });
    const to = ["x@b.example", "y@b.example"];
    const before = await send(db, { to });
    await deliver(env);
    await suppress(db, only);
    const [one, several] = [await send(db, { to: to.slice(1) }), await send(db, { to })];
    await deliver(env);
    const statuses = await Promise.all([before, one, several].map(async (id) => (await view(db, id)).status));
    expect(statuses).toEqual(["sent", "suppressed", "suppressed"]);
  });
});
