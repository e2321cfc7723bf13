import type { CheckName } from "./check/all.ts";
import type { Resource } from "./program.ts";
import { all, type Stack } from "./stack.ts";

/** Something wrong with a stack, who has to find it, and a part of the words. */
export interface Fault {
  readonly name: string;
  readonly check: CheckName;
  readonly finds: string;
  /** Spoils the stack that it is given. */
  readonly change: (stack: Stack) => void;
}

type Inputs = Record<string, unknown>;

/** The inputs of the resource of a type and name. */
const inputs = (stack: Stack, type: string, name: string): Inputs => {
  const found = all(stack, type).find((resource) => resource.name === name);
  if (!found) throw new Error(`There is no ${type} ${name}.`);
  return found.inputs;
};

function remove(stack: Stack, name: string): void {
  const resources = stack.resources as Resource[];
  const at = resources.findIndex((resource) => resource.name === name);
  if (at < 0) throw new Error(`There is no ${name}.`);
  resources.splice(at, 1);
}

const set = (type: string, name: string, input: string, value: unknown) => (stack: Stack) => {
  inputs(stack, type, name)[input] = value;
};

/** Changes a text within the policy of a role. */
const policy = (role: string, from: string, to: string) => (stack: Stack) => {
  const of = inputs(stack, "iam/role:Role", role);
  const text = JSON.stringify(of["inlinePolicies"]);
  if (!text.includes(from)) throw new Error(`The role ${role} has no ${from}.`);
  of["inlinePolicies"] = JSON.parse(text.replace(from, to));
};

/** Lets somebody write to the queue of events. */
const taking = (Principal: unknown, Condition: unknown) => {
  const Statement = [{ Effect: "Allow", Principal, Condition, Action: "sqs:SendMessage", Resource: "*" }];
  return set("sqs/queuePolicy:QueuePolicy", "EventsToFeedbackPolicy", "policy", JSON.stringify({ Statement }));
};

/** Changes what the dashboard shows. */
const shown = (from: string, to: string) => (stack: Stack) => {
  const of = inputs(stack, "cloudwatch/dashboard:Dashboard", "Dashboard");
  of["dashboardBody"] = String(of["dashboardBody"]).replaceAll(from, to);
};

const variables = (stack: Stack, name: string): Inputs =>
  (inputs(stack, "lambda/function:Function", name)["environment"] as { variables: Inputs }).variables;

