import { startScript } from "@posthouse/aws/smtp/testing";
import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deliver, mail, makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { telling } from "../../../../test/support/telling.ts";
import { accept } from "../email/accept.ts";
import { retry } from "../email/retry.ts";
import type { Ports } from "../ports/main.ts";
import { tick } from "../tick/run.ts";
import { apply } from "./apply.ts";
import type { Change } from "./change.ts";

/** A relay that answers as its script says, of which reports tell what became of a mail (R-FAIL-4). */

let env: TestPorts;
let ports: Ports;
let db: TestDatabase;
let script: Record<string, { reply: string } | "close">;
let relay: Awaited<ReturnType<typeof startScript>>;
let made = 0;
beforeAll(async () => {
  env = await startTestPorts();
});
beforeEach(async () => {
  script = {};
  relay = await startScript(
    new Proxy({}, { get: (_, point) => script[String(point)], has: (_, point) => point in script }),
  );
  const platform_smtp_url = `smtp://127.0.0.1:${relay.port}`;
  ports = { ...env.ports, operator: { ...env.ports.operator, platform: "smtp", platform_smtp_url } };
  db = await makeDatabase(ports, { name: `lost${made++}`, daily_limit: 100 });
});
afterEach(() => relay.close());
afterAll(() => env.close());

const send = async (...to: string[]) => {
  const { id } = await accept(ports, await db.version(), mail({ to }));
  await deliver({ ...env, ports });
  return id;
};
const goOn = async (ms: number) => {
  env.advance(ms);
  await tick(ports);
  await deliver({ ...env, ports });
};
const states = (id: string) => telling(env, db).states(id, ports);
const at = () => new Date(env.ports.clock.now()).toISOString();
const tell = (id: string, address: string, more: Partial<Change> = {}) =>
  apply(ports, { database: db.id, id }, [
    { address, kind: "soft_bounced", status: "4.2.2", dedupe: "x", at: at(), ...more },
  ]);

describe("a lost answer", () => {
  it("G3 R-FAIL-4 is not settled by a report of somebody whom an earlier try has taken", async () => {
    script["RCPT grey@a.test"] = { reply: "451 4.7.1 greylisted" };
    const id = await send("ok@a.test", "grey@a.test");
    expect(await states(id)).toEqual(["sent", "deferred"]);
    delete script["RCPT grey@a.test"];
    script["end"] = "close";
    await goOn(130_000);
    await tell(id, "ok@a.test", { kind: "bounced", status: "5.7.1" });
    expect(await states(id)).toEqual(["bounced", "sending"]);
    // Nobody has got it: the second try was cut off, and nothing is to say otherwise
    delete script["end"];
    await goOn(3_600_000);
    expect(relay.lines.filter((line) => line.includes("RCPT") && line.includes("grey@"))).toHaveLength(3);
  });

  it("G3 R-FAIL-4 is settled by one of somebody it was lost of", async () => {
    script["end"] = "close";
    const id = await send("one@a.test", "two@a.test");
    await tell(id, "one@a.test");
    expect(await states(id)).toEqual(["bounced", "sent"]);
  });

  it("G3 R-FAIL-4 is not settled by a report of an earlier attempt, told once more or for the first time", async () => {
    const id = await send("one@a.test");
    const bounced = at();
    await tell(id, "one@a.test", { at: bounced });
    env.advance(60_000);
    await retry(ports, await db.version(), id);
    script["end"] = "close";
    await deliver({ ...env, ports });
    expect(await states(id)).toEqual(["sending"]);
    await tell(id, "one@a.test", { at: bounced });
    await tell(id, "one@a.test", { at: bounced, dedupe: "another", kind: "bounced", status: "5.1.1" });
    expect(await states(id)).toEqual(["sending"]);
    await tell(id, "one@a.test", { dedupe: "later" });
    expect(await states(id)).toEqual(["bounced"]);
  });

  it("R-FAIL-1 a report of an earlier attempt does not end what was sent again", async () => {
    const id = await send("one@a.test");
    const bounced = at();
    await tell(id, "one@a.test");
    env.advance(60_000);
    await retry(ports, await db.version(), id);
    await deliver({ ...env, ports });
    await tell(id, "one@a.test", { at: bounced, dedupe: "another" });
    expect(await states(id)).toEqual(["sent"]);
  });
});
