import { randomInt } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Client, createClient } from "../support/http.ts";
import { type Posthouse, startPosthouse } from "../support/process.ts";
import { seeded } from "../support/seeded.ts";

/**
 * The whole program, killed with SIGKILL while mail is accepted, sent and settled. `KILL_SEED` repeats a run's moments,
 * as far as the machine does.
 */
const random = seeded(Number(process.env["KILL_SEED"] ?? randomInt(2 ** 31)));
const seed = `KILL_SEED=${random.seed}`;
const kills = 10;
const mails = 200;
const each = mails / kills;
const env = {
  POSTHOUSE_TICK_SECONDS: "1",
  POSTHOUSE_RECOVERY_SECONDS: "2",
  POSTHOUSE_UNKNOWN_SECONDS: "3",
  POSTHOUSE_LEASE_SECONDS: "2",
};

let dataDir: string;
let running: Promise<Posthouse>;
const requests = { made: 0, unanswered: 0 };
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "posthouse-"));
  running = startPosthouse({ dataDir, env });
  await running;
});
afterAll(async () => {
  await (await running).stop();
  await rm(dataDir, { recursive: true, force: true });
});

const client = async (): Promise<Client> => {
  const { url, operatorKey } = await running;
  return createClient(url, { key: operatorKey, database: "acme", timeout_ms: 10_000 });
};
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const recipient = (n: number) => `customer-${n}@example.net`;

/** Sends as a careful caller does: what was not answered is asked again, with the same key, of whoever runs then. */
async function send(n: number): Promise<string> {
  const mail = { from: "mary@example.com", to: recipient(n), subject: `Order ${n}`, text: "Thank you." };
  for (;;) {
    requests.made++;
    const answer = await (await client())
      .call("POST", "/v1/emails", mail, { "idempotency-key": `order-${n}` })
      .catch(() => undefined);
    if (answer?.status === 200) return String(answer.body["id"]);
    if (answer && answer.status < 500) throw new Error(`${seed}: ${answer.status} ${JSON.stringify(answer.body)}`);
    requests.unanswered++;
    await pause(50);
  }
}

/** Starts so many sends, kills the process at a random moment after a random one of their answers, and starts it again. */
async function round(first: number): Promise<Promise<string>[]> {
  let answered = 0;
  const after = random.below(each);
  const ids = Array.from({ length: each }, async (_, n) => {
    await pause(random.below(400));
    const id = await send(first + n);
    answered++;
    return id;
  });
  while (answered < after) await pause(2);
  await pause(random.below(300));
  const killed = await running;
  running = killed.kill().then(() => startPosthouse({ dataDir, env }));
  await running;
  return ids;
}

interface Email {
  readonly id: string;
  readonly status: string;
}

async function list(): Promise<Email[]> {
  const emails: Email[] = [];
  for (let after = ""; ; after = `&after=${emails.at(-1)?.id}`) {
    const { body } = await (await client()).call("GET", `/v1/emails?limit=100${after}`);
    emails.push(...(body["data"] as Email[]));
    if (!body["has_more"]) return emails;
  }
}

async function copies(): Promise<Map<string, number>> {
  const { body } = await (await client()).call("GET", "/_local/mailbox");
  const counts = new Map<string, number>();
  for (const address of (body["data"] as { recipients: string[] }[]).flatMap(({ recipients }) => recipients))
    counts.set(address, (counts.get(address) ?? 0) + 1);
  return counts;
}

const isFinal = ({ status }: Email) => status === "sent" || status === "delivered";

const unfinished = async () =>
  (await list()).filter((email) => !isFinal(email)).map(({ id, status }) => `${id} ${status}`);

/** The end of what the program says besides that it answered a request. */
const complaints = async () =>
  (await running)
    .output()
    .split("\n")
    .filter((line) => !line.includes('"message":"request"'))
    .slice(-20)
    .join("\n");

describe("G1 G2 G3 200 mails, the process killed ten times", () => {
  it("each arrives, is counted once, and is doubled only where its timeline says so", {
    timeout: 240_000,
  }, async () => {
    const made = await (await client()).call("POST", "/v1/databases", { name: "acme", daily_limit: 100_000 });
    expect(made.status).toBe(201);
    const sends: Promise<string>[] = [];
    for (let kill = 0; kill < kills; kill++) sends.push(...(await round(kill * each)));
    const ids = await Promise.all(sends);
    expect(new Set(ids).size, seed).toBe(mails);
    // Otherwise nothing was killed in the act.
    expect(requests.unanswered, seed).toBeGreaterThan(0);

    await expect
      .poll(unfinished, { timeout: 90_000, interval: 500 })
      .toEqual([])
      .catch(async (error: unknown) => {
        throw new Error(`${seed}: mail was not finished; the program printed:\n${await complaints()}`, {
          cause: error,
        });
      });
    expect((await list()).map(({ id }) => id).toSorted(), seed).toEqual(ids.toSorted());
    const { body: usage } = await (await client()).call("GET", "/v1/usage");
    expect(usage["used"], seed).toBe(mails);

    const counts = await copies();
    for (const [n, id] of ids.entries()) {
      const count = counts.get(recipient(n)) ?? 0;
      expect(count, `${seed}: ${id}`).toBeGreaterThan(0);
      if (count === 1) continue;
      const { body } = await (await client()).call("GET", `/v1/emails/${id}`);
      expect(JSON.stringify(body["events"]), `${seed}: ${id} has ${count} copies`).toContain("possible duplicate");
    }
  });
});
