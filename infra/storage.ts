import "./link";
import { lifetimes } from "../packages/core/src/email/lifetime";
import { accountId, partition } from "./account";
import { isPermanent, settings } from "./stage";

/** The table's indexes. */
export const indexes = ["due", "list", "mark", "recipient"] as const;
const keyed = (index: string) => [`${index}_pk`, `${index}_sk`] as const;

/** The one table: on demand, with four sparse indexes of keys only. */
export const table = new sst.aws.Dynamo("Table", {
  fields: Object.fromEntries(["pk", "sk", ...indexes.flatMap(keyed)].map((name) => [name, "string" as const])),
  primaryIndex: { hashKey: "pk", rangeKey: "sk" },
  globalIndexes: Object.fromEntries(
    indexes.map((index) => {
      const [hashKey, rangeKey] = keyed(index);
      return [index, { hashKey, rangeKey, projection: "keys-only" as const }];
    }),
  ),
  ttl: "expires_at",
  deletionProtection: isPermanent,
  transform: { table: { pointInTimeRecovery: { enabled: true }, serverSideEncryption: { enabled: true } } },
});

/**
 * Bodies, attachments and received mail. How long an object is kept is the first part of its key; what is never asked for
 * after its end is deleted by age.
 */
export const bodies = new sst.aws.Bucket("Bodies", {
  enforceHttps: true,
  cors: false,
  transform: { bucket: { forceDestroy: !isPermanent } },
  lifecycle: lifetimes.map((days) => ({
    id: `keep-${days}d`,
    prefix: `keep-${days}d/`,
    expiresIn: `${days + 1} days` as const,
  })),
  // SES writes what it receives, of this account and stage alone
  policy: settings.receives
    ? [
        {
          principals: [{ type: "service", identifiers: ["ses.amazonaws.com"] }],
          actions: ["s3:PutObject"],
          paths: ["keep-40d/inbound/*"],
          conditions: [{ test: "StringEquals", variable: "aws:SourceAccount", values: [accountId] }],
        },
      ]
    : [],
});

// The bucket's own key: SES could not write with one of ours without leave for it, and secrets are sealed already
new aws.s3.BucketServerSideEncryptionConfiguration("BodiesEncryption", {
  bucket: bodies.name,
  rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
});

/** Every item by key, and the indexes by query. */
export const tableArns = [table.arn, $interpolate`${table.arn}/index/*`];
/** The ARN of objects whose keys begin so. */
export const objects = (prefix: string) => $interpolate`${bodies.arn}/${prefix}`;
/** The ARN of the bucket itself, for listing. */
export const bucketArn = $interpolate`arn:${partition}:s3:::${bodies.name}`;
