import { account, region } from "./mock.ts";
import { all, type Stack, text } from "./stack.ts";

/** What an action of IAM may be on; `any` = AWS knows no ARN for it. */
export type Kind =
  | "any"
  | "table"
  | "index"
  | "objects"
  | "bucket"
  | "key"
  | "topic"
  | "identity"
  | "configuration-set"
  | "tenant"
  | "reputation-policy";

/**
 * On what each action has to be allowed: the resource types that AWS's Service Authorization Reference has for it, those
 * that it calls optional only where our calls name one. Those on queues are elsewhere: each is of a queue by name.
 */
const kinds: readonly (readonly [actions: string, kinds: readonly Kind[]])[] = [
  [
    "dynamodb: GetItem PutItem UpdateItem DeleteItem ConditionCheckItem BatchGetItem DescribeTable DescribeTimeToLive",
    ["table"],
  ],
  ["dynamodb: Query", ["table", "index"]],
  ["s3: GetObject PutObject DeleteObject", ["objects"]],
  ["s3: ListBucket", ["bucket"]],
  ["kms: Decrypt GenerateDataKey", ["key"]],
  ["sns: ListSubscriptionsByTopic GetSubscriptionAttributes", ["topic"]],
  // The filter of our call is a tenant, so it names no identity
  ["ses: GetAccount DescribeActiveReceiptRuleSet ListRecommendations", ["any"]],
  ["ses: SendEmail SendRawEmail", ["identity", "configuration-set"]],
  [
    "ses: SendBounce CreateEmailIdentity DeleteEmailIdentity GetEmailIdentity PutEmailIdentityDkimSigningAttributes PutEmailIdentityFeedbackAttributes PutEmailIdentityMailFromAttributes TagResource",
    ["identity"],
  ],
  [
    "ses: CreateConfigurationSet CreateConfigurationSetEventDestination DeleteConfigurationSet GetConfigurationSetEventDestinations UpdateConfigurationSetEventDestination",
    ["configuration-set"],
  ],
  [
    "ses: CreateTenant DeleteTenant GetTenant PutTenantSuppressionAttributes GetReputationEntity UpdateReputationEntityCustomerManagedStatus",
    ["tenant"],
  ],
  ["ses: CreateTenantResourceAssociation DeleteTenantResourceAssociation", ["identity", "configuration-set", "tenant"]],
  ["ses: UpdateReputationEntityPolicy", ["reputation-policy", "tenant"]],
  ["xray: PutTelemetryRecords PutTraceSegments", ["any"]],
];

const known: ReadonlyMap<string, readonly Kind[]> = new Map(
  kinds.flatMap(([actions, on]) => {
    const [service = "", ...names] = actions.split(" ");
    return names.map((name) => [`${service}${name}`, on] as const);
  }),
);

/** What an action has to be allowed on; undefined = nobody has looked it up. @param action e.g. `s3:GetObject`. */
export const kindsOf = (action: string): readonly Kind[] | undefined => known.get(action);

const ses = (resource: string, owner = account) => [`arn:aws:ses:${region}:${owner}:${resource}`];

/** The ARNs of each kind in a stage, as policies have to write them. */
export function arns(stack: Stack): Readonly<Record<Kind, readonly string[]>> {
  const of = (type: string, service: string, name = "name") =>
    all(stack, type).map((one) => `arn:aws:${service}${text(one, name)}`);
  const tables = of("dynamodb/table:Table", `dynamodb:${region}:${account}:table/`);
  const buckets = of("s3/bucket:Bucket", "s3:::", "bucket");
  return {
    any: ["*"],
    table: tables,
    index: tables.map((arn) => `${arn}/index/*`),
    objects: buckets.map((arn) => `${arn}/keep-*`),
    bucket: buckets,
    key: all(stack, "kms/key:Key").map(({ name }) => `arn:aws:kms:${region}:${account}:key/${name}`),
    topic: of("sns/topic:Topic", `sns:${region}:${account}:`).filter((arn) => !arn.includes("Alarms")),
    identity: ses("identity/*"),
    "configuration-set": ses("configuration-set/*"),
    tenant: ses("tenant/*"),
    // AWS's own, in every account
    "reputation-policy": ses("reputation-policy/standard", "aws"),
  };
}
