import * as Probe from "../doctor/probe.ts";
import type { Failed, Job } from "../job.ts";
import type { Ports } from "../ports/main.ts";
import * as EventPath from "./path.ts";
import type { Told } from "./reduce.ts";
import { read, type SesEvent } from "./ses-event.ts";
import { type Letter, settle } from "./settle.ts";

/** An event of an email of ours, and the message it came in. */
interface Taken extends SesEvent {
  readonly job: string;
  readonly email: NonNullable<SesEvent["email"]>;
}

/**
 * Takes in SES events. Any order, any number of times: what an event says is written only where it is news, and all of
 * one database together.
 * @returns the messages to be delivered again; what is no event at all ends in the dead-letter queue.
 */
export async function run(ports: Ports, jobs: readonly Job[]): Promise<Failed> {
  const failed: string[] = [];
  const fail = (job: string, error: unknown): void => {
    ports.log.error("an event was not taken in", { operation: "feedback", code: job, error });
    failed.push(job);
  };
  const probed: Promise<void>[] = [];
  const taken = jobs.flatMap((job): Taken[] => {
    try {
      const { email, probe, ...event } = read(job.body);
      if (probe !== undefined)
        probed.push(Probe.arrive(ports, probe, event.type).catch((error: unknown) => fail(job.id, error)));
      return email ? [{ ...event, email, job: job.id }] : [];
    } catch (error) {
      fail(job.id, error);
      return [];
    }
  });
  const databases = Map.groupBy(taken, ({ email }) => email.database);
  await Promise.all([...databases].map(([db, events]) => takeIn(ports, db, events, fail)));
  await Promise.all(probed);
  // A greeting, or an event of mail that is none of ours, says nothing of the way ours take
  if (taken.length > 0) await EventPath.note(ports, "event_at");
  return { failed };
}

async function takeIn(
  ports: Ports,
  db: string,
  events: readonly Taken[],
  fail: (job: string, error: unknown) => void,
): Promise<void> {
  const byEmail = Map.groupBy(events, ({ email }) => email.id);
  const letters = [...byEmail].map(([id, all]): Letter => ({ id, told: all.map(tellingOf) }));
  try {
    for (const [id, error] of await settle(ports, db, letters))
      for (const { job } of byEmail.get(id) ?? []) fail(job, error);
  } catch (error) {
    for (const { job } of events) fail(job, error);
  }
}

const tellingOf = ({ email, sent_at, provider_id, changes }: Taken): Told => ({
  attempt: email.attempt,
  accepted: { at: sent_at, provider_id },
  changes,
});
