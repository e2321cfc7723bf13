import { type Script, startScript } from "@posthouse/aws/smtp/testing";
import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase } from "../../../../test/support/database.ts";
import { accept } from "../email/accept.ts";
import { get } from "../email/read.ts";
import * as keys from "../keys.ts";
import { usage } from "../limit/usage.ts";
import type { Ports } from "../ports/main.ts";
import { type Store, StoreBusy } from "../ports/store.ts";
import { tick } from "../tick/run.ts";
import { create } from "../webhook/create.ts";
import { run } from "./batch.ts";

let env: TestPorts;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts();
});
afterAll(() => env.close());

/** A store that answers no read any more once a mail was claimed. */
function unread(store: Store): Store {
  let claimed = false;
  const read =
    <A extends unknown[], T>(call: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      if (claimed) throw new StoreBusy("no answer");
      return call(...args);
    };
  return {
    ...store,
    get: read((key, options) => store.get(key, options)),
    batchGet: read((all, options) => store.batchGet(all, options)),
    query: read((query) => store.query(query)),
    write: async (write) => {
      const answer = await store.write(write);
      if ("update" in write && write.set?.["state"] === "sending") claimed = true;
      return answer;
    },
  };
}

/** A store whose first look at the webhooks is throttled. */
function throttled(store: Store): Store {
  let looks = 0;
  const query: Store["query"] = async (asked) => {
    if (asked.pk.startsWith(keys.webhook("", "").pk) && looks++ === 0) throw new StoreBusy("throttled");
    return store.query(asked);
  };
  return { ...store, query };
}

/** One mail to two over a relay that does as `script` says, sent by a process with such a store. */
async function send(script: Script, by = unread) {
  const relay = await startScript(script);
  try {
    const platform_smtp_url = `smtp://127.0.0.1:${relay.port}`;
    const ports: Ports = { ...env.ports, operator: { ...env.ports.operator, platform: "smtp", platform_smtp_url } };
    const db = await makeDatabase(ports, { name: `known${made++}`, daily_limit: 100 });
    await create(ports, db.id, { endpoint: "https://hooks.example.com/", events: ["email.sent", "email.failed"] });
    const { id } = await accept(ports, await db.version(), mail({ to: ["one@a.test", "two@a.test"] }));
    await run({ ...ports, store: by(ports.store) }, await env.jobs.take("dispatch"));
    const view = async () =>
      (await get(ports, db.id, id)).recipients.map(({ state, failure_type }) => [state, failure_type]);
    const first = await view();
    for (let n = 0; n < 3; n++) {
      env.advance(3_600_000);
      await tick(ports);
      await deliver({ ...env, ports });
    }
    expect(await view()).toEqual(first);
    const { items } = await ports.store.query({ pk: keys.outbox(db.id, "").pk, consistent: true });
    return {
      states: first,
      copies: relay.lines.filter((line) => line === "DATA").length,
      told: items.map(({ type, data }) => [type, (data as { to: string[] }).to]),
      failed: (await usage(ports, await db.version())).history[0]?.failed ?? 0,
    };
  } finally {
    await relay.close();
  }
}

describe("G3 what a server has answered is written though the store can no longer be read", () => {
  it("that it took the mail: nobody gets a second copy", async () => {
    expect(await send({})).toEqual({
      states: [
        ["sent", null],
        ["sent", null],
      ],
      copies: 1,
      told: [["email.sent", ["one@a.test", "two@a.test"]]],
      failed: 0,
    });
  });

  it("and what webhooks want is looked up before the claim, again where the store is busy", async () => {
    const { states, copies, told } = await send({}, throttled);
    expect({ states: states.map(([state]) => state), copies, told: told.length }).toEqual({
      states: ["sent", "sent"],
      copies: 1,
      told: 1,
    });
  });

  it("that it took it for some", async () => {
    expect(await send({ "RCPT two@a.test": { reply: "550 5.1.1 no such user" } })).toEqual({
      states: [
        ["sent", null],
        ["failed", "smtp_permanent"],
      ],
      copies: 1,
      told: [
        ["email.failed", ["two@a.test"]],
        ["email.sent", ["one@a.test"]],
      ],
      failed: 1,
    });
  });

  it("that it did not take it for good: no try follows, and it is counted", async () => {
    expect(await send({ end: { reply: "554 5.7.1 no" } })).toEqual({
      states: [
        ["failed", "smtp_permanent"],
        ["failed", "smtp_permanent"],
      ],
      copies: 1,
      told: [["email.failed", ["one@a.test", "two@a.test"]]],
      failed: 2,
    });
  });
});
