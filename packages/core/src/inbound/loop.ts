import { domainOf, normalize } from "../address/address.ts";
import * as Domain from "../address/domain.ts";
import { isBusy } from "../configuration/commit.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed, type Item } from "../ports/store.ts";
import { type Patience, retry } from "../retry.ts";
import { withoutTag } from "./destination.ts";

/** A mail that would make a new record, or be an entry of one. */
export interface Step {
  /** The sender's address, normalised; empty where the mail names none: all of those are one sender. */
  readonly sender: string;
  /** `record` = a new one; else the id of the thread answered. */
  readonly what: string;
  /** The received mail's id: the same mail again counts once. */
  readonly id: string;
  /** Addresses and domains that may write as often as they like (`loop_allow_list`). */
  readonly allowed: readonly string[];
}

/** `first` = it does not pass, and its sender is to be told so, once. */
export type Passage = "passes" | "first" | "stopped";

/** So many pass in so many ms. */
const most = 20;
const window = 120 * 60_000;

/** Longest part of a sender that is told from others, in octets: a key has 1,024. */
const longest = 300;

/** Writers to one item outrun each other, as many as there are. */
const patience: Patience = { tries: 60, base_ms: 10, longest_ms: 300, within_ms: 15_000 };

/** A mail that was counted, and when (ms). */
interface Entry {
  readonly id: string;
  readonly at: number;
}

/** What a sender has made of late: who passed within the window, and whose sender was told last that no more do. */
interface Count {
  readonly rev: number;
  readonly passed: readonly Entry[];
  readonly told?: Entry;
}

/**
 * Whether a sender has not written too often of late (R-IN-5): of any 120 minutes 20 pass, the 21st does not. Plus tags make
 * no other sender. The same mail asked for again gets the same answer as long as it is in the window. What is stopped does not
 * count, and whoever asks keeps it: asked for again once there is room, it would pass.
 * @throws StoreBusy, ConditionFailed where too many are counted at once: whoever asks is to come again.
 */
export async function pass(ports: Pick<Ports, "store" | "clock" | "random">, db: string, step: Step): Promise<Passage> {
  if (isAllowed(step)) return "passes";
  const key = keys.loop(db, Buffer.from(withoutTag(step.sender)).toString("utf8", 0, longest), step.what);
  const outrun = (error: unknown) => isBusy(error) || error instanceof ConditionFailed;
  const attempt = async () => {
    const now = ports.clock.now();
    const count = countOf(await ports.store.get(key, { consistent: true }), now);
    const { passage, next } = decide(count, step.id, now);
    if (!next) return passage;
    await ports.store.write({
      put: { ...key, ...next, rev: count.rev + 1, expires_at: Math.ceil((now + window) / 1000) },
      if: "attribute_not_exists(pk) OR #rev = :rev",
      values: { rev: count.rev },
    });
    return passage;
  };
  return retry(ports, outrun, attempt, patience);
}

/** Whether a sender may write as often as they like. */
export function isAllowed({ sender, allowed }: Pick<Step, "sender" | "allowed">): boolean {
  const names = allowed.map((one) => Domain.toAscii(one) ?? normalize(one));
  return sender !== "" && [sender, withoutTag(sender), domainOf(sender)].some((name) => names.includes(name));
}

/** What stands there and still counts. `now` in ms. */
function countOf(item: Item | undefined, now: number): Count {
  const { rev = 0, passed = [], told } = (item ?? {}) as Partial<Count>;
  const counts = ({ at }: Entry) => at > now - window;
  return { rev, passed: passed.filter(counts), ...(told && counts(told) && { told }) };
}

/** @returns next = what is to be written, where that changes. */
function decide(
  { passed, told }: Count,
  id: string,
  now: number,
): { passage: Passage; next?: Pick<Count, "passed" | "told"> } {
  if (passed.some((one) => one.id === id)) return { passage: "passes" };
  if (passed.length < most)
    return { passage: "passes", next: { passed: [...passed, { id, at: now }], ...(told && { told }) } };
  if (told) return { passage: told.id === id ? "first" : "stopped" };
  return { passage: "first", next: { passed, told: { id, at: now } } };
}
