import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@posthouse/aws/clock";
import { createPorts } from "@posthouse/aws/ports";
import { read } from "@posthouse/core/database/version";
import { run as dispatch } from "@posthouse/core/dispatch/batch";
import { accept } from "@posthouse/core/email/accept";
import { list } from "@posthouse/core/email/list";
import { get } from "@posthouse/core/email/read";
import { run as feedback } from "@posthouse/core/feedback/batch";
import type { Ports } from "@posthouse/core/ports/main";
import { createJobs, type Jobs } from "@posthouse/local/jobs";
import { awsConfig, type Services, startServices } from "@posthouse/local/services";
import { mail } from "../../support/database.ts";
import { median } from "../statistics.ts";
import { createAccount, fixture, operator } from "../world.ts";
import { createHeads, fill } from "./fill.ts";

/** What is done with a mail, and with a list of them. */
export const steps = ["accept", "dispatch", "feedback", "list of 20", "get"] as const;
export type Step = (typeof steps)[number];

/** What a step takes with so many mails stored. */
export interface Growth {
  readonly stored: number;
  readonly of: Readonly<Record<Step, { readonly units: number; readonly ms: number }>>;
}

/** Fills one table up to each size in turn, and measures there. @param sizes ascending. @param times each step is done. */
export async function measure(sizes: readonly number[], times: number): Promise<Growth[]> {
  const dir = await mkdtemp(join(tmpdir(), "posthouse-growth-"));
  const found: Growth[] = [];
  try {
    const { id, next } = await open(dir, async (ports) => {
      const account = await createAccount(ports, "growth");
      return { id: account.id, next: await createHeads(ports, await read(ports.store, account.id)) };
    });
    let stored = 0;
    for (const size of sizes) {
      await fill(join(dir, "dynamodb"), size - stored, next);
      stored = size;
      found.push({ stored, of: await open(dir, (ports, services, jobs) => all(ports, services, jobs, id, times)) });
    }
    return found;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Works on the services over what is stored; then they are closed, so that it can be filled. */
async function open<T>(dir: string, work: (ports: Ports, services: Services, jobs: Jobs) => Promise<T>): Promise<T> {
  const { root_domain } = operator;
  const services = await startServices({
    dir,
    now: Date.now,
    root_domain,
    dns_servers: ["127.0.0.1:9"],
    durable: false,
  });
  const jobs = createJobs(services.fauxqs);
  try {
    const log = { info() {}, warn() {}, error() {} };
    return await work(createPorts(awsConfig(services, operator, true), { clock: systemClock, log }), services, jobs);
  } finally {
    jobs.close();
    await services.close();
  }
}

async function all(
  ports: Ports,
  { dynamodb: { meter } }: Services,
  jobs: Jobs,
  id: string,
  times: number,
): Promise<Growth["of"]> {
  const version = () => read(ports.store, id);
  const request = mail({ ...fixture, to: [fixture.to] });
  const seen = Object.fromEntries(steps.map((step) => [step, { units: [], ms: [] }])) as unknown as Record<
    Step,
    { units: number[]; ms: number[] }
  >;
  for (let n = -2; n < times; n++) {
    const count = async <T>(step: Step, work: () => Promise<T>): Promise<T> => {
      meter.reset();
      const start = performance.now();
      const result = await work();
      if (n < 0) return result;
      seen[step].ms.push(performance.now() - start);
      const { reads, writes } = meter.read();
      seen[step].units.push(reads + writes);
      return result;
    };
    const { id: email } = await count("accept", async () => accept(ports, await version(), request));
    const sent = await jobs.take("dispatch");
    await count("dispatch", () => dispatch(ports, sent));
    const events = await eventsOf(jobs);
    await count("feedback", () => feedback(ports, events));
    await count("list of 20", async () => list(ports, await version(), { limit: 20 }));
    await count("get", () => get(ports, id, email));
  }
  return Object.fromEntries(
    steps.map((step) => [step, { units: median(seen[step].units), ms: median(seen[step].ms) }]),
  ) as Growth["of"];
}

/** The Send event and the Delivery event of a mail. */
async function eventsOf(jobs: Jobs) {
  const taken = [];
  while (taken.length < 2) {
    taken.push(...(await jobs.take("feedback")));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return taken;
}
