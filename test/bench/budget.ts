import type { Cost, Step } from "./cost.ts";

/** A figure of the budget in docs/architecture.md ("What a mail may cost"), and what is spent. */
export interface Line {
  readonly step: Step;
  readonly what: string;
  /** null: the budget says nothing of it. */
  readonly budget: number | null;
  readonly spent: number;
}

interface Rule {
  readonly step: Step;
  readonly what: string;
  readonly budget: number | null;
  readonly of: (cost: Cost) => number;
}

const sum = (values: Readonly<Record<string, number>>): number =>
  Object.values(values).reduce((total, value) => total + value, 0);
const tableWrites = ({ writes, indexes }: Cost): number => sum(writes) - indexes;
const calls = (name: string) => (cost: Cost) => cost.calls[name] ?? 0;
const body = ({ writes }: Cost): number => writes["PutItem"] ?? 0;

/**
 * One strong read is a read unit, and the suppression list, eventually consistent, half of one a recipient; mass mail reads
 * the opt-outs in the same call, for half of one more.
 */
const rules: readonly Rule[] = [
  { step: "accept", what: "read units", budget: 1.5, of: ({ reads }) => reads },
  { step: "accept", what: "write units, body", budget: 3, of: body },
  { step: "accept", what: "write units, transaction", budget: 4, of: (cost) => tableWrites(cost) - body(cost) },
  { step: "accept", what: "write units, indexes", budget: 3, of: ({ indexes }) => indexes },
  { step: "accept", what: "SQS calls", budget: 1, of: calls("SQS SendMessageBatch") },
  { step: "accept with key", what: "read units", budget: 2.5, of: ({ reads }) => reads },
  {
    step: "accept with key",
    what: "write units, transaction",
    budget: 6,
    of: (cost) => tableWrites(cost) - body(cost),
  },
  { step: "accept with key", what: "write units, indexes", budget: 3, of: ({ indexes }) => indexes },
  { step: "batch of 100", what: "read units", budget: 51, of: ({ reads }) => reads },
  { step: "batch of 100", what: "objects", budget: 1, of: calls("S3 PutObject") },
  { step: "batch of 100", what: "transactions", budget: 1, of: calls("DynamoDB TransactWriteItems") },
  { step: "batch of 100", what: "write units, heads and batch", budget: 105, of: tableWrites },
  { step: "batch of 100", what: "write units, indexes", budget: 302, of: ({ indexes }) => indexes },
  { step: "batch of 100", what: "SQS calls", budget: 10, of: calls("SQS SendMessageBatch") },
  { step: "dispatch", what: "read units", budget: 3, of: ({ reads }) => reads },
  { step: "dispatch", what: "write units, head, provider id and count", budget: 4, of: tableWrites },
  { step: "dispatch", what: "write units, indexes", budget: 1, of: ({ indexes }) => indexes },
  { step: "dispatch", what: "SES calls", budget: 1, of: calls("SESv2 SendEmail") },
  { step: "dispatch, of a batch", what: "read units", budget: 3, of: ({ reads }) => reads },
  { step: "dispatch, of a batch", what: "objects read", budget: 1, of: calls("S3 GetObject") },
  { step: "dispatch, of a batch", what: "write units, head, provider id and count", budget: 4, of: tableWrites },
  { step: "dispatch, of a batch", what: "write units, indexes", budget: 1, of: ({ indexes }) => indexes },
  { step: "feedback, nothing new", what: "read units", budget: 1, of: ({ reads }) => reads },
  { step: "feedback, nothing new", what: "write units", budget: 0, of: ({ writes }) => sum(writes) },
  { step: "feedback, settles", what: "read units", budget: 2, of: ({ reads }) => reads },
  { step: "feedback, ten delivered", what: "read units", budget: 10, of: ({ reads }) => reads },
  { step: "feedback, ten delivered", what: "transactions", budget: 1, of: calls("DynamoDB TransactWriteItems") },
  { step: "feedback, ten delivered", what: "write units, heads and one count", budget: 22, of: tableWrites },
  { step: "feedback, settles", what: "write units, head, count and provider id", budget: 5, of: tableWrites },
  { step: "feedback, settles", what: "write units, indexes", budget: null, of: ({ indexes }) => indexes },
];

/** What is spent beside the budget, line by line. */
export const compare = (costs: Record<Step, Cost>): Line[] =>
  rules.map(({ step, what, budget, of }) => ({ step, what, budget, spent: of(costs[step]) }));

/** Bytes (700 KB) of the API function that a cold start loads, at most. */
export const apiBytes = 700_000;
/** Its time-to-ready over that of a bare app, at most. */
export const readyRatio = 1.3;
/** A routing decision among 1,000 servers over one among 10, at most. */
export const routingRatio = 2;
/** Dispatch over SMTP: its rate over that of nodemailer's pool, at least. */
export const smtpShare = 0.8;
/** The slowest hundredth of a quiet database's mail beside a campaign over the same while idle, at most. */
export const neighbourRatio = 2;
