import { assumed, onEssentials, prices } from "../bench/prices.ts";
import { table } from "../bench/table.ts";
import { type Bill, bill, total } from "./bill.ts";
import { batchLimit, releasedTogether } from "./constants.ts";
import { functions } from "./day/load.ts";
import type { Day } from "./day/run.ts";
import { accepting, handOver, takingIn, telling } from "./day/times.ts";
import { limits } from "./limits.ts";
import type { Readers } from "./readers.ts";
import { type Steps, some } from "./units.ts";

const million = 1_000_000;

/** What a million of something takes: steps, requests, invocations, seconds of functions. */
interface Of {
  readonly name: string;
  readonly steps: Partial<Steps>;
  readonly sent?: number;
  readonly requests?: number;
  readonly told?: number;
  /** Invocations that hand over: transactional mail, mass mail. */
  readonly runs?: number;
  readonly massRuns?: number;
  /** Campaigns, of each of which every reader has the database's key opened. */
  readonly campaigns?: number;
  /** Keys of databases that KMS opens beside: of those of few events, each is the first in five minutes. */
  readonly keys?: number;
}

const arrived = { "told sent": million, "counted together": million / assumed.events } as const;

/** What is sold by the million. */
export const things: readonly Of[] = [
  {
    name: "mails one by one",
    steps: {
      accepted: million,
      "sent, transactional": million,
      "sent, counted": million,
      delivered: million,
      ...arrived,
    },
    ...{ sent: million, requests: million, runs: million },
  },
  {
    name: "mass mails in batches",
    steps: {
      ...{ batch: million / batchLimit, "mail of a batch": million, "sent, mass": million },
      "key of links read": million / assumed.many,
      ...{ "sent, counted": million / assumed.many, "delivered, mass": million, ...arrived },
    },
    ...{ sent: million, requests: million / batchLimit, massRuns: million / assumed.many },
    campaigns: million / assumed.campaign,
  },
  { name: "webhook events", steps: { "told to a webhook": million }, told: million, keys: million },
  {
    name: "mails held and released, beyond that",
    steps: { held: million, released: million, "group released": million / releasedTogether, accepted: -million },
  },
  { name: "mails refused by a limit", steps: { refused: million }, requests: million },
  {
    name: "looks of mass mail that found no slot",
    steps: { "sent away": million, "key of links read": million / assumed.many },
    massRuns: million / assumed.many,
  },
];

/** Its bill. */
export function billOf(
  { steps, sent = 0, requests = 0, told = 0, runs = 0, massRuns = 0, campaigns = 0, keys = 0 }: Of,
  readers: Readers,
): Bill {
  const load = (invocations: number, seconds: number) => ({ invocations, seconds: invocations * seconds, most: 0 });
  const loads: Day["loads"] = {
    api: load(requests, accepting),
    dispatch: load(runs, handOver),
    mass: load(massRuns, handOver),
    feedback: load((2 * sent) / assumed.events, takingIn),
    webhook: load(told, telling),
  };
  const traced = assumed.traced * functions.reduce((all, name) => all + loads[name].invocations, 0);
  const keys_opened = keys + campaigns * (readers.mass.most ?? limits.concurrency);
  return bill({ steps: some(steps), counts: { sent, requests, told, keys_opened }, loads, readers, traced });
}

/** What a first million of a month costs more where SES is on its plan Essentials. */
function more(lines: Bill): number {
  const ses = lines.get("SES") ?? 0;
  return onEssentials(ses / prices.ses) - ses;
}

/** A million of each, line by line. */
export function millions(readers: Readers): string {
  const bills = things.map((each) => billOf(each, readers));
  const names = [...(bills[0]?.keys() ?? [])];
  const dollars = (value = 0): string => value.toFixed(2);
  return table(
    ["$ a million", ...things.map(({ name }) => name)],
    [
      ...names.map((name) => [name, ...bills.map((lines) => dollars(lines.get(name)))]),
      ["together", ...bills.map((lines) => dollars(total(lines)))],
      ["together, SES on its plan Essentials", ...bills.map((lines) => dollars(total(lines) + more(lines)))],
    ],
  );
}
