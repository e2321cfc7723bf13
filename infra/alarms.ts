import "./schedule";
import { api } from "./api";
import { functions } from "./function";
import { all as queues } from "./queues";
import { settings } from "./stage";
import { indexes, table } from "./storage";
import { all as topics } from "./topics";

/** Who is told. */
const topic = new sst.aws.SnsTopic("Alarms");
if (settings.alarmEmail !== undefined)
  new aws.sns.TopicSubscription("AlarmsByEmail", {
    topic: topic.arn,
    protocol: "email",
    endpoint: settings.alarmEmail,
  });

/** What an alarm looks at. */
interface Spec {
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions?: Record<string, $util.Input<string>>;
  readonly statistic?: "Sum" | "Maximum" | "Average" | "Minimum";
  /** It is raised above this, or below that. */
  readonly over?: number;
  readonly under?: number;
  /** Minutes of one look, and looks in a row. */
  readonly minutes?: number;
  readonly times?: number;
  /** What it means, and the run book. */
  readonly means: string;
  /** No value is as bad as a bad one. */
  readonly silence?: "breaching" | "notBreaching";
}

const made: aws.cloudwatch.MetricAlarm[] = [];
/** Every alarm. */
export const alarms: readonly aws.cloudwatch.MetricAlarm[] = made;

function alarm(name: string, spec: Spec): void {
  const { namespace, metric, dimensions, statistic = "Sum", over, under, minutes = 5, times = 1, means } = spec;
  made.push(
    new aws.cloudwatch.MetricAlarm(name, {
      namespace,
      metricName: metric,
      ...(dimensions && { dimensions }),
      statistic,
      threshold: over ?? under ?? 0,
      comparisonOperator: over === undefined ? "LessThanThreshold" : "GreaterThanThreshold",
      period: minutes * 60,
      evaluationPeriods: times,
      treatMissingData: spec.silence ?? "notBreaching",
      alarmDescription: means,
      alarmActions: [topic.arn],
      okActions: [topic.arn],
    }),
  );
}

const capital = (word: string) => `${word[0]?.toUpperCase()}${word.slice(1)}`;
const book = (name: string) => `Run book: docs/run-books.md#${name}`;

for (const { name, queue, dead } of queues) {
  alarm(`${name}DeadLetters`, {
    namespace: "AWS/SQS",
    metric: "ApproximateNumberOfMessagesVisible",
    dimensions: { QueueName: dead.nodes.queue.name },
    statistic: "Maximum",
    over: 0,
    means: `Something was given up: look at it, mend it, redrive it. ${book("dead-letters")}`,
  });
  alarm(`${name}Age`, {
    namespace: "AWS/SQS",
    metric: "ApproximateAgeOfOldestMessage",
    dimensions: { QueueName: queue.nodes.queue.name },
    statistic: "Maximum",
    over: name === "MassQueue" ? 6 * 3_600 : 900,
    times: 3,
    means: `Work waits longer than it should. ${book("oldest-message")}`,
  });
}

for (const [name, { name: FunctionName }] of functions) {
  alarm(`${name}Errors`, {
    namespace: "AWS/Lambda",
    metric: "Errors",
    dimensions: { FunctionName },
    over: 0,
    times: 3,
    means: `A function fails. ${book("function-errors")}`,
  });
  alarm(`${name}Throttles`, {
    namespace: "AWS/Lambda",
    metric: "Throttles",
    dimensions: { FunctionName },
    over: 0,
    times: 3,
    means: `The account's concurrency is used up. ${book("throttles")}`,
  });
}

alarm("TickSilence", {
  namespace: "AWS/Lambda",
  metric: "Invocations",
  dimensions: { FunctionName: functions.get("Tick")?.name ?? "" },
  under: 1,
  times: 3,
  silence: "breaching",
  means: `The tick does not run: nothing that waits is released. ${book("tick")}`,
});

// By the table's name alone CloudWatch has what the table throttles, and nothing of its indexes
for (const index of [undefined, ...indexes])
  for (const metric of ["ReadThrottleEvents", "WriteThrottleEvents"])
    alarm(`Table${index === undefined ? "" : capital(index)}${metric}`, {
      namespace: "AWS/DynamoDB",
      metric,
      dimensions: { TableName: table.name, ...(index !== undefined && { GlobalSecondaryIndexName: index }) },
      over: 100,
      times: 3,
      means: `A partition of ${index === undefined ? "the table" : `the index ${index}`} is hot. ${book("hot-partition")}`,
    });

// SNS gives up at once what a queue does not let in, and nothing else would tell of it
for (const { name, topic } of topics)
  alarm(`${name}Failures`, {
    namespace: "AWS/SNS",
    metric: "NumberOfNotificationsFailed",
    dimensions: { TopicName: topic.nodes.topic.name },
    over: 0,
    means: `What SES tells does not come to its queue, and is lost. ${book("lost-notifications")}`,
  });

alarm("ApiErrors", {
  namespace: "AWS/ApiGateway",
  metric: "5xx",
  dimensions: { ApiId: api.nodes.api.id },
  over: 10,
  times: 2,
  means: `Requests fail. ${book("api-errors")}`,
});

// Only the API refuses: what the tick releases and finds no room for is held
alarm("LimitRefusals", {
  namespace: "Posthouse",
  metric: "limit_refused",
  dimensions: { stage: $app.stage, function: "api" },
  over: 1_000,
  minutes: 60,
  means: `Daily limits refuse much mail: a customer has outgrown a plan, or a key has been stolen. ${book("limit-refusals")}`,
});

// SES reviews an account at 5 and 0.1 %, and pauses it at 10 and 0.5: a look before that
alarm("BounceRate", {
  namespace: "AWS/SES",
  metric: "Reputation.BounceRate",
  statistic: "Average",
  over: 0.04,
  minutes: 60,
  means: `The account's bounce rate nears what SES reviews. ${book("reputation")}`,
});
alarm("ComplaintRate", {
  namespace: "AWS/SES",
  metric: "Reputation.ComplaintRate",
  statistic: "Average",
  over: 0.0008,
  minutes: 60,
  means: `The account's complaint rate nears what SES reviews. ${book("reputation")}`,
});

// CloudWatch knows what a month costs, in one Region only; a budget knows what a day does
if (settings.budget)
  new aws.budgets.Budget("DailyCost", {
    name: `posthouse-${$app.stage}-daily`,
    budgetType: "COST",
    timeUnit: "DAILY",
    limitAmount: String(settings.budget.dollars),
    limitUnit: "USD",
    notifications: [
      {
        notificationType: "ACTUAL",
        comparisonOperator: "GREATER_THAN",
        threshold: 100,
        thresholdType: "PERCENTAGE",
        subscriberEmailAddresses: [settings.budget.email],
      },
    ],
  });
