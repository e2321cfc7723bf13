import type { TestPorts } from "@posthouse/local/testing";
import { describe, expect, it } from "vitest";
import { deliver, mail, type TestDatabase } from "../../../../test/support/database.ts";
import { beginFresh } from "../../../../test/support/fresh.ts";
import { startSink } from "../../../../test/support/sink.ts";
import { list as audit } from "../audit/list.ts";
import { get as view } from "../database/list.ts";
import { patch } from "../database/patch.ts";
import { accept } from "../email/accept.ts";
import { get } from "../email/read.ts";
import * as keys from "../keys.ts";
import { dayOf } from "../limit/day.ts";
import type { Ports } from "../ports/main.ts";
import * as Server from "../server/server.ts";
import * as Statistics from "../statistics/day.ts";
import { tick } from "../tick/run.ts";
import * as Webhook from "../webhook/create.ts";
import * as Guard from "./guard.ts";

let env: TestPorts;
let db: TestDatabase;
let name: string;
beginFresh("guard", (fresh) => {
  ({ env, db, name } = fresh);
});

/** Counts as feedback does, `ago` days ago. */
const count = async (ended: number, bounced: number, complained = 0, ago = 0) => {
  const now = env.ports.clock.now() - ago * 86_400_000;
  const { reset_utc } = await db.version();
  const counts = { platform_ended: ended, platform_bounced: bounced, platform_complained: complained };
  const by = `${Math.random()}`;
  await env.ports.store.write(Statistics.add(db.id, dayOf(now, reset_utc), by, counts, env.ports.clock.now()));
};
const look = (ports: Ports = env.ports) => Guard.look(ports, db.id);
const state = async () => (await view(env.ports, name)).reputation.state;
const tenant = async () => (await env.ports.provider.reputation(db.id))?.own?.status;
const entries = async () => (await audit(env.ports, db.id, { limit: 100 })).data.flatMap(({ changes }) => changes);
const later = async (seconds: number) => {
  env.advance(seconds * 1000);
  await tick(env.ports);
  await deliver(env);
};

