import type { Message } from "../ports/queue.ts";
import type { Ref } from "./delivery.ts";

/** A delivery that is due, or that is to be tried before: if its next attempt was to be made at `early`. */
export type Due = Ref & { readonly early?: string };

/** A message of the `webhook` queue: an event that waits in the outbox, or a delivery. */
export type Job = { readonly database: string; readonly event: string } | Due;

/** The message of an event; each database has its fair share of the queue. */
export const ofEvent = (database: string, event: string): Message => ({ body: { database, event }, group: database });

/** The message of a delivery. @param delay seconds, at most 900 @param early see {@link Due} */
export const ofDelivery = ({ database, owner, endpoint, id }: Ref, delay = 0, early?: string): Message => ({
  body: { database, owner, endpoint, id, ...(early !== undefined && { early }) },
  group: database,
  ...(delay > 0 && { delay }),
});

/** Reads one. @throws TypeError for anything else, which ends in the dead-letter queue. */
export function read(body: unknown): Job {
  const { database, event, owner, endpoint, id, early } = (body ?? {}) as Record<string, unknown>;
  if (typeof database === "string" && typeof event === "string") return { database, event };
  if ([database, owner, endpoint, id].every((each) => typeof each === "string"))
    return { database, owner, endpoint, id, ...(typeof early === "string" && { early }) } as Due;
  throw new TypeError("a message of the webhook queue names an event, or a delivery");
}
