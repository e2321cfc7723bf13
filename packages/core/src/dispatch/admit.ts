import type { Version } from "../database/version.ts";
import type { Stored } from "../email/body.ts";
import type { Head } from "../email/head.ts";
import * as Hold from "../email/hold.ts";
import { AppError } from "../error.ts";
import type { Ports } from "../ports/main.ts";
import { charge } from "./charge.ts";
import { headUpdate, type InHand, write } from "./hand.ts";
import * as Later from "./later.ts";
import * as Outcome from "./outcome.ts";

/**
 * Lets a scheduled mail through to its first try: it is charged when it is due (R-LIM-3); where the limit is full it is
 * held, whatever `on_limit` says, for it was accepted.
 * @returns the head as it then is, `queued`; undefined when it waits or has ended, or somebody else was faster.
 */
export async function admit(ports: Ports, version: Version, inHand: InHand, body: Stored): Promise<Head | undefined> {
  const { head } = inHand;
  if (head.over === "smtp") return queue(ports, head);
  if (await Hold.isBehind(ports.store, head.database, head.kind)) return hold(ports, version, inHand, body);
  const set = (charged: Partial<Head>) => ({ state: "queued" as const, ...charged });
  try {
    const charged = await charge(ports, version, inHand, (of) => [headUpdate(head, set(of), [])]);
    return charged && { ...head, ...set(charged), rev: head.rev + 1 };
  } catch (error) {
    if (!(error instanceof AppError) || error.name !== "daily_quota_exceeded") throw error;
    return atLimit(ports, version, inHand, body, error);
  }
}

/**
 * The platform's limit has no room for mail that was accepted: it is held; where it is larger than a whole day's limit
 * waiting cannot help (R-LIM-4).
 * @param refused the daily_quota_exceeded that said so.
 */
export async function atLimit(
  ports: Ports,
  version: Version,
  inHand: InHand,
  body: Stored,
  refused: AppError,
): Promise<undefined> {
  const { requested, limit } = refused.details ?? {};
  if (!Hold.isTooLarge(Number(requested), Number(limit))) return hold(ports, version, inHand, body);
  await Outcome.fail(ports, inHand, "daily_limit", refused.message);
}

const hold = (...given: Parameters<typeof Later.hold>): Promise<undefined> =>
  Later.hold(...given).then(() => undefined);

async function queue(ports: Ports, head: Head): Promise<Head | undefined> {
  const set = { state: "queued" as const };
  return (await write(ports, [headUpdate(head, set, [])])) ? { ...head, ...set, rev: head.rev + 1 } : undefined;
}
