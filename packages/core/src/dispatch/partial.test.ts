import { startScript } from "@posthouse/aws/smtp/testing";
import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { accept } from "../email/accept.ts";
import { get } from "../email/read.ts";
import * as keys from "../keys.ts";
import { usage } from "../limit/usage.ts";
import type { Ports } from "../ports/main.ts";
import { tick } from "../tick/run.ts";

/** A server that answers recipients differently (RFC 5321 §3.3): over the operator's relay, so that each is counted. */

let env: TestPorts;
let db: TestDatabase;
let script: Record<string, { reply: string } | "close">;
let relay: Awaited<ReturnType<typeof startScript>>;
let ports: Ports;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts();
});
beforeEach(async () => {
  script = {};
  // read at each step, so that a test may change it between two tries
  relay = await startScript(
    new Proxy({}, { get: (_, point) => script[String(point)], has: (_, point) => point in script }),
  );
  const operator = {
    ...env.ports.operator,
    platform: "smtp",
    platform_smtp_url: `smtp://127.0.0.1:${relay.port}`,
  } as const;
  ports = { ...env.ports, operator };
  db = await makeDatabase(ports, { name: `partial${made++}`, daily_limit: 100 });
});
afterEach(() => relay.close());
afterAll(() => env.close());

const used = async () => (await usage(ports, await db.version())).used;
const view = async (id: string) => get(ports, db.id, id);
const send = async (...to: string[]) => {
  const { id } = await accept(ports, await db.version(), mail({ to }));
  await deliver({ ...env, ports });
  return id;
};
const later = async (seconds: number) => {
  env.advance(seconds * 1000);
  await tick(ports);
  await deliver({ ...env, ports });
};
const recipients = async (id: string) =>
  (await view(id)).recipients.map(({ state, failure_type, reply }) => [state, failure_type, reply]);
const refuse = (name: string, reply: string) => {
  script[`RCPT ${name}@a.test`] = { reply };
};

describe("R-FAIL-1 recipients that are answered differently", () => {
  it("R-FAIL-1 each refused for good keeps the words it got, and is given back", async () => {
    refuse("gone", "550 5.1.1 no such user");
    refuse("full", "552 5.2.2 over quota");
    const id = await send("gone@a.test", "full@a.test");
    expect(await recipients(id)).toEqual([
      ["failed", "smtp_permanent", "550 5.1.1 no such user"],
      ["failed", "smtp_permanent", "552 5.2.2 over quota"],
    ]);
    expect(await view(id)).toMatchObject({ status: "failed", attention: true });
    expect(await used()).toBe(0);
  });

  it("R-FAIL-6 one is taken, one refused, one waits: the timeline says who waits, and only that one is tried again", async () => {
    refuse("gone", "550 5.1.1 no such user");
    refuse("grey", "451 4.7.1 greylisted");
    const id = await send("ok@a.test", "gone@a.test", "grey@a.test");
    expect((await recipients(id)).map(([state]) => state)).toEqual(["sent", "failed", "deferred"]);
    const { events } = await view(id);
    expect(events.find(({ type }) => type === "deferred")).toMatchObject({
      recipients: ["grey@a.test"],
      reply: "451 4.7.1 greylisted",
      failure_type: "smtp_temporary",
    });
    expect(await used()).toBe(2);
    script = {};
    await later(61);
    expect((await recipients(id)).map(([state]) => state)).toEqual(["sent", "failed", "sent"]);
    expect(relay.lines.filter((line) => line.startsWith("RCPT"))).toEqual(
      ["ok", "gone", "grey", "grey"].map((name) => `RCPT TO:<${name}@a.test>`),
    );
    expect(await used()).toBe(2);
  });

  it("R-FAIL-2 what an earlier try failed by is not said of a mail that was sent", async () => {
    refuse("a", "451 4.7.1 greylisted");
    refuse("b", "451 4.7.1 greylisted");
    const id = await send("a@a.test", "b@a.test");
    const head = () => ports.store.get(keys.emailHead(db.id, id), { consistent: true });
    expect(await head()).toMatchObject({ state: "deferred", failure_type: "smtp_temporary" });
    script = {};
    refuse("b", "550 5.1.1 no such user");
    await later(61);
    expect((await recipients(id)).map(([state]) => state)).toEqual(["sent", "failed"]);
    expect(await head()).toMatchObject({ state: "sent" });
    expect(await head()).not.toHaveProperty("failure_type");
  });

  it("R-FAIL-6 those over the server's number of recipients go in the next minutes", async () => {
    refuse("c", "452 4.5.3 too many recipients");
    refuse("d", "552 5.5.3 too many recipients");
    const id = await send("a@a.test", "b@a.test", "c@a.test", "d@a.test");
    expect((await recipients(id)).map(([state]) => state)).toEqual(["sent", "sent", "deferred", "deferred"]);
    script = {};
    await later(61);
    expect((await recipients(id)).map(([state]) => state)).toEqual(["sent", "sent", "sent", "sent"]);
  });

  it("R-FAIL-1 a login that is asked for in the middle is no verdict on a recipient", async () => {
    refuse("gone", "550 5.1.1 no such user");
    refuse("closed", "530 5.7.0 log in first");
    const id = await send("gone@a.test", "closed@a.test");
    expect((await recipients(id)).map(([state, type]) => [state, type])).toEqual([
      ["failed", "smtp_permanent"],
      ["deferred", "auth"],
    ]);
  });

  it("R-FAIL-1 a message refused after its recipients were taken ends for all of them", async () => {
    refuse("gone", "550 5.1.1 no such user");
    script["end"] = { reply: "554 5.7.1 spam" };
    const id = await send("ok@a.test", "gone@a.test");
    expect((await recipients(id)).map(([state, , reply]) => [state, reply])).toEqual([
      ["failed", "554 5.7.1 spam"],
      ["failed", "550 5.1.1 no such user"],
    ]);
    expect(await used()).toBe(0);
  });

  it("R-LIM-3 what may have been handed over is counted, and its end is unknown, whatever is said later", async () => {
    script["end"] = "close";
    const id = await send("a@a.test", "b@a.test");
    expect((await view(id)).status).toBe("sending");
    script = {};
    refuse("a", "550 5.1.1 no such user");
    refuse("b", "551 5.1.6 moved");
    await later(45);
    expect((await recipients(id)).map(([state, type]) => [state, type])).toEqual([
      ["failed", "unknown"],
      ["failed", "unknown"],
    ]);
    expect(await used()).toBe(2);
  });
});
