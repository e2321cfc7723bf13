import { isBusy } from "../configuration/commit.ts";
import * as Outcome from "../dispatch/outcome.ts";
import * as Body from "../email/body.ts";
import { fromItem, type Head } from "../email/head.ts";
import { recipientsOf } from "../email/list.ts";
import * as keys from "../keys.ts";
import { inTurn } from "../limit/turn.ts";
import type { Ports } from "../ports/main.ts";
import { type Key, StoreBusy, TransactionCanceled, type Write } from "../ports/store.ts";
import * as Guard from "../reputation/guard.ts";
import { jitter, patience } from "../retry.ts";
import * as Sender from "../sender/used.ts";
import * as Statistics from "../statistics/day.ts";
import { today } from "../statistics/today.ts";
import * as Count from "./count.ts";
import { type Plan, plan } from "./plan.ts";
import type { Told } from "./reduce.ts";

/** All that was told of one email. */
export interface Letter {
  readonly id: string;
  readonly told: readonly Told[];
}

/** Emails whose changes go in one transaction, with one change of the day's counts, and its actions at most. */
export const most = { emails: 20, actions: 95 } as const;
/** Tries after which each email goes by itself, so that none holds up the others. */
const together = 4;

interface Planned extends Plan {
  readonly letter: Letter;
}

/**
 * Writes what was told of emails of one database, each change once, together with what it counts for (G4): head,
 * recipients, timeline, suppression list, outbox and the day's counts are one transaction, on the revision of the head
 * that proves it news. Where that fails somebody was faster: looked at again. What is known writes nothing.
 * @returns what was not taken in, with the reason.
 */
export function settle(ports: Ports, db: string, letters: readonly Letter[]): Promise<Map<string, unknown>> {
  // Invocations of one process would only cancel each other's transactions
  return inTurn(ports.store, `feedback ${db}`, () => settleAll(ports, db, letters));
}

async function settleAll(ports: Ports, db: string, letters: readonly Letter[]): Promise<Map<string, unknown>> {
  const failed = new Map<string, unknown>();
  const day = await today(ports, db);
  // Deleted meanwhile, with all its mail
  if (day === undefined) return failed;
  let left = letters;
  for (let tries = 1; left.length > 0; ) {
    const { planned, busy } = await planAll(ports, db, left, failed);
    const again: Letter[] = planned.filter(({ more }) => more).map(({ letter }) => letter);
    const behind: Letter[] = [...busy];
    for (const group of groups(planned, tries > together ? 1 : most.emails)) {
      const error = await commit(ports, db, day, group);
      if (error === undefined) continue;
      if (isOvertaken(error) || group.length > 1) behind.push(...group.map(({ letter }) => letter));
      else for (const { letter } of group) failed.set(letter.id, error);
    }
    if (behind.length > 0 && ++tries > patience.tries) {
      for (const { id } of behind) failed.set(id, new StoreBusy("an email is changed by others all the time"));
      behind.length = 0;
    }
    if (behind.length > 0)
      await ports.clock.sleep(jitter(ports, Math.min(patience.longest_ms, patience.base_ms * 2 ** (tries - 2))));
    left = [...new Set([...again, ...behind])].filter(({ id }) => !failed.has(id));
  }
  return failed;
}

/** One strong read for all heads; what is news of each. */
async function planAll(ports: Ports, db: string, letters: readonly Letter[], failed: Map<string, unknown>) {
  const items = await ports.store.batchGet(
    letters.map(({ id }) => keys.emailHead(db, id)),
    { consistent: true },
  );
  const heads = new Map(items.map((item) => [fromItem(item).id as string, fromItem(item)]));
  const planned: Planned[] = [];
  const busy: Letter[] = [];
  await Promise.all(
    letters.map(async (letter) => {
      const head = heads.get(letter.id);
      // Erased on request: what is told of it would name whom nobody is to know any more
      if (!head || head.erased) return;
      try {
        const found = await planOne(ports, head, letter);
        if (found) planned.push({ ...found, letter });
      } catch (error) {
        if (isBusy(error)) busy.push(letter);
        else failed.set(letter.id, error);
      }
    }),
  );
  return { planned, busy };
}