/** What is tried on a stage as it would be; more is tried in its source (`breaks.ts`). */
export const faults: readonly Fault[] = [
  {
    name: "nobody is told of dead letters",
    check: "alarm",
    finds: "ApproximateNumberOfMessagesVisible of MassQueueDeadQueue",
    change: (stack) => remove(stack, "MassQueueDeadLetters"),
  },
  {
    name: "an alarm rings nowhere",
    check: "alarm",
    finds: "TickSilence tells nobody",
    change: set("cloudwatch/metricAlarm:MetricAlarm", "TickSilence", "alarmActions", []),
  },
  {
    name: "an alarm is raised while all is well",
    check: "alarm",
    finds: "TickSilence is raised while all is well",
    change: set("cloudwatch/metricAlarm:MetricAlarm", "TickSilence", "comparisonOperator", "GreaterThanThreshold"),
  },
  {
    name: "a tick that does not run at all raises nothing",
    check: "alarm",
    finds: "TickSilence is not raised by having no value",
    change: set("cloudwatch/metricAlarm:MetricAlarm", "TickSilence", "treatMissingData", "notBreaching"),
  },
  {
    name: "an alarm comes after SES's review",
    check: "alarm",
    finds: "BounceRate is not raised by 0.05",
    change: set("cloudwatch/metricAlarm:MetricAlarm", "BounceRate", "threshold", 0.06),
  },
  {
    name: "the dashboard has no dead letters",
    check: "dashboard",
    finds: "does not show ApproximateNumberOfMessagesVisible of posthouse-production-InboundQueueDeadQueue",
    change: shown("InboundQueueDeadQueue", "NobodysQueue"),
  },
  {
    name: "a figure is shown that nothing counts",
    check: "dashboard",
    finds: "nothing counts limits_refused of api",
    change: shown('"limit_refused"', '"limits_refused"'),
  },
  {
    name: "an alarm waits for a figure that nothing counts",
    check: "dashboard",
    finds: "nothing counts refusals of api",
    change: set("cloudwatch/metricAlarm:MetricAlarm", "LimitRefusals", "metricName", "refusals"),
  },
  {
    name: "a variable is given that nobody reads",
    check: "environment",
    finds: "Api never reads POSTHOUSE_TYPO",
    change: (stack) => void (variables(stack, "ApiFunction")["POSTHOUSE_TYPO"] = "1"),
  },
  {
    name: "a variable is missing",
    check: "environment",
    finds: "Tick is not given POSTHOUSE_RESET_UTC",
    change: (stack) => void delete variables(stack, "TickFunction")["POSTHOUSE_RESET_UTC"],
  },
  {
    name: "the web ACL is not asked",
    check: "front",
    finds: "no web ACL is asked",
    change: set("cloudfront/distribution:Distribution", "FrontDistribution", "webAclId", ""),
  },
  {
    name: "the API is reached past the web ACL",
    check: "front",
    finds: "leads past the web ACL",
    change: (stack) => {
      const record = inputs(stack, "route53/record:Record", "FrontARecordApimailexamplecom");
      record["aliases"] = [{ name: "d-1.execute-api.us-east-1.amazonaws.com" }];
    },
  },
  {
    name: "a function runs on another Node",
    check: "handler",
    finds: "Dispatch does not run on Node 24",
    change: set("lambda/function:Function", "DispatchFunction", "runtime", "nodejs20.x"),
  },
  {
    name: "the table may be deleted",
    check: "keeping",
    finds: "deletionProtectionEnabled",
    change: set("dynamodb/table:Table", "TableTable", "deletionProtectionEnabled", false),
  },
  {
    name: "objects have no end",
    check: "keeping",
    finds: "keep-40d/",
    change: set("s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "BodiesLifecycle", "rules", []),
  },
  {
    name: "logs have no end",
    check: "log",
    finds: "ApiLogGroup keeps logs for ever",
    change: set("cloudwatch/logGroup:LogGroup", "ApiLogGroup", "retentionInDays", 0),
  },
  {
    name: "a circle is stopped",
    check: "loop",
    finds: "Deliver sends to a queue that leads back to it",
    change: (stack) => remove(stack, "DeliverRecursion"),
  },
  {
    name: "a circle is stopped by name",
    check: "loop",
    finds: "Incoming sends to a queue that leads back to it",
    change: set(
      "lambda/functionRecursionConfig:FunctionRecursionConfig",
      "IncomingRecursion",
      "recursiveLoop",
      "Terminate",
    ),
  },
  {
    name: "the MAIL FROM domain is one a database could have",
    check: "mail",
    finds: "a database may be called returns",
    change: set(
      "sesv2/emailIdentityMailFromAttributes:EmailIdentityMailFromAttributes",
      "RootMailFrom",
      "mailFromDomain",
      "returns.mail.example.com",
    ),
  },
  {
    name: "nothing holds back what is asked of SES",
    check: "mail",
    finds: "Provision asks SES for more at once",
    change: set("lambda/function:Function", "ProvisionFunction", "reservedConcurrentExecutions", undefined),
  },
  {
    name: "a rule takes mail from the next",
    check: "receipt",
    finds: "ReceiveOwn takes mail from the rules after it",
    change: set("ses/receiptRule:ReceiptRule", "ReceiveOwn", "stopActions", [{ position: 2, scope: "RuleSet" }]),
  },
  {
    name: "an action is on more than it needs",
    check: "resource",
    finds: "Tick may do s3:GetObject on *",
    change: policy("TickRole", '/keep-*\\"', '/keep-*\\",\\"*\\"'),
  },
  {
    name: "a queue gives up at the first failure",
    check: "queue",
    finds: "DispatchQueueQueue gives up after fewer than 5 tries",
    change: (stack) => {
      const of = inputs(stack, "sqs/queue:Queue", "DispatchQueueQueue");
      of["redrivePolicy"] = String(of["redrivePolicy"]).replace(/"maxReceiveCount":\d+/, '"maxReceiveCount":1');
    },
  },
  {
    name: "a bucket may be made public",
    check: "open",
    finds: "BodiesBucket may be made public",
    change: set(
      "s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
      "BodiesPublicAccessBlock",
      "blockPublicAcls",
      false,
    ),
  },
  {
    name: "the whole account may take on a role",
    check: "open",
    finds: "others than Lambda",
    change: set(
      "iam/role:Role",
      "ApiRole",
      "assumeRolePolicy",
      '{"Statement":[{"Principal":{"Service":"lambda.amazonaws.com","AWS":"arn:aws:iam::1:root"}}]}',
    ),
  },
  {
    name: "a service may write for anybody",
    check: "open",
    finds: "EventsToFeedbackPolicy",
    change: set(
      "sqs/queuePolicy:QueuePolicy",
      "EventsToFeedbackPolicy",
      "policy",
      '{"Statement":[{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"sqs:SendMessage"}]}',
    ),
  },
  {
    name: "a service may write for another account",
    check: "open",
    finds: "EventsToFeedbackPolicy allows something to a service on anybody's behalf",
    change: taking({ Service: "sns.amazonaws.com" }, { StringEquals: { "aws:SourceAccount": "999999999999" } }),
  },
  {
    name: "everybody but this account may write",
    check: "open",
    finds: "EventsToFeedbackPolicy allows something to a service on anybody's behalf",
    change: taking("*", { StringNotEquals: { "aws:SourceAccount": "123456789012" } }),
  },
  {
    name: "whoever has a topic may write",
    check: "open",
    finds: "EventsToFeedbackPolicy allows something to AWS *",
    change: taking({ AWS: "*" }, { ArnLike: { "aws:SourceArn": "arn:aws:sns:*:*:*" } }),
  },
  {
    name: "a permission is missing",
    check: "permission",
    finds: "Dispatch needs ses:GetAccount",
    change: policy("DispatchRole", '\\"ses:GetAccount\\"', '\\"ses:SendEmail\\"'),
  },
  {
    name: "a permission is not needed",
    check: "permission",
    finds: "Deliver never uses s3:GetObject",
    change: policy("DeliverRole", '\\"kms:Decrypt\\"', '\\"kms:Decrypt\\",\\"s3:GetObject\\"'),
  },
  {
    name: "an action is open",
    check: "permission",
    finds: "Feedback may do dynamodb:*",
    change: policy("FeedbackRole", '\\"dynamodb:GetItem\\"', '\\"dynamodb:GetItem\\",\\"dynamodb:*\\"'),
  },
  {
    name: "a queue gives up nothing",
    check: "queue",
    finds: "DispatchQueueQueue has no dead-letter queue",
    change: set("sqs/queue:Queue", "DispatchQueueQueue", "redrivePolicy", ""),
  },
  {
    name: "a message is shown twice at once",
    check: "queue",
    finds: "InboundQueueQueue shows a message again",
    change: set("sqs/queue:Queue", "InboundQueueQueue", "visibilityTimeoutSeconds", 300),
  },
  {
    name: "a secret is in the environment",
    check: "secret",
    finds: "environment of ApiFunction",
    change: (stack) => void (variables(stack, "ApiFunction")["POSTHOUSE_KEY"] = "hidden-operator-key"),
  },
  {
    name: "an index is missing",
    check: "table",
    finds: "the table lacks mark mark_pk mark_sk KEYS_ONLY",
    change: (stack) => {
      const of = inputs(stack, "dynamodb/table:Table", "TableTable");
      of["globalSecondaryIndexes"] = (of["globalSecondaryIndexes"] as Inputs[]).filter(({ name }) => name !== "mark");
    },
  },
  {
    name: "events come in an envelope",
    check: "wiring",
    finds: "EventsToFeedback wraps what SES says",
    change: set("sns/topicSubscription:TopicSubscription", "EventsToFeedback", "rawMessageDelivery", false),
  },
];