describe("R-FAIL-7 the reputation guard", () => {
  it("R-FAIL-7 says nothing of less than 200 recipients, nor of what is older than seven days", async () => {
    await count(199, 199);
    await look();
    await count(5_000, 5_000, 5_000, 7);
    await look();
    expect(await view(env.ports, name)).toMatchObject({
      status: "active",
      reputation: { state: "ok", recipients: 199, bounce_rate: 1 },
    });
  });

  it("R-FAIL-7 warns at 4 %, once a day, and it can be seen", async () => {
    await count(150, 4, 0, 6);
    await count(50, 4);
    await look();
    await look();
    expect(await state()).toBe("warning");
    const warnings = async () => (await entries()).filter(({ after }) => after?.["reputation"] === "warning");
    expect(await warnings()).toMatchObject([{ noun: "database", after: { recipients: 200, bounce_rate: 0.04 } }]);
    env.advance(86_400_000);
    await count(150, 4);
    await look();
    expect(await warnings()).toHaveLength(2);
    expect((await db.version()).status).toBe("active");
  });

  it("R-FAIL-7 pauses platform mail at 8 %: refused with the rates, held back, and servers of its own go on", async () => {
    const sink = await startSink();
    const waits = (await accept(env.ports, await db.version(), mail())).id;
    await count(200, 16);
    await look();
    expect(await view(env.ports, name)).toMatchObject({
      status: "paused",
      paused_by: "reputation",
      reputation: { state: "paused", paused_for: { recipients: 200, bounce_rate: 0.08, complaint_rate: 0 } },
    });
    await expect(accept(env.ports, await db.version(), mail())).rejects.toMatchObject({
      name: "database_paused",
      statusCode: 403,
      message: expect.stringMatching(/8 % of its 200 recipients .* bounced.*ask the operator/),
      details: { bounce_rate: 0.08 },
    });
    const { id: server } = await Server.create(env.ports, await db.version(), {
      ...{ name: "own", host: "127.0.0.1", port: sink.port, encryption: "none", authentication: "none" },
      from_filter: "company.com",
    });
    const forced = mail({ server, from: "mary@company.com", to: ["out@example.net"] });
    const out = (await accept(env.ports, await db.version(), forced)).id;
    await deliver(env);
    const status = async (id: string) => (await get(env.ports, db.id, id)).status;
    expect([await status(waits), await status(out)]).toEqual(["queued", "sent"]);
    await sink.close();
    await patch(env.ports, name, { status: "active" });
    await later(301);
    expect(await status(waits)).toBe("sent");
  });

  it("R-FAIL-7 a complaint rate of 0.3 % pauses as well, and its refusal says so", async () => {
    await count(1_000, 0, 3);
    await look();
    await expect(accept(env.ports, await db.version(), mail())).rejects.toThrow(/0.3 % of its 1000 .* complained/);
  });

  it("R-FAIL-7 what waits while it is paused does not run out of its time", async () => {
    const { id } = await accept(env.ports, await db.version(), mail({ expires_in: 900 }));
    await count(200, 100);
    await look();
    for (let n = 0; n < 8; n++) {
      await deliver(env);
      await later(301);
    }
    expect((await get(env.ports, db.id, id)).status).toBe("queued");
    await patch(env.ports, name, { status: "active" });
    await later(301);
    expect((await get(env.ports, db.id, id)).status).toBe("sent");
  });

  it("R-FAIL-7 resumed, it is counted from then on: the old bounces do not pause it again, new ones do", async () => {
    await count(300, 200);
    await look();
    await patch(env.ports, name, { status: "active" });
    await look();
    expect(await view(env.ports, name)).toMatchObject({ status: "active", reputation: { state: "ok", recipients: 0 } });
    await count(300, 200);
    await look();
    expect(await state()).toBe("paused");
  });

  it("R-FAIL-7 the tenant is switched with it, off and on, and SES refuses what we would not", async () => {
    expect(await tenant()).toBe("ENABLED");
    await count(200, 16);
    await look();
    expect(await tenant()).toBe("DISABLED");
    await patch(env.ports, name, { status: "active" });
    expect(await tenant()).toBe("ENABLED");
    await patch(env.ports, name, { status: "paused" });
    expect(await tenant()).toBe("DISABLED");
  });

  it("R-FAIL-7 where SES does not answer, the tick switches it until it has happened, and then no more", async () => {
    const down = () => Promise.reject(new Error("SES is down"));
    const ports = { ...env.ports, provider: { ...env.ports.provider, switchTenant: down } };
    await count(200, 16);
    await look(ports);
    expect(await tenant()).toBe("ENABLED");
    await tick(ports);
    await later(60);
    expect(await tenant()).toBe("DISABLED");
    for (let n = 0; n < 3; n++) await later(70);
    expect(await env.ports.store.get(keys.reputation(db.id))).not.toHaveProperty("due_pk");
  });

  it("R-FAIL-7 whoever counts the last of many bounces is heard as well: the tick looks", async () => {
    await count(100, 50);
    await Guard.check(env.ports, [db.id]);
    for (let n = 0; n < 5; n++) {
      await count(50, 20);
      await Guard.check(env.ports, [db.id]);
    }
    expect(await state()).toBe("warning");
    await later(6);
    expect(await state()).toBe("paused");
    expect(env.log.filter(({ level, operation }) => level === "error" && operation === "reputation")).toEqual([]);
  });

  it("R-FAIL-7 attacked by many at once it is paused once, told once, and a resume is not overruled", async () => {
    await Webhook.create(env.ports, db.id, { endpoint: "https://example.com/hook", events: ["database.paused"] });
    await count(300, 200);
    await Promise.all(Array.from({ length: 12 }, () => look()));
    const paused = (await entries()).filter(({ after }) => after?.["paused_by"] === "reputation");
    expect(paused).toHaveLength(1);
    const { items } = await env.ports.store.query({ pk: keys.outbox(db.id, "").pk });
    expect(items.filter(({ type }) => type === "database.paused")).toMatchObject([
      { data: { database: name, paused_by: "reputation", recipients: 300 } },
    ]);
    await Promise.all([patch(env.ports, name, { status: "active" }), ...Array.from({ length: 8 }, () => look())]);
    await look();
    expect((await db.version()).status).toBe("active");
  });

  it("R-FAIL-7 who is paused by the operator is told of that once, and not of a resume", async () => {
    await Webhook.create(env.ports, db.id, { endpoint: "https://example.com/hook", events: ["database.paused"] });
    await patch(env.ports, name, { status: "paused" });
    await patch(env.ports, name, { status: "paused" });
    await patch(env.ports, name, { status: "active" });
    const { items } = await env.ports.store.query({ pk: keys.outbox(db.id, "").pk });
    const told = items.filter(({ type }) => type === "database.paused").map(({ data }) => data);
    expect(told).toEqual([{ database: name, paused_by: "operator" }]);
  });

  it("R-FAIL-7 what the operator has paused stays the operator's", async () => {
    await patch(env.ports, name, { status: "paused" });
    await count(300, 200);
    await look();
    expect(await db.version()).toMatchObject({ status: "paused", paused_by: "operator" });
  });
});
