import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import * as keys from "../keys.ts";
import { usage } from "../limit/usage.ts";
import { accept } from "./accept.ts";
import { get } from "./read.ts";

let env: TestPorts;
let db: TestDatabase;
beforeAll(async () => {
  env = await startTestPorts();
  db = await makeDatabase(env.ports);
});
afterAll(() => env.close());

describe("accept", () => {
  it("scenario 1: nothing set up, a mail without From goes out as notifications@ over the platform", async () => {
    const { id } = await accept(env.ports, await db.version(), mail());
    await deliver(env);
    const [sent] = env.ses.mailbox.list();
    expect(sent).toMatchObject({
      envelope_from: "bounce@company-name.posthouse.test",
      recipients: ["customer@example.net"],
      subject: "Hello",
      tenant: db.id,
    });
    expect(sent?.from).toContain("notifications@company-name.posthouse.test");
    const email = await get(env.ports, db.id, id);
    expect(email).toMatchObject({ status: "sent", rule: "platform", server: null });
    expect(email.events.map(({ type }) => type)).toEqual(["queued", "sent"]);
  });

  it("R-LIM-1 counts distinct recipients of To, Cc and Bcc", async () => {
    const before = await usage(env.ports, await db.version());
    await accept(
      env.ports,
      await db.version(),
      mail({ to: ["a@example.net", "A@Example.NET"], cc: ["a@example.net", "b@example.net"], bcc: ["c@example.net"] }),
    );
    const after = await usage(env.ports, await db.version());
    expect(after.used - before.used).toBe(3);
  });

  it("leaves out a suppressed recipient, tells the caller, and does not count it", async () => {
    await env.ports.store.write({ put: { ...keys.suppression(db.id, "dead@example.net"), reason: "bounce" } });
    const before = await usage(env.ports, await db.version());
    const { id, suppressed } = await accept(
      env.ports,
      await db.version(),
      mail({ to: ["dead@example.net", "alive@example.net"] }),
    );
    expect(suppressed).toEqual([{ address: "dead@example.net", reason: "suppressed" }]);
    expect((await usage(env.ports, await db.version())).used - before.used).toBe(1);
    await deliver(env);
    const email = await get(env.ports, db.id, id);
    expect(email.recipients.map(({ address, state }) => [address, state])).toEqual([
      ["dead@example.net", "suppressed"],
      ["alive@example.net", "sent"],
    ]);
    expect(env.ses.mailbox.list()[0]?.recipients).toEqual(["alive@example.net"]);
  });

  it("the same idempotency key and request get the first answer and one mail", async () => {
    const version = await db.version();
    const before = env.ses.mailbox.list().length;
    const key = { key: "k-1", hash: "h-1" };
    const answers = await Promise.all(Array.from({ length: 12 }, () => accept(env.ports, version, mail(), key)));
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    await deliver(env);
    expect(env.ses.mailbox.list().length - before).toBe(1);
    await expect(accept(env.ports, version, mail(), { key: "k-1", hash: "other" })).rejects.toMatchObject({
      name: "invalid_idempotent_request",
    });
  });

  it("1,000 twins of one idempotency key, in four processes: one mail", async () => {
    const version = await db.version();
    const sent = env.ses.mailbox.list().length;
    const before = await usage(env.ports, version);
    const key = { key: "thousand", hash: "h" };
    const processes = Array.from({ length: 4 }, () => ({ ...env.ports, store: { ...env.ports.store } }));
    const twins = Array.from({ length: 250 }, () => processes).flat();
    const answers = await Promise.all(twins.map((ports) => accept(ports, version, mail(), key)));
    expect(answers).toHaveLength(1000);
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    await deliver(env);
    expect(env.ses.mailbox.list().length - sent).toBe(1);
    expect((await usage(env.ports, version)).used - before.used).toBe(1);
  });
});
