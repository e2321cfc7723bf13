import * as Chance from "./chance.ts";
import { hours, type Plan, type Scenario } from "./scenario.ts";

/** The databases of a cell, by their number. */
export interface Population {
  readonly limits: Int32Array;
  /** Transactional mails a day each asks for on average. */
  readonly demand: Float64Array;
  /** 1 where mail over the limit is held. */
  readonly holds: Uint8Array;
  /** 1 where there is a webhook. */
  readonly told: Uint8Array;
  /** By their beginning. */
  readonly campaigns: readonly Campaign[];
}

/** Mass mail to many, sent in batches. */
export interface Campaign {
  readonly database: number;
  readonly mails: number;
  /** Seconds since the day began. */
  readonly at: number;
}

const hour = 3_600;

/** Makes databases, and what each wants of the day. @param first the hour (UTC) the day begins at */
export function populate(scenario: Scenario, chance: Chance.Chance, first: number): Population {
  const { databases, plans, tail, transactional } = scenario;
  const all = spreadPlans(Object.values(plans), databases);
  const skew = (deviation: number): number => Math.exp(deviation * chance.normal());
  const weights = Float64Array.from(all, ({ weight }) => weight * skew(tail));
  return {
    limits: Int32Array.from(all, ({ limit }) => limit),
    demand: scaled(weights, transactional),
    holds: Uint8Array.from(all, () => Number(chance.next() < scenario.holds)),
    told: Uint8Array.from(all, () => Number(chance.next() < scenario.webhooks.share)),
    campaigns: plan(scenario, all, chance, first),
  };
}

function spreadPlans(plans: readonly Plan[], databases: number): Plan[] {
  const all = plans.flatMap((each) => Array.from({ length: Math.round(each.share * databases) }, () => each));
  const [last] = all.slice(-1);
  if (!last) throw new RangeError("A scenario needs a plan with databases.");
  return Array.from({ length: databases }, (_, n) => all[n] ?? last);
}

function scaled(weights: Float64Array, total: number): Float64Array {
  const sum = weights.reduce((all, weight) => all + weight, 0);
  return weights.map((weight) => (weight / sum) * total);
}

function plan(
  { campaigns, databases }: Scenario,
  all: readonly Plan[],
  chance: Chance.Chance,
  first: number,
): Campaign[] {
  const senders = Array.from({ length: databases }, (_, n) => n).filter(() => chance.next() < campaigns.share);
  if (senders.length === 0) return [];
  const sizes = Float64Array.from(senders, (n) => (all[n]?.weight ?? 1) * Math.exp(campaigns.tail * chance.normal()));
  const hourOf = Chance.draw(Float64Array.from(hours.mass), chance);
  const made = [...scaled(sizes, campaigns.mails)].map((mails, n): Campaign => {
    const at = ((hourOf() - first + 24) % 24) * hour + Math.floor(chance.next() * hour);
    return { database: senders[n] ?? 0, mails: Math.max(1, Math.round(mails)), at };
  });
  return made.toSorted((a, b) => a.at - b.at);
}
