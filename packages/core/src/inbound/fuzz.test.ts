import { createReceiver } from "@posthouse/local/receive/receiver";
import { startTestPorts, type TestPorts } from "@posthouse/local/testing";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mutants } from "../../../../test/fixtures/mail/mutant.ts";
import { makeDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import * as Alias from "../alias/alias.ts";
import type { Job } from "../job.ts";
import { patch } from "../settings/patch.ts";
import * as Message from "../thread/message.ts";
import { run } from "./batch.ts";
import { list } from "./list.ts";
import * as Mail from "./mail.ts";
import { get } from "./read.ts";
import { read as readReceipt } from "./receipt.ts";
import { find, type ReceivedView } from "./view.ts";

let env: TestPorts;
let db: TestDatabase;
let receiver: ReturnType<typeof createReceiver>;
beforeAll(async () => {
  env = await startTestPorts();
  receiver = createReceiver({ endpoint: env.services.fauxqs.url, now: env.ports.clock.now, control: env.ses.control });
  db = await makeDatabase(env.ports);
  await Alias.create(env.ports, await db.version(), { name: "sales", model: "crm.lead" });
  await patch(env.ports, await db.version(), { loop_allow_list: ["customer.example"] });
});
afterAll(async () => {
  receiver.close();
  await env.close();
});

const addresses = ["sales", "catchall", "nobody", "sales+token-of-nobody", "bounce"].map(
  (local) => `${local}@company-name.posthouse.test`,
);
const count = 1_000;
const client = { name: "client.example", address: "192.0.2.1" };

/** A mail, and whom it is for: two in three say who wrote them, so that they may become messages. */
const mails = fc
  .sample(fc.tuple(mutants, fc.constantFrom(...addresses)), { seed: 6, numRuns: count })
  .map(([raw, to], n) => {
    const header = n % 3 === 0 ? "" : `Message-ID: <fuzz-${n}@customer.example>\r\nFrom: mary@customer.example\r\n`;
    return { raw: Buffer.concat([Buffer.from(header), raw]), to };
  });

/** All that is kept, oldest first. */
async function kept(): Promise<ReceivedView[]> {
  const found: ReceivedView[] = [];
  for (let after: string | undefined; ; ) {
    const page = await list(env.ports, db.id, { limit: 100, ...(after !== undefined && { after }) });
    found.push(...page.data);
    after = page.data.at(-1)?.id;
    if (!page.has_more) return found;
  }
}

/** What makes a mail another one than those before it, as it lies where SES put it. */
async function identity({ body }: Job): Promise<string> {
  const { blob = "", recipients = [] } = readReceipt(body) ?? {};
  const raw = await env.ports.blobs.get(blob);
  return `${Mail.read(raw ?? new Uint8Array()).identity} ${recipients.join()}`;
}

describe("R-IN 1,000 mails that things befell", () => {
  const known = new Set<string>();

  it("R-IN each is taken in, and none stops those behind it", async () => {
    for (let at = 0; at < count; at += 10) {
      const arrivals = mails.slice(at, at + 10).map(({ raw, to }) => ({ recipients: [to], raw, client }));
      await Promise.all(arrivals.map((one) => receiver.take({ ...one, envelope_from: "mary@customer.example" })));
      const jobs = await env.jobs.take("inbound");
      expect(jobs).toHaveLength(10);
      for (const job of jobs) known.add(await identity(job));
      expect(await run(env.ports, jobs)).toEqual({ failed: [] });
    }
    expect(known.size).toBeGreaterThan(count * 0.9);
  }, 600_000);

  it("R-IN each is there once, at what it was routed to, and can be read", async () => {
    const all = await kept();
    expect(all).toHaveLength(known.size);
    const left = new Set(known);
    for (const { id, status, route, recipients } of all) {
      const raw = await env.ports.blobs.get((await find(env.ports, db.id, id)).blob);
      expect(left.delete(`${Mail.read(raw ?? new Uint8Array()).identity} ${recipients.join()}`)).toBe(true);
      const message = route.message && (await Message.ofId(env.ports, db.id, route.message));
      expect([status, message !== undefined], id).toEqual([status, status === "threaded"]);
      expect((await get(env.ports, db.id, id)).id).toBe(id);
    }
    expect([...left]).toEqual([]);
    const statuses = new Set(all.map(({ status }) => status));
    expect([...statuses].toSorted()).toEqual(["rejected", "threaded", "unmatched"]);
  }, 600_000);

  it("R-IN nothing is left waiting, nobody was answered, and nothing was told as an error", async () => {
    for (const queue of ["inbound", "dispatch", "mass", "external", "webhook"] as const)
      expect(env.jobs.peek(queue), queue).toEqual([]);
    expect(env.ses.mailbox.list()).toEqual([]);
    expect(env.log.filter(({ level }) => level === "error")).toEqual([]);
    expect(await env.ports.blobs.list("keep-40d/inbound/")).toEqual([]);
  });
});
