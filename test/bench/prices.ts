/**
 * What AWS asks, in US dollars: Region us-east-1, on demand, before any free tier, as of November 2026. Check them
 * against the price lists of AWS before you count on them: https://aws.amazon.com/pricing
 */
export const asOf = "us-east-1, November 2026";

const million = 1e-6;

/**
 * SES's prices are those of its plan, which an account has in each Region (`aws sesv2 get-account`, `PricingAttributes`): `NONE`
 * is each feature by itself and what is counted here. Accounts that are new since 21 July 2026 are on `ESSENTIALS` unless
 * they choose another. Both are second hand: API Evangelist's copy (api-evangelist/amazon-ses,
 * plans/amazon-ses-plans-pricing.yml) of AWS's price list of 22 July 2026. https://aws.amazon.com/ses/pricing has the word.
 */
export const essentials: readonly { readonly upTo: number; readonly price: number }[] = [
  { upTo: 10_000_000, price: 160 * million },
  { upTo: 100_000_000, price: 140 * million },
  { upTo: Number.POSITIVE_INFINITY, price: 110 * million },
];

/** What SES asks for so many mails of a month on the plan `ESSENTIALS`, in dollars. */
export const onEssentials = (mails: number): number =>
  essentials.reduce((sum, { upTo, price }, n) => {
    const from = essentials[n - 1]?.upTo ?? 0;
    return sum + Math.max(0, Math.min(mails, upTo) - from) * price;
  }, 0);

export const prices = {
  /** One mail to one recipient, on the plan `NONE`. */
  ses: 100 * million,
  /** A GB of attachments that SES sends, on the plan `NONE`. */
  sesAttachmentGb: 0.12,
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
  /** A trace that X-Ray records. */
  trace: 5 * million,
  /** A request to KMS. */
  kmsRequest: 3 * million,
  /** An invocation by EventBridge's scheduler. */
  schedule: 1 * million,
  /** A month of each: a tenant of SES (which a database is), an alarm, a metric of our own, a dashboard beyond the third, a key of KMS, a hosted zone. */
  tenant: 0.005,
  alarm: 0.1,
  metric: 0.3,
  dashboard: 3,
  key: 1,
  zone: 0.5,
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
  /** Mails of a campaign. */
  campaign: 1_000,
  /** ms a webhook's receiver takes to answer. */
  webhookMs: 300,
  /** Bytes of a line of API Gateway's access log. */
  accessBytes: 300,
  /** Part of the invocations that is traced, beside the first of each second: Lambda lets nobody choose another. */
  traced: 0.05,
} as const;
