import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { telling } from "../../../../test/support/telling.ts";
import { patch as patchDatabase } from "../database/patch.ts";
import { accept } from "../email/accept.ts";

let env: TestPorts;
let db: TestDatabase;
let ses: ReturnType<typeof telling>;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts();
});
beforeEach(async () => {
  db = await makeDatabase(env.ports, { name: `stranger${made++}`, daily_limit: 10_000 });
  ses = telling(env, db);
});
afterAll(() => env.close());

const words = { status: "5.1.1" };
const redirect = (to: string | null) =>
  patchDatabase(env.ports, `stranger${made - 1}`, { delivery: to === null ? "live" : "redirect", redirect_to: to });

describe("an address that no recipient has", () => {
  it("R-FAIL-4 of several it bounces none of them: an entry of the timeline, once", async () => {
    const to = ["a@example.net", "b@example.net", "c@example.net"];
    const id = await ses.mailTo(to);
    await ses.take(...to.map((one) => ses.delivery(id, [one])));
    const job = ses.bounce(id, ["forwarded@elsewhere.example"], { words });
    for (let n = 0; n < 2; n++) expect(await ses.take(job)).toEqual({ failed: [] });
    const { recipients, events, attention } = await ses.view(id);
    expect(recipients.map(({ state }) => state)).toEqual(["delivered", "delivered", "delivered"]);
    expect([attention, events.filter(({ type }) => type === "bounced").length]).toEqual([false, 1]);
    expect(JSON.stringify(events)).not.toContain("elsewhere.example");
    expect(await ses.history()).toMatchObject({ bounced: 0, delivered: 3 });
    expect(await ses.suppressed("forwarded@elsewhere.example")).toBeUndefined();
  });

  it("R-FAIL-4 is the only recipient's, where there is one", async () => {
    const id = await ses.mailTo(["only@example.net"]);
    await ses.take(ses.bounce(id, ["forwarded@elsewhere.example"], { words }));
    expect(await ses.states(id)).toEqual(["bounced"]);
    expect(await ses.suppressed("only@example.net")).toBeDefined();
  });

  it("R-FAIL-5 that complains is one of them: counted, in the red envelope, nobody's state", async () => {
    const to = ["a@example.net", "b@example.net"];
    const id = await ses.mailTo(to);
    for (let n = 0; n < 2; n++) await ses.take(ses.complaint(id, ["forwarded@elsewhere.example"]));
    expect(await ses.view(id)).toMatchObject({ status: "sent", attention: true });
    expect(await ses.history()).toMatchObject({ complained: 1 });
  });
});

describe("mail that was redirected", () => {
  it("R-FAIL-4 has the states of that address, whosever it is, and suppresses nobody", async () => {
    await redirect("b@example.net");
    const to = ["a@example.net", "b@example.net"];
    const id = await ses.mailTo(to);
    await redirect(null);
    await ses.take(ses.bounce(id, ["b@example.net"], { words }));
    expect(await ses.states(id)).toEqual(["bounced", "bounced"]);
    for (const address of to) expect(await ses.suppressed(address)).toBeUndefined();
  });

  it("R-FAIL-4 is what went out while it was so, whatever the database is since", async () => {
    const to = ["a@example.net", "b@example.net"];
    const { id } = await accept(env.ports, await db.version(), mail({ to }));
    await deliver(env);
    await redirect("test@company.example");
    await ses.take(ses.bounce(id, ["test@company.example"], { words }));
    expect(await ses.states(id)).toEqual(["sent", "sent"]);
  });
});
