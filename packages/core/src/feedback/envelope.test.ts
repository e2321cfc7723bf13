import type { TestPorts } from "@posthouse/local/testing";
import { describe, expect, it } from "vitest";
import type { TestDatabase } from "../../../../test/support/database.ts";
import { beginFresh } from "../../../../test/support/fresh.ts";
import { telling } from "../../../../test/support/telling.ts";
import { dismiss } from "../email/dismiss.ts";
import { retry } from "../email/retry.ts";
import * as keys from "../keys.ts";

let env: TestPorts;
let db: TestDatabase;
let ses: ReturnType<typeof telling>;
beginFresh(
  "envelope",
  (fresh) => {
    ({ env, db } = fresh);
    ses = telling(env, db);
  },
  { daily_limit: 10_000 },
);

describe("a bounce, and the red envelope", () => {
  it("R-FAIL-3 a delivery told late does not bring a dismissed one back, nor does another bounce", async () => {
    const to = ["seen@example.net"];
    const id = await ses.mailTo(to);
    await ses.take(ses.bounce(id, to, { words: { status: "5.7.1" } }));
    expect((await ses.view(id)).attention).toBe(true);
    await dismiss(env.ports, db.id, id);
    await ses.take(ses.delivery(id, to));
    expect((await ses.view(id)).attention).toBe(false);
    await ses.take(ses.bounce(id, to, { type: "Undetermined", words: { status: "5.1.1" } }));
    expect((await ses.view(id)).attention).toBe(false);
    await ses.take(ses.complaint(id, to));
    expect(await ses.view(id)).toMatchObject({ status: "complained", attention: true });
  });

  it("R-FAIL-3 keeps a complaint that is nobody's yet, whatever becomes of the others", async () => {
    const to = ["a@example.net", "b@example.net", "c@example.net"];
    const id = await ses.mailTo(to);
    await ses.take(ses.complaint(id, to.slice(1)));
    expect((await ses.view(id)).attention).toBe(true);
    await ses.take(ses.delivery(id, to.slice(0, 1)));
    expect((await ses.view(id)).attention).toBe(true);
    await ses.take(ses.bounce(id, to.slice(0, 1), { type: "Transient", words: { status: "4.2.2" } }));
    await retry(env.ports, await db.version(), id);
    expect((await ses.view(id)).attention).toBe(true);
    await dismiss(env.ports, db.id, id);
    await ses.take(ses.delivery(id, to.slice(1)));
    expect((await ses.view(id)).attention).toBe(false);
  });

  it("R-FAIL-5 an IP address in the words of a server is no status, and suppresses nobody", async () => {
    const id = await ses.mailTo(["ip@example.net"]);
    const words = { diagnosticCode: "smtp; 554 too many connections from 5.1.1.20" };
    await ses.take(ses.bounce(id, ["ip@example.net"], { type: "Transient", words }));
    expect(await ses.states(id)).toEqual(["bounced"]);
    expect(await ses.suppressed("ip@example.net")).toBeUndefined();
  });

  it("the head stays small whatever a remote server says, and so do its recipients", async () => {
    const words = { status: "5.7.1", diagnosticCode: `smtp; ${"x".repeat(100_000)}` };
    const one = await ses.mailTo(["long@example.net"]);
    await ses.take(ses.bounce(one, ["long@example.net"], { words }));
    const two = await ses.mailTo(["a@example.net", "b@example.net"]);
    await ses.take(ses.bounce(two, ["a@example.net"], { words }));
    for (const key of [keys.emailHead(db.id, one), keys.emailRecipient(db.id, two, 0)]) {
      const item = await env.ports.store.get(key, { consistent: true });
      expect(JSON.stringify(item)).toContain("xxx");
      expect(JSON.stringify(item).length).toBeLessThan(2_000);
    }
  });
});
