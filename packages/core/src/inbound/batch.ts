import { patient } from "../answer/pace.ts";
import type { Failed, Job } from "../job.ts";
import type { Ports } from "../ports/main.ts";
import { read } from "./receipt.ts";
import { take } from "./take.ts";

/**
 * Takes in mail that was received, one after the other: each may be of 40 MB, and all of them together would not fit.
 * @returns the messages to be delivered again; what is no receipt at all ends in the dead-letter queue.
 */
export async function run(ports: Ports, jobs: readonly Job[]): Promise<Failed> {
  const failed: string[] = [];
  const patience = patient();
  for (const job of jobs) {
    try {
      const receipt = read(job.body);
      if (receipt) await take(ports, receipt, patience);
    } catch (error) {
      ports.log.error("a mail was not taken in", { operation: "inbound", code: job.id, error });
      failed.push(job.id);
    }
  }
  return { failed };
}
