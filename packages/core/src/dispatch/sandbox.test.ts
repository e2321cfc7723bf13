import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { account } from "../doctor/account.ts";
import { look } from "../doctor/look.ts";
import { waiting } from "../doctor/waiting.ts";
import { accept } from "../email/accept.ts";
import * as Body from "../email/body.ts";
import { fromItem, type Head } from "../email/head.ts";
import { get } from "../email/read.ts";
import * as keys from "../keys.ts";
import { usage } from "../limit/usage.ts";
import { tick } from "../tick/run.ts";
import { endInSandbox } from "./sandbox.ts";

let env: TestPorts;
let db: TestDatabase;
beforeAll(async () => {
  // The day of the limit does not end meanwhile
  env = await startTestPorts({ start: Date.parse("2027-01-04T01:00:00Z") });
  db = await makeDatabase(env.ports, { daily_limit: 1_000 });
});
afterEach(() => env.ses.control.set({ sandbox: false }));
afterAll(() => env.close());

const hour = 3_600_000;
const soon = () => new Date(env.ports.clock.now() + hour / 2).toISOString();
const view = (id: string) => get(env.ports, db.id, id);
const later = async (ms: number) => {
  env.advance(ms);
  await tick(env.ports);
  await deliver(env);
};
const send = async (to: string, expires_in?: number) => {
  const request = mail({ to: [to], ...(expires_in !== undefined && { expires_in }) });
  const { id } = await accept(env.ports, await db.version(), request);
  await deliver(env);
  return id;
};
const entries = async (id: string, type: string) => (await view(id)).events.filter((event) => event.type === type);

