import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase, takeEvents } from "../../../../test/support/database.ts";
import { telling } from "../../../../test/support/telling.ts";
import { accept } from "../email/accept.ts";
import type { Kind } from "../email/head.ts";
import * as keys from "../keys.ts";
import { patch } from "../settings/patch.ts";
import { place } from "../suppression/add.ts";
import { create } from "../webhook/create.ts";
import type { EventType } from "../webhook/outbox.ts";
import { apply } from "./apply.ts";

let env: TestPorts;
let db: TestDatabase;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts();
});
beforeEach(async () => {
  db = await makeDatabase(env.ports, { name: `told${made++}`, daily_limit: 3 });
});
afterAll(() => env.close());

const simulator = (local: string) => `${local}@simulator.amazonses.com`;
async function send(to: string, kind: Kind = "transactional"): Promise<string> {
  const { id } = await accept(env.ports, await db.version(), mail({ to: [to], kind }));
  await deliver(env);
  while (env.ses.control.pending() > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  while ((await takeEvents(env)) > 0);
  return id;
}
const want = (...events: EventType[]) => create(env.ports, db.id, { endpoint: "https://hooks.example.com/", events });
const outbox = async () => {
  const { items } = await env.ports.store.query({ pk: keys.outbox(db.id, "").pk });
  return items.filter(({ type }) => !String(type).startsWith("usage")) as unknown as {
    type: string;
    data: Record<string, unknown>;
  }[];
};

describe("webhooks of what became of a mail", () => {
  it("nothing is written where no endpoint wants it", async () => {
    await send(simulator("bounce"));
    expect(await outbox()).toEqual([]);
  });

  it("each is told once, in the fields of the Resend API", async () => {
    await want("email.sent", "email.delivered", "email.bounced", "email.complained", "suppression.added");
    const bounced = await send(simulator("bounce"));
    const complained = await send(simulator("complaint"));
    const again = { address: simulator("bounce"), kind: "bounced", permanent: true, dedupe: "2" } as const;
    await apply(env.ports, { database: db.id, id: bounced }, [{ ...again, at: "2026-11-23T08:00:00.000Z" }]);
    const found = await outbox();
    expect(found.map(({ type }) => type).sort()).toEqual([
      "email.bounced",
      "email.complained",
      "email.delivered",
      "email.sent",
      "email.sent",
      "suppression.added",
      "suppression.added",
    ]);
    expect(found.find(({ type }) => type === "email.bounced")?.data).toEqual({
      email_id: bounced,
      created_at: expect.any(String),
      from: expect.stringContaining("notifications@"),
      to: [simulator("bounce")],
      subject: "Hello",
      bounce: { type: "Permanent", subType: "General", message: "550 5.1.1 user unknown", status: "5.1.1" },
    });
    expect(found.find(({ type }) => type === "email.complained")?.data).toMatchObject({ email_id: complained });
    const added = found.filter(({ type }) => type === "suppression.added").map(({ data }) => data["origin"]);
    expect(new Set(added)).toEqual(new Set(["bounce", "complaint"]));
  });

  it("R-FAIL-5 the caller's webhook is told who was left out, and that mail is held", async () => {
    await want("email.suppressed", "email.held");
    await patch(env.ports, await db.version(), { on_limit: "hold" });
    await send(simulator("bounce"));
    const left = await send(simulator("bounce"));
    await send("one@example.net");
    await send("two@example.net");
    const held = await send("three@example.net");
    expect((await outbox()).map(({ type, data }) => [type, data["email_id"], data["to"]])).toEqual(
      expect.arrayContaining([
        ["email.suppressed", left, [simulator("bounce")]],
        ["email.held", held, ["three@example.net"]],
      ]),
    );
    expect(await outbox()).toHaveLength(2);
  });

  it("R-FAIL-1 email.sent names nobody who got nothing, where an event is faster than our own outcome", async () => {
    await want("email.sent");
    await place(
      env.ports,
      db.id,
      { address: "left@example.net", scope: "all", origin: "manual" },
      undefined,
      new Set(),
    );
    const to = ["got@example.net", "left@example.net"];
    const { id } = await accept(env.ports, await db.version(), mail({ to }));
    await env.jobs.take("dispatch");
    const { send, take } = telling(env, db);
    await take(send(id, ["got@example.net"]));
    expect((await outbox()).map(({ type, data }) => [type, data["to"]])).toEqual([["email.sent", ["got@example.net"]]]);
  });
});
