/**
 * What AWS asks, in US dollars: Region us-east-1, on demand, before any free tier, as of November 2026. Check them
 * against the price lists of AWS before you count on them: https://aws.amazon.com/pricing
 */
export const asOf = "us-east-1, November 2026";

const million = 1e-6;

export const prices = {
  /** One mail. */
  ses: 100 * million,
  /** A unit on demand. */
  readUnit: 0.125 * million,
  writeUnit: 0.625 * million,
  /** A unit of provisioned capacity, an hour. */
  readCapacity: 0.000_13,
  writeCapacity: 0.000_65,
  /** A GB-month in the table, and in the bucket. */
  tableStorage: 0.25,
  bucketStorage: 0.023,
  objectPut: 5 * million,
  objectGet: 0.4 * million,
  /** A request of a standard queue. */
  sqsRequest: 0.4 * million,
  /** A publication; its delivery to a queue costs nothing. */
  snsPublish: 0.5 * million,
  /** A request to the HTTP API. */
  apiRequest: 1 * million,
  lambdaRequest: 0.2 * million,
  /** A GB-second on arm64. */
  lambdaGbSecond: 0.000_013_333_4,
  /** A GB taken in by CloudWatch Logs. */
  logGb: 0.5,
} as const;

/** What is not counted but taken for granted; each is a line to argue about. */
export const assumed = {
  /** How much of provisioned capacity is used on average. */
  utilisation: 0.7,
  /** GB of memory of the functions. */
  apiMemory: 1,
  workerMemory: 0.5,
  /** ms a function waits for a call of AWS, and works by itself for a mail. */
  callMs: 5,
  sesMs: 60,
  workMs: 5,
  /** Bytes an invocation logs: Lambda's own report and a line of ours. */
  logBytes: 900,
  /** Days that bodies and heads are kept: the default retention. */
  bodyDays: 30,
  headDays: 93,
  /** Messages a function gets at once: mails that come one by one, mails of batches, events (gathered for 5 s). */
  single: 1,
  many: 10,
  events: 10,
} as const;
