import type { Head, Recipient, State } from "./head.ts";

/** States that have not ended, least advanced first. */
const unfinished: readonly State[] = ["scheduled", "held", "queued", "sending", "deferred"];
/** Ends, worst first. */
const ends: readonly State[] = ["failed", "bounced", "complained", "suppressed", "canceled", "sent", "delivered"];

/** The status of an email: its least advanced unfinished recipient, else the worst end. */
export function statusOf(states: readonly State[]): State {
  const order = [...unfinished, ...ends];
  return order.find((state) => states.includes(state)) ?? "queued";
}

/** The states of an email's recipients; those without one of their own have the head's. */
export function statesOf(head: Pick<Head, "state">, recipients: readonly Pick<Recipient, "state">[]): State[] {
  return recipients.length === 0 ? [head.state] : recipients.map(({ state }) => state ?? head.state);
}

/** What the Resend API calls a status. */
export function lastEvent(status: State): string {
  if (status === "held" || status === "sending") return "queued";
  return status === "deferred" ? "delivery_delayed" : status;
}
