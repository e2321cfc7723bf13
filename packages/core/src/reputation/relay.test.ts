import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { type Sink, startSink } from "../../../../test/support/sink.ts";
import { get as view } from "../database/list.ts";
import { patch } from "../database/patch.ts";
import { accept } from "../email/accept.ts";
import { get } from "../email/read.ts";
import { apply } from "../feedback/apply.ts";
import { dayOf } from "../limit/day.ts";
import type { Ports } from "../ports/main.ts";
import * as Server from "../server/server.ts";
import * as Statistics from "../statistics/day.ts";
import { look } from "./guard.ts";

let env: TestPorts;
let ports: Ports;
let relay: Sink;
let db: TestDatabase;
let name: string;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts();
  relay = await startSink();
  const platform_smtp_url = `smtp://127.0.0.1:${relay.port}`;
  ports = { ...env.ports, operator: { ...env.ports.operator, platform: "smtp", platform_smtp_url } };
});
beforeEach(async () => {
  name = `relay${made++}`;
  db = await makeDatabase(ports, { name, daily_limit: 100 });
});
afterAll(async () => {
  await relay.close();
  await env.close();
});

/** Counts as dispatch and reports do: a bounce is all that ends there. */
const count = async (sent: number, bounced: number) => {
  const now = ports.clock.now();
  const counts = { sent, platform_sent: sent, platform_ended: bounced, platform_bounced: bounced };
  const day = dayOf(now, (await db.version()).reset_utc);
  await ports.store.write(Statistics.add(db.id, day, `${sent} ${bounced}`, counts, now));
};
const reputation = async () => (await view(ports, name)).reputation;
const send = async (changes: Parameters<typeof mail>[0]) => {
  const { id } = await accept(ports, await db.version(), mail(changes));
  await deliver({ ...env, ports });
  expect((await get(ports, db.id, id)).status).toBe("sent");
  return id;
};

describe("R-FAIL-7 where the platform is a relay, which tells of no delivery", () => {
  it("R-FAIL-7 1,000 sent of which 79 bounced pause nothing, one more does", async () => {
    await count(1_000, 79);
    await look(ports, db.id);
    expect(await view(ports, name)).toMatchObject({
      status: "active",
      reputation: { state: "warning", recipients: 1_000, bounce_rate: 0.079 },
    });
    await count(0, 1);
    await look(ports, db.id);
    expect(await view(ports, name)).toMatchObject({
      status: "paused",
      paused_by: "reputation",
      reputation: { paused_for: { recipients: 1_000, bounce_rate: 0.08 } },
    });
    await patch(ports, name, { status: "active" });
    expect(await reputation()).toMatchObject({ state: "ok", recipients: 0, bounce_rate: 0 });
  });

  it("R-FAIL-7 what the relay took counts, each recipient; what servers of its own took does not", async () => {
    const id = await send({ to: ["a@example.net", "b@example.net"] });
    const { id: server } = await Server.create(ports, await db.version(), {
      ...{ name: "own", host: "127.0.0.1", port: relay.port, encryption: "none", authentication: "none" },
      from_filter: "company.com",
    });
    await send({ server, from: "mary@company.com" });
    expect(await reputation()).toMatchObject({ recipients: 2, bounce_rate: 0 });
    const at = new Date(ports.clock.now()).toISOString();
    const change = { address: "a@example.net", kind: "bounced", status: "5.1.1", at, dedupe: "r" } as const;
    await apply(ports, { database: db.id, id }, [change]);
    expect(await reputation()).toMatchObject({ recipients: 2, bounce_rate: 0.5 });
  });
});
