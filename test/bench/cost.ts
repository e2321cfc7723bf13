import * as Dispatch from "@posthouse/core/dispatch/batch";
import * as Feedback from "@posthouse/core/feedback/batch";
import type { Job } from "@posthouse/core/job";
import { today } from "@posthouse/core/statistics/today";
import { wanted } from "@posthouse/core/webhook/wanted";
import { createBatchClient, createClient } from "./api.ts";
import { type Recorder, record } from "./calls.ts";
import { createAccount, startWorld, type World } from "./world.ts";

/** What one step of one mail takes. */
export interface Cost {
  /** Requests by service and operation, e.g. `DynamoDB PutItem`. */
  readonly calls: Readonly<Record<string, number>>;
  /** Read capacity units. */
  readonly reads: number;
  /** Write capacity units by operation (`PutItem`, `TransactWriteItems`), those of the indexes included. */
  readonly writes: Readonly<Record<string, number>>;
  /** Write capacity units of the indexes alone. */
  readonly indexes: number;
}

/** The steps whose cost is counted. */
export type Step =
  | "accept"
  | "accept with key"
  | "batch of 100"
  | "dispatch"
  | "dispatch, of a batch"
  | "feedback, nothing new"
  | "feedback, ten delivered"
  | "feedback, settles";

/**
 * Counts calls and capacity units of every step for the fixture: one mail at a time over warm caches, the day's counter
 * made. Exact: the same at every run.
 */
export async function countAll(): Promise<Record<Step, Cost>> {
  let lost = false;
  const hook = (moment: string) => (lost && moment === "after" ? { drop: true } : undefined);
  const world = await startWorld({ ses: { hook } });
  try {
    const account = await createAccount(world.ports, "bench");
    const send = createClient(world.ports)(account);
    const databases = [account.id];
    const count = counter(world, databases);
    await send();
    await (await next(world, "dispatch"))();
    await takeEvents(world);
    const accept = await count(() => send());
    const dispatch = await count(await next(world, "dispatch"));
    const nothingNew = await count(await next(world, "feedback"));
    await takeEvents(world, 1);
    const delivered = await count(await tenDelivered(world, send));
    const withKey = await count(() => send("order-12"));
    lost = true;
    await (await next(world, "dispatch"))();
    // The Send event, and the first this head hears of what became of it.
    const settles = await count(await next(world, "feedback"));
    lost = false;
    const batch = await count(await hundred(world, databases));
    const ofBatch = await count(await next(world, "dispatch"));
    return {
      accept,
      "accept with key": withKey,
      "batch of 100": batch,
      dispatch,
      "dispatch, of a batch": ofBatch,
      "feedback, nothing new": nothingNew,
      "feedback, ten delivered": delivered,
      "feedback, settles": settles,
    };
  } finally {
    await world.close();
  }
}

/** Some work to be counted. */
export type Work = () => Promise<unknown>;

/** A batch of a hundred mails, to recipients of their own, for a database that has sent before. */
async function hundred(world: World, databases: string[]): Promise<Work> {
  const { ports } = world;
  const account = await createAccount(ports, "batch");
  databases.push(account.id);
  const send = createBatchClient(ports)(account);
  await send(1);
  // The first takes what only a database's first mail needs
  await (await next(world, "dispatch"))();
  return () => send(100);
}

/** The Delivery events of ten mails, as a function gets them at once. */
async function tenDelivered(world: World, send: () => Promise<string>): Promise<Work> {
  const { env, ports } = world;
  const found: Job[] = [];
  for (let n = 0; n < 10; n++) {
    await send();
    await (await next(world, "dispatch"))();
  }
  for (let looks = 0; looks < 1_000 && found.length < 20; looks++) {
    found.push(...(await env.jobs.take("feedback")));
    if (found.length < 20) await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const isDelivery = ({ body }: Job) => (body as { eventType?: string }).eventType === "Delivery";
  return () => Feedback.run(ports, found.filter(isDelivery));
}

/** Takes one message off a queue, waiting for it. @returns what its function does with it. */
export async function next({ env, ports }: World, queue: "dispatch" | "feedback"): Promise<Work> {
  for (let looks = 0; looks < 1_000; looks++) {
    const jobs = await env.jobs.take(queue, 1);
    if (jobs.length > 0) return () => (queue === "dispatch" ? Dispatch : Feedback).run(ports, jobs);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`no message came to the queue ${queue}`);
}

/** A mail that arrives has two events: Send and Delivery. */
async function takeEvents(world: World, events = 2): Promise<void> {
  for (let n = 0; n < events; n++) await (await next(world, "feedback"))();
}

/** Counts what work takes on a world, one after another. @param databases whose warm caches are kept warm */
export function counter(world: World, databases: readonly string[] = []): (work: Work) => Promise<Cost> {
  const recorder = record(world.clients);
  return (work) => costOf(world, recorder, databases, work);
}

async function costOf(
  { env, ports }: World,
  recorder: Recorder,
  databases: readonly string[],
  work: Work,
): Promise<Cost> {
  // What is remembered for some seconds would be read anew on a slow machine
  for (const id of databases) await Promise.all([wanted(ports, id), today(ports, id)]);
  recorder.take();
  env.meter.reset();
  await work();
  const { reads, byOperation, byTarget } = env.meter.read();
  const calls: Record<string, number> = {};
  for (const { service, operation } of recorder.take())
    calls[`${service} ${operation}`] = (calls[`${service} ${operation}`] ?? 0) + 1;
  const onIndexes = Object.entries(byTarget).filter(([target]) => target.includes("/"));
  const indexes = onIndexes.reduce((sum, [, { writes }]) => sum + writes, 0);
  const writes = Object.entries(byOperation).filter(([, line]) => line.writes > 0);
  return { calls, reads, indexes, writes: Object.fromEntries(writes.map(([name, line]) => [name, line.writes])) };
}
