import type { TestPorts } from "@posthouse/local/testing";
import { describe, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { beginFresh } from "../../../../test/support/fresh.ts";
import { arrive } from "../../../../test/support/inbound.ts";
import { status } from "../../../../test/support/receiver.ts";
import { traces } from "../../../../test/support/traces.ts";
import { makeHook, pump } from "../../../../test/support/webhooks.ts";
import { run as takeIn } from "../inbound/batch.ts";
import { list as received } from "../inbound/list.ts";
import * as keys from "../keys.ts";
import { tick } from "../tick/run.ts";
import * as Deliveries from "../webhook/deliveries.ts";
import * as Outbox from "../webhook/outbox.ts";
import { remove as removeHook } from "../webhook/webhook.ts";
import { erase } from "./erasure.ts";

const joe = "joe@example.net";
const stars = "*".repeat(joe.length);
let env: TestPorts;
let db: TestDatabase;
let name: string;
beginFresh("beside", (fresh) => {
  ({ env, db, name } = fresh);
});

const forget = async (of: TestDatabase = db) => erase(env.ports, await of.version(), { address: joe });
const left = (of: TestDatabase = db) => traces(env, of.id, joe);
const comeIn = async (from: string, envelope_from: string, to: readonly string[], id: string) => {
  const raw = `From: ${from}\nSubject: An offer\nMessage-ID: <${id}@mx.example>\n\nHello.\n`;
  expect(await takeIn(env.ports, [await arrive(env, { to, raw, envelope_from })])).toEqual({ failed: [] });
};
const subjects = async (of: TestDatabase = db) =>
  (await received(env.ports, of.id, { limit: 100 })).data.map(({ from }) => from);
/** Tells a webhook of somebody. */
const tell = async (id: string, data: Record<string, unknown>, of: TestDatabase = db) => {
  await env.ports.store.write(Outbox.put(of.id, { id, type: "email.bounced", data }, env.ports.clock.now()));
  env.advance(31_000);
  await tick(env.ports);
  await pump(env, env.ports);
};

describe("an erasure of what is not mail to the address", () => {
  it("mail that came in from it goes with its copy, by header or envelope; from others it stays, of another database too", async () => {
    const other = await makeDatabase(env.ports, { name: `other-${name}` });
    const both = [`sales@${name}.posthouse.test`, `sales@other-${name}.posthouse.test`];
    await comeIn(`"Joe Smith" <Joe@Example.net>`, "bounces@example.net", both, "by-header");
    await comeIn("list@example.org", joe, both, "by-envelope");
    await comeIn("mary@example.org", "", both, "of-mary");
    expect(await subjects()).toHaveLength(3);
    expect(await left()).not.toEqual([]);
    expect(await forget()).toMatchObject({ status: "done", removed: { received: 2 } });
    expect(await subjects()).toEqual(["mary@example.org"]);
    expect(await left()).toEqual([]);
    expect(await env.ports.blobs.list(`keep-40d/${db.id}/received/`)).toHaveLength(1);
    expect(await subjects(other)).toHaveLength(3);
    expect(await left(other)).not.toEqual([]);
  });

  it("in deliveries of webhooks it is masked, the operator's and those of removed ones too, and the answers of receivers", async () => {
    const hooks = [await makeHook(env.ports, db.id, { events: ["email.bounced"] })];
    hooks.push(await makeHook(env.ports, db.id, { events: ["email.bounced"] }));
    hooks.push(await makeHook(env.ports, "operator", { events: ["email.bounced"] }));
    hooks[0]?.answer((response) => void response.writeHead(500).end(`no such user:\n${joe}`));
    const bounce = { message: `550 5.1.1\n${joe}\r\n\t${joe.toUpperCase()} is unknown` };
    await tell("e1", { to: [joe, "mary@example.net"], bounce });
    await tell("e2", { to: ["mary@example.net"] });
    await removeHook(env.ports, db.id, hooks[1]?.id ?? "");
    expect(await forget()).toMatchObject({ status: "done", removed: { deliveries: 4 } });
    expect(await left()).toEqual([]);
    for (const owner of [db.id, "operator"] as const) {
      const hook = owner === "operator" ? hooks[2] : hooks[0];
      const { data } = await Deliveries.list(env.ports, owner, hook?.id ?? "", { limit: 10 });
      const all = await Promise.all(data.map(({ id }) => Deliveries.get(env.ports, owner, hook?.id ?? "", id)));
      const [mary, both] = all.map(({ payload }) => (payload as { data: object }).data);
      expect(mary).toEqual({ to: ["mary@example.net"] });
      expect(both).toEqual({
        to: [stars, "mary@example.net"],
        bounce: { message: `550 5.1.1\n${stars}\r\n\t${stars} is unknown` },
      });
    }
    const answers = (await hooks[0]?.deliveries())?.map(({ attempts }) => attempts[0]?.answer);
    expect(answers).toEqual([`no such user:\n${stars}`, `no such user:\n${stars}`]);
    await Promise.all(hooks.map((hook) => hook.close()));
  });

  it("a delivery that is tried again tells of nobody any more; another database's to the operator stays as it is", async () => {
    const other = await makeDatabase(env.ports, { name: `other-${name}` });
    const hook = await makeHook(env.ports, "operator", { events: ["email.bounced"], how: status(503) });
    await tell("e1", { to: [joe] });
    await tell("e1", { to: [joe] }, other);
    await forget();
    hook.answer(status(204));
    for (let n = 0; n < 3; n++) {
      env.advance(700_000);
      await tick(env.ports);
      await pump(env, env.ports);
    }
    const last = new Map(hook.received.map(({ json }) => [(json as { database?: string }).database, json.data]));
    expect(last.get(name)).toEqual({ to: [stars] });
    expect(last.get(`other-${name}`)).toEqual({ to: [joe] });
    await hook.close();
  });

  it("an event that is told while it is erased is masked by the sweep", async () => {
    const hook = await makeHook(env.ports, db.id, { events: ["email.bounced"] });
    const outbox = Outbox.put(db.id, { id: "e1", type: "email.bounced", data: { to: [joe] } }, env.ports.clock.now());
    await forget();
    // Read before the erasure came to it, written behind it
    await env.ports.store.write(outbox);
    env.advance(31_000);
    await tick(env.ports);
    await pump(env, env.ports);
    env.advance(61_000);
    await tick(env.ports);
    expect(await left()).toEqual([]);
    await hook.close();
  });

  it("the escapes of JSON, and links, hide nothing from it", async () => {
    const data = {
      a: `\n${joe}`,
      b: `\u0001${joe}`,
      c: `https://x.example/?to=${encodeURIComponent(joe)}&n=1`,
      d: `%20${joe}`,
    };
    await env.ports.store.write(Outbox.put(db.id, { id: "e1", type: "email.sent", data }, env.ports.clock.now()));
    await forget();
    const item = await env.ports.store.get(keys.outbox(db.id, "e1"));
    expect(JSON.stringify(item?.["data"])).not.toMatch(/joe/i);
    expect(await left()).toEqual([]);
  });
});
