import type { Failed, Job } from "../job.ts";
import type { Ports } from "../ports/main.ts";
import * as Context from "./context.ts";
import { deliver, take } from "./deliver.ts";
import { type Claimed, fanOut } from "./fan-out.ts";
import * as Message from "./message.ts";

/**
 * Tells endpoints of events: of an event that waits in the outbox each endpoint that wants it, or one of them again. All
 * at the same time, so that one that hangs keeps nobody waiting.
 * @returns the messages to be delivered again.
 */
export async function run(ports: Ports, jobs: readonly Job[]): Promise<Failed> {
  const context = Context.create(ports);
  const done = await Promise.all(jobs.map((job) => one(ports, context, job)));
  return { failed: jobs.filter((_, n) => !done[n]).map(({ id }) => id) };
}

/** @returns false when it is to come again. What it has in hand is due again by itself when its lease is over. */
async function one(ports: Ports, context: Context.Context, { id, body }: Job): Promise<boolean> {
  try {
    const claimed = await claim(ports, context, Message.read(body));
    const results = await Promise.allSettled(claimed.map((each) => deliver(ports, context, each)));
    for (const result of results) if (result.status === "rejected") throw result.reason;
    return true;
  } catch (error) {
    ports.log.error("a webhook was not delivered", { operation: "webhook", code: id, error });
    return false;
  }
}

async function claim(ports: Ports, context: Context.Context, job: Message.Job): Promise<Claimed[]> {
  if ("event" in job) return fanOut(ports, context, job.database, job.event);
  const claimed = await take(ports, context, job);
  return claimed ? [claimed] : [];
}
