import type { Failed, Job } from "../job.ts";
import type { Ports } from "../ports/main.ts";
import * as EventPath from "./path.ts";
import { read } from "./ses-event.ts";
import { settle } from "./settle.ts";

/**
 * Takes in SES events. Any order, any number of times: what an event says is written only where it is news.
 * @returns the messages to be delivered again; what is no event at all ends in the dead-letter queue.
 */
export async function run(ports: Ports, jobs: readonly Job[]): Promise<Failed> {
  const failed: string[] = [];
  await Promise.all(
    jobs.map(async (job) => {
      try {
        await settle(ports, read(job.body));
      } catch (error) {
        ports.log.error("an event was not taken in", { operation: "feedback", code: job.id, error });
        failed.push(job.id);
      }
    }),
  );
  if (failed.length < jobs.length) await EventPath.note(ports, "event_at");
  return { failed };
}
