import { LIMITS } from "@posthouse/local/ses/limits";

/**
 * What AWS allows, as of November 2026 and one account and Region, before anything is raised on request. Check them
 * against the service quotas of the account.
 */
export const limits = {
  /** DynamoDB: units a second of one partition, of the table and of an index alike. */
  partition: { reads: 3_000, writes: 1_000 },
  /** DynamoDB, on demand: units a second of the whole table, or of one of its indexes; raised on request (L-CF0CBE56, L-AB614373). */
  table: { reads: 40_000, writes: 40_000 },
  /** DynamoDB: transactions a second on one item, before they cancel each other more than they get through: 50 to 100. */
  item: 50,
  /** Lambda: invocations at a time, all functions together. */
  concurrency: 1_000,
  /** SES: tenants, which databases are; not raised. */
  tenants: LIMITS.tenants,
  /** SES: management calls a second. */
  management: 1,
} as const;
