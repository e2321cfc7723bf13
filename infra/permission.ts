import { reputationPolicy, sesArn } from "./account";
import { all as every, type Made } from "./queues";
import { bucketArn, objects, table, tableArns } from "./storage";
import { all as topics } from "./topics";
import { key } from "./vault";

/**
 * What functions may do, by what they need it for. Each list is the SDK's calls of one port in `packages/aws`:
 * `npm run test:infra` derives them from the source, and fails where one is missing or not needed.
 */
type Permission = { actions: string[]; resources: $util.Input<$util.Input<string>[]> };

/** The store port, but for reading many items at once. */
export const store: Permission = {
  actions: [
    "dynamodb:ConditionCheckItem",
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:UpdateItem",
  ],
  resources: tableArns,
};

/** Reads many items at once. */
export const batchGet: Permission = { actions: ["dynamodb:BatchGetItem"], resources: [table.arn] };

/** Sends to queues. */
export const send = (...queues: readonly Made[]): Permission => ({
  actions: ["sqs:SendMessage"],
  resources: queues.map(({ queue }) => queue.arn),
});

/** Asks how long queues are. */
export const measure = (...queues: readonly Made[]): Permission => ({
  actions: ["sqs:GetQueueAttributes"],
  resources: queues.map(({ queue }) => queue.arn),
});

/** What Lambda does for a function that reads queues. */
export const consume = (...queues: readonly Made[]): Permission => ({
  actions: ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
  resources: queues.map(({ queue }) => queue.arn),
});

/** Where objects of databases are: `keep-40d/<database>/…`. What SES received lies among them, as `keep-40d/inbound/…`. */
const everything = "keep-*";

/**
 * Reads, writes, deletes objects. Without leave to list the bucket S3 answers 403 for an object that is not there, and
 * nobody could tell what is gone from what is forbidden.
 */
export const blobs = (...actions: readonly ("Get" | "Put" | "Delete")[]): Permission[] => [
  { actions: actions.map((action) => `s3:${action}Object`), resources: [objects(everything)] },
  ...(actions.includes("Get") ? [{ actions: ["s3:ListBucket"], resources: [bucketArn] }] : []),
];

/** What handles whole mails needs: items, many at once too, and objects. */
export const contents: Permission[] = [store, batchGet, ...blobs("Get", "Put", "Delete")];

/** Opens secrets (`Decrypt`), seals them (`GenerateDataKey`). */
export const vault = (...actions: readonly ("Decrypt" | "GenerateDataKey")[]): Permission => ({
  actions: actions.map((action) => `kms:${action}`),
  resources: [key.arn],
});

const identities = sesArn("identity/*");
const sets = sesArn("configuration-set/*");
const tenants = sesArn("tenant/*");

/** Sends mail: raw content needs both. SES compares the identity and the configuration set, never the tenant. */
export const mail: Permission = {
  actions: ["ses:SendEmail", "ses:SendRawEmail"],
  resources: [identities, sets],
};

/** What SES says of the account: it has no ARN. */
export const account: Permission = { actions: ["ses:GetAccount"], resources: ["*"] };

/** How SES sees tenants and identities. */
export const look: Permission = {
  actions: ["ses:GetEmailIdentity", "ses:GetTenant"],
  resources: [identities, tenants],
};

/** What SES holds against a tenant. Recommendations have no ARN but an identity's, and a tenant's are asked for here. */
export const reputation: Permission[] = [
  { actions: ["ses:GetReputationEntity", "ses:GetTenant"], resources: [tenants] },
  { actions: ["ses:ListRecommendations"], resources: ["*"] },
];

/** Pauses and resumes a database's tenant: whoever counts a bounce may have to. */
export const tenantSwitch: Permission = {
  actions: ["ses:GetTenant", "ses:UpdateReputationEntityCustomerManagedStatus"],
  resources: [tenants],
};

/** Makes what databases and their domains need at SES, and takes domains away that nobody proves. */
export const provision: Permission[] = [
  {
    actions: [
      "ses:CreateEmailIdentity",
      "ses:DeleteEmailIdentity",
      "ses:GetEmailIdentity",
      "ses:PutEmailIdentityDkimSigningAttributes",
      "ses:PutEmailIdentityFeedbackAttributes",
      "ses:PutEmailIdentityMailFromAttributes",
      "ses:TagResource",
    ],
    resources: [identities],
  },
  {
    actions: [
      "ses:CreateConfigurationSet",
      "ses:CreateConfigurationSetEventDestination",
      "ses:UpdateConfigurationSetEventDestination",
    ],
    resources: [sets],
  },
  {
    actions: [
      "ses:CreateTenant",
      "ses:CreateTenantResourceAssociation",
      "ses:DeleteTenantResourceAssociation",
      "ses:GetTenant",
      "ses:PutTenantSuppressionAttributes",
    ],
    resources: [identities, sets, tenants],
  },
  // Who assigns a policy has to have leave for the policy too
  { actions: ["ses:UpdateReputationEntityPolicy"], resources: [tenants, reputationPolicy] },
];

/** Takes from SES what a deleted database had there: `DELETE` answers whether all of it is gone. */
export const remove: Permission[] = [
  { actions: ["ses:DeleteEmailIdentity", "ses:GetEmailIdentity"], resources: [identities] },
  { actions: ["ses:DeleteConfigurationSet"], resources: [sets] },
  { actions: ["ses:DeleteTenant", "ses:DeleteTenantResourceAssociation"], resources: [identities, sets, tenants] },
];

/** Answers senders of mail that SES received. */
export const bounce: Permission = { actions: ["ses:SendBounce"], resources: [identities] };

/** What the doctor looks at beside what others do. Receipt rules have no ARN. */
export const inspect: Permission[] = [
  { actions: ["ses:GetConfigurationSetEventDestinations"], resources: [sets] },
  { actions: ["ses:DescribeActiveReceiptRuleSet"], resources: ["*"] },
  {
    actions: ["sns:GetSubscriptionAttributes", "sns:ListSubscriptionsByTopic"],
    resources: topics.flatMap(({ arn }) => [arn, $interpolate`${arn}:*`]),
  },
  { actions: ["dynamodb:DescribeTable", "dynamodb:DescribeTimeToLive"], resources: [table.arn] },
];

/** Asks how long all queues and their dead letters are. */
export const measureAll: Permission = {
  actions: ["sqs:GetQueueAttributes"],
  resources: every.flatMap(({ queue, dead }) => [queue.arn, dead.arn]),
};

/** Where traces go: X-Ray knows no ARN for them. */
export const trace: Permission = {
  actions: ["xray:PutTelemetryRecords", "xray:PutTraceSegments"],
  resources: ["*"],
};
