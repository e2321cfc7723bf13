import { countedTogether } from "../constants.ts";
import { limits } from "../limits.ts";
import * as Keys from "./keys.ts";
import type { State } from "./state.ts";
import { takingIn, telling } from "./times.ts";

/** What a second's mail is followed by. */
export interface Followed {
  readonly events: number;
  /** Events that webhooks were told. */
  readonly told: number;
}

/** Invocations that take the events of a second in. */
export const invocations = (events: number, size: number): number => Math.max(1, Math.ceil(events / size));

/**
 * Takes in what SES tells of the mail of this second. How many share a transaction depends on whose meet in an invocation.
 */
export function follow(state: State): Followed {
  const { second, steps, chance, scenario, population, counts, readers } = state;
  const mass = second.touched.reduce((sum, one) => sum + (second.mass[one] ?? 0), 0);
  const sent = second.touched.reduce((sum, one) => sum + (second.sent[one] ?? 0), mass);
  const bounced = Math.min(sent, chance.times(sent * scenario.bounced));
  const complained = chance.times(sent * scenario.complained);
  const events = 2 * sent + complained;
  const width = invocations(events, readers.feedback.size);
  const tellers = readers.webhook.most ?? limits.concurrency;
  let wanted = 0;
  for (const database of second.touched) {
    const n = (second.sent[database] ?? 0) + (second.mass[database] ?? 0);
    if (n === 0) continue;
    // Thrown into so many invocations, mails of one database meet in some
    const met = width * (1 - (1 - 1 / width) ** n);
    const together = Math.max(Math.min(n, met), Math.ceil(n / countedTogether));
    steps["counted together"] += together;
    steps["sent, counted"] += (second.sent[database] ?? 0) + (second.runs[database] ?? 0);
    second.groups[database] = together;
    if (population.told[database] !== 1) continue;
    wanted += n * scenario.webhooks.events;
    counts.keys_opened += Keys.open(state.keys.webhook, database, state.now, n * scenario.webhooks.events, tellers);
  }
  steps["told sent"] += sent;
  const massBounced = Math.round((bounced * mass) / Math.max(1, sent));
  steps.delivered += sent - mass - (bounced - massBounced);
  steps["delivered, mass"] += mass - massBounced;
  steps["bounced or complained"] += bounced + complained;
  steps["counted together"] += complained;
  counts.bounced += bounced;
  counts.complained += complained;
  return { events, told: tell(state, events, wanted) };
}

/** Both queues, as fast as their readers are. @returns events told */
function tell({ queues, readers, steps, counts }: State, events: number, wanted: number): number {
  const { feedback, webhook } = readers;
  queues.feedback += events;
  queues.feedback -= Math.min(queues.feedback, ((feedback.most ?? limits.concurrency) * feedback.size) / takingIn);
  queues.webhook += wanted;
  const told = Math.min(queues.webhook, Math.floor(((webhook.most ?? limits.concurrency) * webhook.size) / telling));
  queues.webhook -= told;
  steps["told to a webhook"] += told;
  counts.told += told;
  return told;
}
