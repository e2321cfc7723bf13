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
  if (!head) return;
  // Mail that went out twice has two ids, and the id of its hand-over may not have been written
  if (head.provider_id !== event.provider_id) await keep(ports, head, event.provider_id);
  if (!isNews(head, email.attempt)) return;
  await noteSender(ports, head);
  await write(ports, head, event);
}

/** Nobody else does for mail whose answer was lost (R-ADDR-3); before the write, after which an event is no news. */
async function noteSender(ports: Ports, head: Head): Promise<void> {
  const body = await Body.read(ports, head);
  if (body) await Sender.note(ports, head, body);
}

/** States only move forward (R-FAIL-1), save that a failed `unknown`, or one canceled after a lost answer, may still become sent. */
const isNews = ({ state, failure_type, attempt, maybe_sent }: Head, of: number): boolean =>
  attempt === of &&
  (["queued", "sending", "deferred", "held"].includes(state) ||
    (state === "failed" && failure_type === "unknown") ||
    (state === "canceled" && maybe_sent === true));

/** Reports and replies must find the email by it: where it cannot be written the event is to come again. */
async function keep(ports: Ports, head: Head, id: string): Promise<void> {
  if (!(await Outcome.remember(ports, head, id))) throw new Error("the provider's id of an email was not kept");
}

async function write(ports: Ports, { database, id, attempt }: Head, event: SesEvent): Promise<void> {
  try {
    await untilWritten(ports, () =>
      ports.store.write({
        update: keys.emailHead(database, id),
        add: { rev: 1 },
        set: { state: "sent", sent_at: event.sent_at, provider_id: event.provider_id },
        remove: [
          ...["due_pk", "due_sk", "due_n", "lease_until", "unknown", "failure_type", "mark_pk", "mark_sk", "reply"],
          // Its place goes when it is come to, for no held mail stands there
          "line",
        ],
        if:
          "#attempt = :attempt AND (#state IN (:queued, :sending, :deferred, :held) OR " +
          "(#state = :failed AND #failure_type = :unknown) OR (#state = :canceled AND #maybe_sent = :lost))",
        values: {
          attempt,
          queued: "queued",
          sending: "sending",
          deferred: "deferred",
          held: "held",
          failed: "failed",
          canceled: "canceled",
          lost: true,
          unknown: "unknown",
        },
      }),
    );
  } catch (error) {
    // Our own outcome was faster, and says the same.
    if (!(error instanceof ConditionFailed)) throw error;
  }
}
