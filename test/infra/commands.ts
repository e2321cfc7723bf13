/** Which calls of the SDK stand behind each method of a port: `packages/aws` in a table. A test holds it against the source. */
export const commands: Readonly<Record<string, readonly string[]>> = {
  "store.get": ["GetCommand"],
  "store.batchGet": ["BatchGetCommand"],
  "store.query": ["QueryCommand"],
  "store.write": ["PutCommand", "UpdateCommand", "DeleteCommand"],
  "store.transact": ["TransactWriteCommand"],
  "queue.send": ["SendMessageBatchCommand"],
  "queue.depth": ["GetQueueAttributesCommand"],
  "blobs.put": ["PutObjectCommand"],
  "blobs.get": ["GetObjectCommand"],
  "blobs.link": ["GetObjectCommand"],
  "blobs.delete": ["DeleteObjectCommand"],
  "blobs.list": ["ListObjectsV2Command"],
  "vault.seal": ["GenerateDataKeyCommand"],
  "vault.open": ["DecryptCommand"],
  "ses.send": ["SendEmailCommand"],
  "bouncer.bounce": ["SendBounceCommand"],
  "inspector.place": [],
  "inspector.account": ["GetAccountCommand"],
  "inspector.identity": ["GetEmailIdentityCommand"],
  "inspector.destinations": ["GetConfigurationSetEventDestinationsCommand"],
  "inspector.subscriptions": ["ListSubscriptionsByTopicCommand", "GetSubscriptionAttributesCommand"],
  "inspector.queue": ["GetQueueAttributesCommand"],
  "inspector.table": ["DescribeTableCommand", "DescribeTimeToLiveCommand"],
  "inspector.rules": ["DescribeActiveReceiptRuleSetCommand"],
  "provider.createTenant": [
    "CreateTenantCommand",
    "PutTenantSuppressionAttributesCommand",
    "GetTenantCommand",
    "UpdateReputationEntityPolicyCommand",
  ],
  "provider.createConfigurationSet": ["CreateConfigurationSetCommand", "CreateConfigurationSetEventDestinationCommand"],
  "provider.setTracking": ["UpdateConfigurationSetEventDestinationCommand"],
  "provider.associate": ["CreateTenantResourceAssociationCommand"],
  "provider.dissociate": ["DeleteTenantResourceAssociationCommand"],
  "provider.createIdentity": [
    "GetEmailIdentityCommand",
    "CreateEmailIdentityCommand",
    "PutEmailIdentityMailFromAttributesCommand",
    "PutEmailIdentityFeedbackAttributesCommand",
  ],
  "provider.identity": ["GetEmailIdentityCommand"],
  "provider.restartDkim": ["GetEmailIdentityCommand", "PutEmailIdentityDkimSigningAttributesCommand"],
  "provider.removeIdentity": ["GetEmailIdentityCommand", "DeleteEmailIdentityCommand"],
  "provider.removeConfigurationSet": ["DeleteConfigurationSetCommand"],
  "provider.removeTenant": ["DeleteTenantCommand"],
  "provider.sendRate": ["GetAccountCommand"],
  "provider.switchTenant": ["GetTenantCommand", "UpdateReputationEntityCustomerManagedStatusCommand"],
  "provider.reputation": ["GetTenantCommand", "GetReputationEntityCommand", "ListRecommendationsCommand"],
  "provider.status": ["GetAccountCommand", "GetEmailIdentityCommand", "GetTenantCommand"],
};

/** Ports that ask nothing of AWS. */
export const outside = ["smtp", "dns", "http", "imap", "mailAuth", "clock", "random", "log", "metrics"];

/** The ports that do. */
export const ports = [...new Set(Object.keys(commands).map((method) => method.split(".")[0] ?? ""))];

const services: readonly (readonly [RegExp, string])[] = [
  [/^(?:SendMessageBatch|GetQueueAttributes)$/, "sqs"],
  [/Object(?:sV2)?$/, "s3"],
  [/^(?:GenerateDataKey|Decrypt)$/, "kms"],
  [/Subscription/, "sns"],
  [/^(?:Describe|Create|Update|Delete)(?:Table|TimeToLive)$/, "dynamodb"],
  [/^(?:Get|BatchGet|Put|Update|Delete|Query|TransactWrite)$/, "dynamodb"],
];

/** Calls whose action is not their own name. */
const others: Readonly<Record<string, readonly string[]>> = {
  GetCommand: ["dynamodb:GetItem"],
  BatchGetCommand: ["dynamodb:BatchGetItem"],
  PutCommand: ["dynamodb:PutItem"],
  UpdateCommand: ["dynamodb:UpdateItem"],
  DeleteCommand: ["dynamodb:DeleteItem"],
  TransactWriteCommand: [
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
    "dynamodb:ConditionCheckItem",
  ],
  SendMessageBatchCommand: ["sqs:SendMessage"],
  // Without leave to list, S3 answers 403 for an object that is not there
  GetObjectCommand: ["s3:GetObject", "s3:ListBucket"],
  ListObjectsV2Command: ["s3:ListBucket"],
  SendEmailCommand: ["ses:SendEmail", "ses:SendRawEmail"],
  CreateEmailIdentityCommand: ["ses:CreateEmailIdentity", "ses:TagResource"],
};

/** The actions of IAM that a call of the SDK needs. */
export function actions(command: string): readonly string[] {
  const name = command.replace(/Command$/, "");
  const service = services.find(([pattern]) => pattern.test(name))?.[1] ?? "ses";
  return others[command] ?? [`${service}:${name}`];
}