describe("R-FAIL-6 in the sandbox of SES", () => {
  it("R-FAIL-6 mail to an unverified recipient waits with the reason, is tried hourly, and goes out after it", async () => {
    env.ses.control.set({ sandbox: true });
    const id = await send("customer@example.net");
    expect(await view(id)).toMatchObject({
      status: "deferred",
      attention: false,
      recipients: [{ failure_type: "provider", reply: expect.stringMatching(/^SES sandbox: .*docs\/doctor\.md$/) }],
    });
    // In the index with a second mail of the same kind, and with one that is put off for something else
    await send("another@example.net", 2 * 3_600);
    await accept(env.ports, await db.version(), mail({ scheduled_at: soon() }));
    expect(await waiting(env.ports)).toEqual({ count: 2, more: false });
    const found = await account(look(env.ports, await env.ports.inspector.place()));
    expect(found.found).toMatch(/^in the sandbox; .* waits: 2 emails$/);
    await later(hour - 60_000);
    expect(await entries(id, "deferred")).toHaveLength(1);
    await later(70_000);
    expect(await entries(id, "deferred")).toHaveLength(2);
    env.ses.control.set({ sandbox: false });
    await later(hour + 10_000);
    expect((await view(id)).status).toBe("sent");
    expect(await waiting(env.ports)).toEqual({ count: 0, more: false });
  });

  it("R-FAIL-6 what has set no time of its own outlasts the sandbox, however long AWS thinks, and goes out once", async () => {
    env.ses.control.set({ sandbox: true });
    const mass = mail({ to: ["list@example.net"], kind: "mass" });
    const ids = [await send("first@example.net"), (await accept(env.ports, await db.version(), mass)).id];
    await deliver(env);
    const before = Date.parse((await view(ids[0] ?? "")).expires_at ?? "");
    // It is tried hourly; what comes late is no time of its own either
    for (let n = 0; n < 9; n++) await later(9 * hour);
    for (const id of ids) expect(await view(id)).toMatchObject({ status: "deferred", attention: false });
    const [first = ""] = ids;
    expect(Date.parse((await view(first)).expires_at ?? "") - before).toBeGreaterThan(79 * hour);
    const sent = env.ses.mailbox.list().length;
    env.ses.control.set({ sandbox: false });
    await later(hour + 10_000);
    await later(hour);
    expect((await Promise.all(ids.map(view))).map(({ status }) => status)).toEqual(["sent", "sent"]);
    expect(env.ses.mailbox.list()).toHaveLength(sent + 2);
  });

  it.each([20, 26])("R-FAIL-6 what nobody came to for %d hours still waits, and is tried then", async (hours) => {
    env.ses.control.set({ sandbox: true });
    const id = await send(`unseen${hours}@example.net`);
    await later(hours * hour);
    await later(70_000);
    expect(await entries(id, "deferred")).toHaveLength(2);
    expect((await view(id)).status).toBe("deferred");
    env.ses.control.set({ sandbox: false });
    await later(hour + 10_000);
    expect((await view(id)).status).toBe("sent");
  });

  it("R-FAIL-6 what an earlier release accepted with a time of its own keeps it, though its body does not say so", async () => {
    const id = await send("body@example.net");
    const item = await env.ports.store.get(keys.emailHead(db.id, id));
    const head = item && fromItem(item);
    const body = head && (await Body.read(env.ports, head));
    if (!body) throw new Error("no body");
    const now = Date.parse(head.created_at);
    const ends = (seconds: number, change: Partial<Head> = {}) =>
      endInSandbox({ ...head, give_up_at: new Date(now + seconds * 1_000).toISOString(), ...change }, body, now);
    expect(ends(2 * 3_600)).toBeUndefined();
    expect(ends(24 * 3_600)).toBe(now + 25 * hour);
    expect(ends(24 * 3_600, { kind: "mass" })).toBeUndefined();
    // Scheduled for a day later: its time counts from then
    expect(ends(48 * 3_600, { life: 24 * 3_600 })).toBe(now + 49 * hour);
    expect(ends(26 * 3_600, { life: 2 * 3_600 })).toBeUndefined();
  });

  it("R-FAIL-6 what has set its time waits no longer than that, and is given back then", async () => {
    env.ses.control.set({ sandbox: true });
    const { used } = await usage(env.ports, await db.version());
    const id = await send("late@example.net", 3 * 3_600);
    for (let n = 0; n < 4; n++) await later(hour);
    expect(await view(id)).toMatchObject({
      status: "failed",
      attention: true,
      recipients: [{ failure_type: "provider" }],
    });
    expect((await entries(id, "failed"))[0]?.reply).toMatch(/^SES sandbox: /);
    expect((await usage(env.ports, await db.version())).used).toBe(used);
  });

  it("R-FAIL-6 mail to the simulator and to the verified goes out, and what the sender lacks keeps its delays", async () => {
    env.ses.control.set({ sandbox: true });
    env.ses.control.verify("friend@example.net");
    const [friend, success] = [await send("friend@example.net"), await send("success@simulator.amazonses.com")];
    expect([(await view(friend)).status, (await view(success)).status]).toEqual(["sent", "sent"]);
    env.ses.control.verify("posthouse.test", "FAILED");
    const id = await send("friend@example.net");
    env.ses.control.verify("posthouse.test");
    expect((await view(id)).recipients[0]?.reply).toContain("not verified");
    expect((await waiting(env.ports)).count).toBe(0);
    await later(70_000);
    expect((await view(id)).status).toBe("sent");
  });

  it("is counted as far as is looked, and whatever the table does the sandbox is told", async () => {
    env.ses.control.set({ sandbox: true });
    await send("one@example.net", 2 * 3_600);
    const { store, inspector } = env.ports;
    const query: typeof store.query = async (asked) => {
      expect(asked.limit).toBe(50);
      return { ...(await store.query(asked)), cursor: "there is more" };
    };
    const found = async (change: Partial<typeof store>) => {
      const ports = { ...env.ports, store: { ...store, ...change } };
      return (await account(look(ports, await inspector.place()))).found;
    };
    expect(await found({ query })).toMatch(/waits: [1-9] or more emails$/);
    const broken = () => Promise.reject(new Error("no answer"));
    expect(await found({ query: broken })).toMatch(/^in the sandbox; .* waits: it could not be counted$/);
  });
});
