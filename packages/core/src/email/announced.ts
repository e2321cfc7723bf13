import type { Ports } from "../ports/main.ts";
import type { Put } from "../ports/store.ts";
import { wanted } from "../webhook/wanted.ts";
import type { Draft } from "./draft.ts";
import type { Head } from "./head.ts";
import * as Told from "./told.ts";

/** `email.scheduled`, once for each time a mail is given; none where nobody wants it. `now` in ms. */
export async function scheduled(ports: Pick<Ports, "store" | "clock">, head: Head, about: Whom, now: number) {
  if (!(await wanted(ports, head.database)).has("email.scheduled")) return [];
  const data = { scheduled_at: head.scheduled_at };
  return [Told.put(head, { type: "email.scheduled", once: String(head.rev), data, ...about }, now)];
}

/** Addresses a mail goes to; absent = the only one that its head has. */
type Whom = Pick<Told.Telling, "about">;

/**
 * A mail about to be committed, with what webhooks are told of it where it does not simply go out: that it is scheduled
 * or held, and who is left out (R-FAIL-5). Nothing is read for any other.
 */
export async function announced(ports: Pick<Ports, "store" | "clock">, email: Draft): Promise<Draft> {
  const { head, recipients } = email;
  const left = leftOut(email);
  if (!["scheduled", "held"].includes(head.state) && left.length === 0) return email;
  const types = await wanted(ports, head.database);
  const now = Date.parse(head.created_at);
  const put = (type: "email.held" | "email.suppressed", about: readonly string[], data = {}): Put[] =>
    types.has(type) ? [Told.put(head, { type, once: "accepted", about, data }, now)] : [];
  const waits = recipients
    .filter(({ put: one }) => one["state"] === undefined)
    .map(({ put: one }) => String(one["address"]));
  const whom = head.to === undefined ? waits : [head.to];
  const later = head.state === "scheduled" ? await scheduled(ports, head, { about: whom }, now) : [];
  const held = head.state === "held" ? put("email.held", whom) : [];
  const [first] = left;
  const suppressed = { type: first?.type, message: "The database does not mail this address." };
  const told = first
    ? put(
        "email.suppressed",
        left.map(({ address }) => address),
        { suppressed },
      )
    : [];
  return { ...email, events: [...email.events, ...later, ...held, ...told] };
}

/** Its recipients that get nothing, and why. */
function leftOut({ head, recipients }: Draft): { address: string; type: string }[] {
  if (head.to !== undefined)
    return head.state === "suppressed" ? [{ address: head.to, type: head.failure_type ?? "suppressed" }] : [];
  return recipients
    .filter(({ put }) => put["state"] === "suppressed")
    .map(({ put }) => ({ address: String(put["address"]), type: String(put["failure_type"]) }));
}
