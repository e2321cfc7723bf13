import * as Outcome from "../dispatch/outcome.ts";
import { untilWritten } from "../dispatch/write.ts";
import * as Body from "../email/body.ts";
import { fromItem, type Head } from "../email/head.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed } from "../ports/store.ts";
import * as Sender from "../sender/used.ts";
import type { SesEvent } from "./ses-event.ts";

/** Events that tell nothing of an acceptance. */
const noProof = ["Reject", "Rendering Failure"];

/**
 * Settles an email by an event of SES (G3): whoever lost the answer to the hand-over, SES has the mail, so it is sent
 * and never sent again. Writes nothing when that is known already.
 */
export async function settle(ports: Ports, event: SesEvent): Promise<void> {
  const { email } = event;
  if (!email || noProof.includes(event.type)) return;
  const item = await ports.store.get(keys.emailHead(email.database, email.id), { consistent: true });
  const head = item && fromItem(item);
  if (!head || !isNews(head, email.attempt)) return;
  await Outcome.remember(ports, head, event.provider_id);
  await noteSender(ports, head);
  await write(ports, head, event);
}

/** Nobody else does for mail whose answer was lost (R-ADDR-3); before the write, after which an event is no news. */
async function noteSender(ports: Ports, head: Head): Promise<void> {
  const body = await Body.read(ports, head);
  if (body) await Sender.note(ports, head, body);
}

/** States only move forward (R-FAIL-1), save that a failed `unknown` may still become sent. */
const isNews = ({ state, failure_type, attempt }: Head, of: number): boolean =>
  attempt === of &&
  (["queued", "sending", "deferred", "held"].includes(state) || (state === "failed" && failure_type === "unknown"));

async function write(ports: Ports, { database, id, attempt }: Head, event: SesEvent): Promise<void> {
  try {
    await untilWritten(ports, () =>
      ports.store.write({
        update: keys.emailHead(database, id),
        add: { rev: 1 },
        set: { state: "sent", sent_at: event.sent_at, provider_id: event.provider_id },
        remove: ["due_pk", "due_sk", "due_n", "lease_until", "unknown", "failure_type", "mark_pk", "mark_sk", "reply"],
        if:
          "#attempt = :attempt AND (#state IN (:queued, :sending, :deferred, :held) OR " +
          "(#state = :failed AND #failure_type = :unknown))",
        values: {
          attempt,
          queued: "queued",
          sending: "sending",
          deferred: "deferred",
          held: "held",
          failed: "failed",
          unknown: "unknown",
        },
      }),
    );
  } catch (error) {
    // Our own outcome was faster, and says the same.
    if (!(error instanceof ConditionFailed)) throw error;
  }
}
