import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mail, makeDatabase } from "../../../../test/support/database.ts";
import { Dead } from "../../../../test/support/dying.ts";
import { arrive, report } from "../../../../test/support/inbound.ts";
import * as Dispatch from "../dispatch/batch.ts";
import * as Domain from "../domain/domain.ts";
import { accept } from "../email/accept.ts";
import { get } from "../email/read.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import * as Server from "../server/server.ts";
import { tick } from "../tick/run.ts";
import { run } from "./batch.ts";
import { list } from "./list.ts";

let env: TestPorts;
beforeAll(async () => {
  env = await startTestPorts();
});
afterAll(() => env.close());

/** Ports of a process that dies at the moment a server has taken its mail. */
function dyingOverAnswer(): { readonly ports: Ports; readonly handed: () => number } {
  let handed = 0;
  const guard =
    <A extends unknown[], T>(call: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      if (handed > 0) throw new Dead();
      return call(...args);
    };
  const session = {
    alive: true,
    close: async () => {},
    send: async () => {
      handed++;
      return { outcome: "accepted" as const, reply: "250 ok", provider_id: null, recipients: [] };
    },
  };
  const { store, smtp } = env.ports;
  return {
    handed: () => handed,
    ports: {
      ...env.ports,
      smtp: { ...smtp, open: async () => session },
      store: {
        get: guard(store.get),
        batchGet: guard(store.batchGet),
        query: guard(store.query),
        write: guard(store.write),
        transact: guard(store.transact),
      },
    },
  };
}

describe("G4 a report before our own answer is written", () => {
  it.each(["transactional", "mass"] as const)(
    "R-FAIL-1 %s: waits while it is not known that the mail went out, and is not lost",
    async (kind) => {
      const db = await makeDatabase(env.ports, { name: `crashed-${kind}` });
      await Domain.create(env.ports, await db.version(), { name: `${kind}.com` });
      const connection = { host: "127.0.0.1", port: 2525, encryption: "none" } as const;
      await Server.create(env.ports, await db.version(), { name: "own", ...connection, from_filter: `${kind}.com` });
      const asked = mail({ from: `sales@${kind}.com`, to: ["lost@example.net"], kind });
      const { id } = await accept(env.ports, await db.version(), asked);
      const { ports, handed } = dyingOverAnswer();
      const jobs = await Promise.all((["dispatch", "mass", "external"] as const).map((queue) => env.jobs.take(queue)));
      await Dispatch.run(ports, jobs.flat());
      expect(handed()).toBe(1);

      const { message_id } = await get(env.ports, db.id, id);
      const raw = report({ message_id: message_id ?? "", recipient: "lost@example.net" });
      const job = await arrive(env, { to: [`bounce@crashed-${kind}.posthouse.test`], raw, envelope_from: "" });
      expect(await run(env.ports, [job])).toEqual({ failed: [job.id] });
      const head = await env.ports.store.get(keys.emailHead(db.id, id), { consistent: true });
      env.advance(Date.parse(String(head?.["lease_until"])) - env.ports.clock.now() + 1_000);
      expect(await run(env.ports, [job])).toEqual({ failed: [job.id] });

      await tick(env.ports);
      expect(await run(env.ports, [job])).toEqual({ failed: [] });
      const { status, events } = await get(env.ports, db.id, id);
      expect([status, events.filter(({ type }) => type === "bounced")]).toEqual(["bounced", [expect.anything()]]);
      expect((await list(env.ports, db.id, { limit: 10 })).data).toEqual([]);
    },
    60_000,
  );
});
