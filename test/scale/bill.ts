import { assumed, prices } from "../bench/prices.ts";
import { functions } from "./day/load.ts";
import type { Day } from "./day/run.ts";
import { metricBytes } from "./lines.ts";
import { sum } from "./units.ts";

/** What a day costs, line by line, in dollars. */
export type Bill = ReadonlyMap<string, number>;

/** Messages of a request to a queue. */
const together = 10;

/** What is paid for. */
export interface Used extends Pick<Day, "steps" | "loads" | "readers" | "traced"> {
  readonly counts: Pick<Day["counts"], "sent" | "requests" | "told" | "keys_opened">;
}

/** The bill of a day, or of anything else: on demand, us-east-1 (test/bench/prices.ts). What is stored costs by the month and is not in it. */
export function bill({ steps, counts, loads, readers, traced }: Used): Bill {
  const { api, ...workers } = loads;
  const invocations = functions.reduce((all, name) => all + loads[name].invocations, 0);
  const seconds = functions.reduce((all, name) => all + loads[name].seconds * readers.memory[name], 0);
  const events = steps["told sent"] + steps.delivered + steps["delivered, mass"] + steps["bounced or complained"];
  const objects = steps.batch + steps["batch refused, unforeseen"] + steps["batch refused"];
  const sends =
    steps.accepted + steps["mail of a batch"] / together + steps["sent away"] + counts.told + steps.released / together;
  // Received and deleted, the events SNS brings among them
  const takes = 2 * Object.values(workers).reduce((all, load) => all + load.invocations, 0);
  const logged = invocations * assumed.logBytes + api.invocations * assumed.accessBytes;
  const measured = functions.reduce((all, name) => all + loads[name].invocations * metricBytes[name], 0);
  return new Map([
    ["SES", counts.sent * prices.ses],
    ["write units", sum(steps, "writes") * prices.writeUnit],
    ["read units", sum(steps, "reads") * prices.readUnit],
    ["objects", objects * prices.objectPut + steps["sent, mass"] * prices.objectGet],
    ["queues", (sends + takes) * prices.sqsRequest],
    ["topic", events * prices.snsPublish],
    ["API Gateway", counts.requests * prices.apiRequest],
    ["Lambda", invocations * prices.lambdaRequest + seconds * prices.lambdaGbSecond],
    ["KMS", counts.keys_opened * prices.kmsRequest],
    ["logs", (logged * prices.logGb) / 1e9],
    ["metrics, as lines of log", (measured * prices.logGb) / 1e9],
    ["traces", traced * prices.trace],
  ]);
}

/** All lines together. */
export const total = (lines: Bill): number => [...lines.values()].reduce((all, line) => all + line, 0);
