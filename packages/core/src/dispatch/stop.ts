import * as Event from "../email/event.ts";
import type { Stopped } from "./guard.ts";
import { clip, dueAt, headUpdate, type InHand, type Needs, write } from "./hand.ts";

/**
 * Its server is not asked for now, after repeated failures: waits until one mail finds out whether it is back. That is
 * no try, and its end comes when it would (R-FAIL-6). The timeline says so when it is first stopped, not at each wait.
 */
export async function stop(
  ports: Needs,
  { head }: InHand,
  { breaker: { failures, until, reply }, failure_type }: Stopped,
): Promise<void> {
  const now = ports.clock.now();
  const at = Math.min(Date.parse(until ?? head.not_before), Date.parse(head.give_up_at));
  const set = {
    state: "deferred",
    failure_type,
    reply: clip(reply),
    stopped: true,
    not_before: new Date(at).toISOString(),
    ...dueAt(head, at),
  };
  const event: Event.Event = {
    type: "deferred",
    at: new Date(now).toISOString(),
    reply: clip(reply),
    failure_type,
    note: `Its server failed ${failures} times in a row and is left alone for a while: this was no try. These are its last words.`,
  };
  await write(ports, [
    headUpdate(head, set, ["admitted"]),
    ...(head.stopped ? [] : [Event.put(head, event, head.expires_at)]),
  ]);
}
