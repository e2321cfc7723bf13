import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { arrive } from "../../../../test/support/inbound.ts";
import { received, written } from "../../../../test/support/taking.ts";
import * as Alias from "../alias/alias.ts";
import * as Domain from "../domain/domain.ts";
import * as keys from "../keys.ts";
import { run } from "./batch.ts";
import { route } from "./manual.ts";
import { receivedPrefix } from "./object.ts";

const [fallback, custom] = ["company-name.posthouse.test", "company-name.com"];

let env: TestPorts;
let db: TestDatabase;
beforeAll(async () => {
  env = await startTestPorts();
  db = await makeDatabase(env.ports);
  const { id } = await Domain.create(env.ports, await db.version(), { name: custom });
  await env.ports.store.write({ put: { ...keys.domainClaim(custom), database: db.id, token: "t" } });
  await Alias.create(env.ports, await db.version(), { name: "sales", domain: id, model: "crm.lead" });
});
afterAll(() => env.close());

type Notification = { receipt: { recipients: string[]; action: { objectKey: string } } };

/** One mail as both rules of infra/mail.ts tell of it: an object and the recipients of its own for each. */
async function notifications(to: readonly string[], headers: Record<string, string> = {}) {
  const raw = written({ From: "<mary@customer.example>", To: to.join(", "), ...headers });
  const job = await arrive(env, { to, raw, verdicts: { dmarc: "PASS" } });
  const [own, other] = [structuredClone(job.body), structuredClone(job.body)] as Notification[];
  if (!own || !other) throw new Error("There is no notification.");
  const key = other.receipt.action.objectKey;
  own.receipt.recipients = to.filter((address) => address.endsWith(fallback));
  own.receipt.action.objectKey = `${receivedPrefix}own/${key.slice(receivedPrefix.length)}`;
  other.receipt.recipients = to.filter((address) => address.endsWith(custom));
  const content = (await env.ports.blobs.get(key)) ?? new Uint8Array();
  await env.ports.blobs.put(own.receipt.action.objectKey, content);
  return { own: { ...job, id: "own", body: own }, other: { ...job, id: "other", body: other }, key, content };
}

/** What comes of both, one after the other. */
async function both(to: readonly string[], between: () => Promise<unknown> = async () => {}) {
  const before = new Set((await received(env, db)).map(({ id }) => id));
  const { own, other } = await notifications(to);
  expect(await run(env.ports, [own])).toEqual({ failed: [] });
  await between();
  expect(await run(env.ports, [other])).toEqual({ failed: [] });
  return (await received(env, db)).filter(({ id }) => !before.has(id));
}

describe("R-IN a mail that both receipt rules tell one database of", () => {
  it("is kept for the recipients of both", async () => {
    const found = await both([`info@${fallback}`, `info@${custom}`]);
    expect(found.flatMap(({ recipients }) => recipients).toSorted()).toEqual([`info@${custom}`, `info@${fallback}`]);
  });

  it("stays where it was routed by hand meanwhile", async () => {
    let id = "";
    const found = await both([`info@${fallback}`, `info@${custom}`], async () => {
      id = (await received(env, db)).toSorted((a, b) => (a.id < b.id ? 1 : -1))[0]?.id ?? "";
      await route(env.ports, await db.version(), id, { model: "crm.lead", record_id: "7" });
    });
    expect(found.find((one) => one.id === id)?.status).toBe("threaded");
  });

  it("R-IN-2 R-IN-4 has an alias at one of them: nobody is told that the other is no address", async () => {
    const told = () => env.ses.mailbox.list().length;
    const before = told();
    const found = await both([`sales@${custom}`, `catchall@${fallback}`]);
    expect(found.map(({ route: { rule } }) => rule).toSorted()).toEqual(["alias", "catchall"]);
    expect(told()).toBe(before);
    await both([`nobody@${custom}`, `catchall@${fallback}`]);
    expect(told()).toBeGreaterThan(before);
  });

  it("is tried again for a rule whose object is not there yet, though the other's was taken in", async () => {
    const { own, other, key, content } = await notifications([`x@${fallback}`, `y@${custom}`]);
    await env.ports.blobs.delete(key);
    expect(await run(env.ports, [own])).toEqual({ failed: [] });
    expect(await run(env.ports, [other])).toEqual({ failed: ["other"] });
    await env.ports.blobs.put(key, content);
    expect(await run(env.ports, [other])).toEqual({ failed: [] });
    expect(await run(env.ports, [own, other])).toEqual({ failed: [] });
  });
});