async function planOne(ports: Ports, head: Head, { told }: Letter): Promise<Plan | undefined> {
  assertAnswered(head, told);
  // Mail that went out twice has two ids, and the id of its hand-over may not have been written
  for (const { accepted } of told)
    if (accepted && head.provider_id !== accepted.provider_id) await keep(ports, head, accepted.provider_id);
  const recipients = head.recipients > 1 ? await recipientsOf(ports.store, head) : [];
  const found = await plan(ports, head, recipients, told);
  if (found?.wentOut) await noteSender(ports, head);
  return found;
}

/**
 * While a server is still answering recipient by recipient, what it says of them comes first; a report can wait for that.
 * Whoever asked it may have died over the answer: until the tick has said so a report would find nothing that was sent.
 */
function assertAnswered({ state, unknown, attempt }: Head, told: readonly Told[]): void {
  const isAsked = state === "sending" && !unknown;
  // So can SES's events of an earlier attempt: they settle nothing of this one, which may go over another server
  if (isAsked && told.some((one) => !one.accepted || one.attempt !== attempt))
    throw new StoreBusy("the email is being handed over");
}

/** Reports and replies must find the email by it: where it cannot be written the event is to come again. */
async function keep(ports: Ports, head: Head, id: string): Promise<void> {
  // Each event of an earlier hand-over comes by here; where none is known yet, this one most likely is not either
  const isKnown = head.provider_id !== undefined;
  if (isKnown && (await ports.store.get(keys.messageId(head.database, id, head.id), { consistent: true }))) return;
  if (!(await Outcome.remember(ports, head, id))) throw new Error("the provider's id of an email was not kept");
}

/** Nobody else does for mail whose answer was lost (R-ADDR-3); before the write, after which an event is no news. */
async function noteSender(ports: Ports, head: Head): Promise<void> {
  const body = await Body.read(ports, head);
  if (body) await Sender.note(ports, head, body);
}

/** Emails that go together: no two write one item. */
function groups(planned: readonly Planned[], emails: number): Planned[][] {
  const found: { plans: Planned[]; keys: Set<string>; actions: number }[] = [];
  for (const one of planned) {
    const names = one.writes.map(nameOf);
    const { length } = names;
    const fits = found.find(
      ({ plans, keys: taken, actions }) =>
        plans.length < emails && actions + length <= most.actions && names.every((name) => !taken.has(name)),
    );
    const group = fits ?? { plans: [], keys: new Set<string>(), actions: 0 };
    if (!fits) found.push(group);
    group.plans.push(one);
    group.actions += length;
    for (const name of names) group.keys.add(name);
  }
  return found.map(({ plans }) => plans);
}

const nameOf = (write: Write): string => {
  const { pk, sk }: Key = "put" in write ? write.put : "update" in write ? write.update : write.delete;
  return `${pk} ${sk}`;
};

/** @returns why it was not written; an answer that was lost is one: what is looked at again then says whether it was. */
async function commit(ports: Ports, db: string, day: string, group: readonly Planned[]): Promise<unknown> {
  const counts = Count.sum(group.map((one) => one.counts));
  const by = Buffer.from(ports.random.bytes(16)).toString("hex");
  const counted = Object.keys(counts).length > 0 ? [Statistics.add(db, day, by, counts, ports.clock.now())] : [];
  const writes = [...group.flatMap((one) => one.writes), ...counted];
  try {
    await ports.store.transact(writes, by);
  } catch (error) {
    return error;
  }
  if (counts.platform_bounced || counts.platform_complained) await Guard.check(ports, [db]);
  return undefined;
}

const isOvertaken = (error: unknown): boolean =>
  isBusy(error) ||
  (error instanceof TransactionCanceled && error.reasons.some(({ code }) => code === "ConditionalCheckFailed"));
