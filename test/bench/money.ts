import type { Cost, Step } from "./cost.ts";
import { assumed, prices } from "./prices.ts";

/** How mails come in. */
export type Way = "one by one" | "in batches";
/** How the table is paid. */
export type Billing = "on demand" | "provisioned";

/** What a million mails cost beside SES, line by line, in dollars. */
export type Bill = Readonly<Record<Item, number>>;
export const items = [
  "write units",
  "read units",
  "table storage",
  "objects",
  "queues",
  "topic",
  "API Gateway",
  "Lambda",
  "logs",
] as const;
export type Item = (typeof items)[number];

/** Lines that the budget does not hold: how long mail and logs are kept is the operator's choice. */
export const kept: readonly Item[] = ["table storage", "logs"];

/** Percent of SES's own price that may be spent, but for what is kept (docs/architecture.md). */
export const budget: Readonly<Record<Billing, Readonly<Record<Way, number>>>> = {
  "on demand": { "one by one": 16.5, "in batches": 9.5 },
  provisioned: { "one by one": 10, "in batches": 5.5 },
};

const million = 1_000_000;
/** Mails of a batch. */
const batch = 100;
/** Events of a mail that arrives: Send, which is no news, and Delivery. */
const eventsOf = 2;
/** Deliveries that are counted together. */
const delivered = 10;

/** What a mail comes to, from its acceptance to its last event. */
interface Use {
  readonly writes: number;
  readonly reads: number;
  readonly puts: number;
  readonly gets: number;
  readonly sends: number;
  /** Mails a request, and a batch of the queue. */
  readonly size: number;
  readonly width: number;
  /** Calls of AWS that a function waits for. */
  readonly acceptCalls: number;
  readonly dispatchCalls: number;
}

/** The bill from counted units. @param bytes of a mail in the table: its body, its head with all index rows. */
export function bill(costs: Record<Step, Cost>, bytes: Bytes, way: Way, billing: Billing): Bill {
  const use = way === "one by one" ? single(costs) : many(costs);
  const perHour = (price: number) => price / 3_600 / assumed.utilisation;
  const unit =
    billing === "on demand"
      ? { write: prices.writeUnit, read: prices.readUnit }
      : { write: perHour(prices.writeCapacity), read: perHour(prices.readCapacity) };
  const invocations = 1 / use.size + 1 / use.width + eventsOf / assumed.events;
  const polls = 2 / use.width + (2 * eventsOf) / assumed.events;
  const inBucket = way === "in batches";
  const body = ((bytes.body / 1e9) * assumed.bodyDays) / 30;
  const each: Bill = {
    "write units": use.writes * unit.write,
    "read units": use.reads * unit.read,
    "table storage":
      ((bytes.head / 1e9) * assumed.headDays * prices.tableStorage) / 30 + (inBucket ? 0 : body * prices.tableStorage),
    objects: use.puts * prices.objectPut + use.gets * prices.objectGet + (inBucket ? body * prices.bucketStorage : 0),
    queues: (use.sends + polls) * prices.sqsRequest,
    topic: eventsOf * prices.snsPublish,
    "API Gateway": prices.apiRequest / use.size,
    Lambda: invocations * prices.lambdaRequest + seconds(use) * prices.lambdaGbSecond,
    logs: (invocations * assumed.logBytes * prices.logGb) / 1e9,
  };
  return Object.fromEntries(items.map((item) => [item, each[item] * million])) as Bill;
}

/** Bytes a mail has in the table. */
export interface Bytes {
  readonly body: number;
  /** Its head, the provider's id, and their rows in the indexes. */
  readonly head: number;
}

const writesOf = ({ writes }: Cost): number => Object.values(writes).reduce((sum, units) => sum + units, 0);
const callsOf = ({ calls }: Cost): number => Object.values(calls).reduce((sum, count) => sum + count, 0);

function single(costs: Record<Step, Cost>): Use {
  const { accept, dispatch } = costs;
  const events = eventCosts(costs);
  return {
    writes: writesOf(accept) + writesOf(dispatch) + events.writes,
    reads: accept.reads + dispatch.reads + events.reads,
    puts: 0,
    gets: 0,
    sends: 1,
    size: 1,
    width: assumed.single,
    acceptCalls: callsOf(accept),
    dispatchCalls: callsOf(dispatch),
  };
}

function many(costs: Record<Step, Cost>): Use {
  const { "batch of 100": accept, "dispatch, of a batch": dispatch } = costs;
  const events = eventCosts(costs);
  // What was sent is counted once an invocation, and each is counted here for one mail
  const shared = 1 - 1 / assumed.many;
  return {
    writes: writesOf(accept) / batch + writesOf(dispatch) - shared + events.writes,
    reads: accept.reads / batch + dispatch.reads + events.reads,
    puts: (accept.calls["S3 PutObject"] ?? 0) / batch,
    gets: dispatch.calls["S3 GetObject"] ?? 0,
    sends: (accept.calls["SQS SendMessageBatch"] ?? 0) / batch,
    size: batch,
    width: assumed.many,
    // Heads are written 25 at a time
    acceptCalls: callsOf(accept) / 25,
    dispatchCalls: callsOf(dispatch),
  };
}

/** What the events of one mail take. */
function eventCosts(costs: Record<Step, Cost>): { readonly writes: number; readonly reads: number } {
  const { "feedback, nothing new": first, "feedback, ten delivered": rest } = costs;
  return { writes: writesOf(first) + writesOf(rest) / delivered, reads: first.reads + rest.reads / delivered };
}

/** GB-seconds a mail: what a function waits for is paid, side by side as its mails go. */
function seconds({ acceptCalls, dispatchCalls, size, width }: Use): number {
  const { callMs, sesMs, workMs } = assumed;
  const accept = ((acceptCalls * callMs) / size + workMs) * assumed.apiMemory;
  const dispatch = (((dispatchCalls - 1) * callMs + sesMs) / width + workMs) * assumed.workerMemory;
  const feedback = eventsOf * (callMs / assumed.events + workMs / 5) * assumed.workerMemory;
  return (accept + dispatch + feedback) / 1_000;
}
