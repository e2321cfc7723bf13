import type { Version } from "../database/version.ts";
import { AppError } from "../error.ts";
import { resetsAt } from "../limit/day.ts";
import * as Line from "../line/line.ts";
import type { Ports } from "../ports/main.ts";
import type { Put, Store } from "../ports/store.ts";
import type { Draft } from "./draft.ts";
import * as Event from "./event.ts";
import type { Head, Kind } from "./head.ts";
import { afterBody } from "./prolong.ts";

/** Mail that waits for room in the daily limit of platform mail (R-LIM-4): what its head says, and its place in line. */

const dayMs = 86_400_000;
/** How long mail is held at most, in ms; then it fails, and says so. */
export const longest = 30 * dayMs;
/** A raised limit and mail given back make room before the reset: the line is looked at so often, in ms. */
const between = 15 * 60_000;
/** What a mail released at the very last may lack of its body's time, in ms: a retention of 30 days is then enough. */
const slack = 3_600_000;

/** Seconds a mail may wait for a try; those in line do not count (R-LIM-4). */
export const lifeOf = ({ life, give_up_at, created_at }: Pick<Head, "life" | "give_up_at" | "created_at">): number =>
  life ?? Math.floor((Date.parse(give_up_at) - Date.parse(created_at)) / 1000);

/** What the head of held mail says; nothing of the due index, for it is the line that is due. `now` in ms. */
export const held = (head: Pick<Head, "life" | "give_up_at" | "created_at">, now: number): Partial<Head> => ({
  state: "held",
  failure_type: "daily_limit",
  line: "platform",
  life: lifeOf(head),
  not_before: new Date(now).toISOString(),
  give_up_at: new Date(now + longest).toISOString(),
});

/** Until when the body of mail held at `now` (ms) must be there, in epoch seconds: released last, and sent last. */
export const keptUntil = (now: number, life: number): number => Math.ceil((now + longest - slack) / 1000) + life;

/** When the line is looked at next, in ms: after the reset at the latest. */
export const nextLook = ({ reset_utc }: Pick<Version, "reset_utc">, now: number): number =>
  Math.min(now + between, Date.parse(resetsAt(now, reset_utc)));

/** Has mail join the line by `join`, and makes sure that somebody looks at it. */
export const joining = <T>(
  ports: Pick<Ports, "store" | "clock" | "random">,
  version: Pick<Version, "id" | "reset_utc">,
  join: () => Promise<T>,
): Promise<T> => Line.joining(ports, version.id, "platform", () => nextLook(version, ports.clock.now()), join);

/**
 * Whether mail that was accepted can never be released, for it has more recipients than a whole day's limit (R-LIM-4). A
 * limit of 0 is a stop, that may be lifted: mail waits.
 */
export const isTooLarge = (n: number, limit: number): boolean => limit > 0 && n > limit;

/** Recipients that scheduled mail will be charged with when it is due (R-LIM-3); 0 for any other. */
export const laterCount = ({ head, recipients }: Draft): number => {
  if (head.state !== "scheduled" || head.over !== "platform") return 0;
  return head.recipients === 1 ? 1 : recipients.filter(({ put }) => put["state"] === undefined).length;
};

/** Recipients that a mail is charged with, now or when it is due. */
export const sizeOf = (mail: Draft): number => Math.max(mail.counted, laterCount(mail));

/** @throws AppError daily_quota_exceeded for scheduled mail that could never be sent: what is due later is refused now. `now` in ms. */
export function assertScheduledFits({ limit, reset_utc }: Version, mail: Draft, now: number): void {
  const requested = laterCount(mail);
  if (!isTooLarge(requested, limit)) return;
  throw new AppError(
    "daily_quota_exceeded",
    `The mail has ${requested} recipients, more than the whole daily limit of ${limit}: send it in parts, ask the operator for a higher limit, or send over a server of your own.`,
    { details: { limit, requested, resets_at: resetsAt(now, reset_utc) } },
  );
}

/** Whether mail of that kind has to queue behind held mail: transactional mail passes held mass mail (R-LIM-4). */
export async function isBehind(store: Store, db: string, kind: Kind): Promise<boolean> {
  const first = await Line.front(store, db, "platform", 1, kind === "mass" ? undefined : kind);
  return first.length > 0;
}

/**
 * A mail that is accepted though the limit is full: the same, held, charged with nothing, and with its place in line.
 * It is committed by `joining`; keep the body until `keptUntil`. `now` in ms.
 */
export function draft(mail: Draft, now: number): Draft {
  const { due_pk: _pk, due_sk: _sk, ...rest } = mail.head;
  const expires_at = Math.max(rest.expires_at, keptUntil(now, lifeOf(rest)) + afterBody);
  const head = { ...rest, ...held(rest, now), expires_at };
  const lasting = (item: Put): Put => ({
    ...item,
    put: { ...item.put, expires_at: Math.max(Number(item.put["expires_at"]), expires_at) },
  });
  const event: Event.Event = { type: "held", at: head.created_at };
  return {
    head,
    counted: 0,
    recipients: mail.recipients.map(lasting),
    messageIds: mail.messageIds.map(lasting),
    ...(mail.opens && { opens: mail.opens }),
    events: [...mail.events, Line.join(head, "platform", mail.counted), Event.put(head, event, expires_at)],
  };
}
