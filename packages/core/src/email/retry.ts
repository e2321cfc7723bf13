import { load } from "../configuration/load.ts";
import type { Version } from "../database/version.ts";
import type { InHand } from "../dispatch/hand.ts";
import { AppError } from "../error.ts";
import type { Idempotency } from "../idempotency/claim.ts";
import { type Claims, once, Taken } from "../idempotency/once.ts";
import { type Commit, reserve } from "../limit/reserve.ts";
import type { Ports } from "../ports/main.ts";
import * as Restored from "../restore/mark.ts";
import { enqueueSafely } from "./accept.ts";
import * as Attempt from "./attempt.ts";
import * as Body from "./body.ts";
import { findHead } from "./find.ts";
import type { State } from "./head.ts";
import * as Hold from "./hold.ts";
import { recipientsOf } from "./list.ts";
import { assertActive, assertMayUse } from "./outline.ts";
import { prolong } from "./prolong.ts";
import type { LeftOut } from "./request.ts";
import * as Retryable from "./retryable.ts";

/** How a retry is answered. */
export interface Retried {
  readonly id: string;
  /** The number of the attempt that was opened. */
  readonly attempt: number;
  /** `held` where the daily limit had no room, and the database holds mail then (R-LIM-4). */
  readonly status: Extract<State, "queued" | "held">;
  /** Recipients left out because the database does not mail them (R-FAIL-5). */
  readonly suppressed: readonly LeftOut[];
}

/**
 * Tries an email again on request: opens a new attempt for its recipients that failed or bounced, or for those of them
 * that are asked for; the others keep their states (R-FAIL-1, R-FAIL-3). The limit is reserved again, the timeline keeps
 * the old attempt, and the red envelope goes unless there is another reason for it. Of retries at once one opens it.
 * @param asked addresses; absent = all that can be tried again.
 * @throws AppError not_found, invalid_parameter for an address that is no recipient; conflict where nothing can be tried
 *   again, with the reason; daily_quota_exceeded, limit_unavailable, database_paused.
 */
export const retry = (
  ports: Ports,
  version: Version,
  id: string,
  asked?: readonly string[],
  key?: Idempotency,
): Promise<Retried> => once(ports, version.id, key, (claims) => retryOnce(ports, version, id, asked, claims));

async function retryOnce(
  ports: Ports,
  version: Version,
  id: string,
  asked: readonly string[] | undefined,
  claims: Claims<Retried>,
): Promise<Retried> {
  assertActive(version);
  const head = await Restored.apply(ports, await findHead(ports.store, version.id, id));
  assertMayUse(version, head);
  const inHand = { head, recipients: head.recipients > 1 ? await recipientsOf(ports.store, head) : [] };
  const chosen = await Retryable.choose(ports, inHand, asked);
  const body = await Body.read(ports, head);
  if (!body) throw new AppError("conflict", "The body of this email is no longer kept: send it anew.");
  const { settings } = await load(ports, version);
  const counted = head.over === "platform" && version.delivery !== "capture" ? chosen.again.length : 0;
  const mayWait = settings.on_limit === "hold" && counted > 0 && counted <= version.limit;
  const ready = { inHand, chosen, body, counted, claims };
  if (mayWait && (await Hold.isBehind(ports.store, version.id, head.kind))) return open(ports, version, ready, true);
  try {
    return await open(ports, version, ready, false);
  } catch (error) {
    if (!mayWait || !(error instanceof AppError) || error.name !== "daily_quota_exceeded") throw error;
    return open(ports, version, ready, true);
  }
}

interface Ready {
  readonly inHand: InHand;
  readonly chosen: Retryable.Chosen;
  readonly body: Body.Stored;
  /** Recipients that the daily limit is charged with, unless it is held. */
  readonly counted: number;
  readonly claims: Claims<Retried>;
}

/** Head, recipients and counter in one transaction, on the head as it was read. */
async function open(ports: Ports, version: Version, ready: Ready, held: boolean): Promise<Retried> {
  const { inHand, chosen, body, claims } = ready;
  const { again, suppressed } = chosen;
  const { head: old } = inHand;
  const now = ports.clock.now();
  const life = Hold.lifeOf(old);
  const prolonged = await prolong(ports, old, body, held ? Hold.keptUntil(now, life) : Math.ceil(now / 1000) + life);
  const answer: Retried = { id: old.id, attempt: old.attempt + 1, status: held ? "held" : "queued", suppressed };
  const claim = await claims(answer);
  const count = held ? 0 : ready.counted;
  const terms = { again, held, prolonged, server: body.asked.server, now, recovery: ports.operator.waits.recovery };
  let head = old;
  const commitment: Commit = {
    count,
    kind: old.kind,
    actions: (day) => {
      const charge = count > 0 ? { charged_day: day, charged_n: count } : {};
      const opened = Attempt.open(inHand, { ...terms, charge });
      head = opened.head;
      return [...opened.writes, ...claim];
    },
    refused: (position) => {
      if (position > 0) throw new Taken();
      throw new AppError(
        "conflict",
        "This email was changed at the same moment, or is tried again already: look at it.",
      );
    },
  };
  const commit = () => reserve(ports, version, commitment);
  await (held ? Hold.joining(ports, version, commit) : commit());
  if (!held) await enqueueSafely(ports, head);
  return answer;
}
