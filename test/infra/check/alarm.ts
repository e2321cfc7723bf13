import type { Resource } from "../program.ts";
import { all, functions, list, part, queues, type Stack, text } from "../stack.ts";
import type { Check } from "./check.ts";

/** What an alarm has to look at: a metric by its namespace, and the dimensions it is counted by; undefined = any value. */
interface Watch {
  readonly what: string;
  readonly metric: string;
  readonly of: Readonly<Record<string, string | undefined>>;
}

/** What a stage has of a metric where all is well and idle, and what has to raise an alarm; undefined = CloudWatch has no value. */
const values: Readonly<Record<string, { readonly well: number; readonly bad: readonly (number | undefined)[] }>> = {
  Errors: { well: 0, bad: [1] },
  Throttles: { well: 0, bad: [1] },
  Invocations: { well: 5, bad: [0, undefined] },
  ApproximateNumberOfMessagesVisible: { well: 0, bad: [1] },
  ApproximateAgeOfOldestMessage: { well: 0, bad: [86_400] },
  ReadThrottleEvents: { well: 0, bad: [1_000] },
  WriteThrottleEvents: { well: 0, bad: [1_000] },
  NumberOfNotificationsFailed: { well: 0, bad: [1] },
  "5xx": { well: 0, bad: [100] },
  limit_refused: { well: 0, bad: [10_000] },
  // Where SES begins to review an account
  "Reputation.BounceRate": { well: 0, bad: [0.05] },
  "Reputation.ComplaintRate": { well: 0, bad: [0.001] },
};

/** All that has to be watched is, by the metric that AWS or our code counts; each alarm tells somebody, and nobody is told for nothing. */
export const alarm: Check = ({ stack, settings }) => {
  const alarms = all(stack, "cloudwatch/metricAlarm:MetricAlarm");
  const wanted = watches(stack);
  return [
    ...wanted
      .filter((watch) => !alarms.some((one) => looks(one, watch)))
      .map(({ what, metric }) => `no alarm looks at ${metric.split(" ")[1]} of ${what}`),
    ...alarms
      .filter((one) => !wanted.some((watch) => looks(one, watch)))
      .map((one) => `${one.name} looks at ${text(one, "namespace")} ${text(one, "metricName")}, of what there is not`),
    ...alarms
      .filter((one) => !tells(stack, one, settings["POSTHOUSE_ALARM_EMAIL"]))
      .map(({ name }) => `the alarm ${name} tells nobody`),
    ...alarms.flatMap(judged),
  ];
};

/** Whether an alarm goes to a topic, and that to the operator's address where there is one. */
function tells(stack: Stack, { inputs }: Resource, email: string | undefined): boolean {
  const actions = (inputs["alarmActions"] ?? []) as string[];
  const told = all(stack, "sns/topicSubscription:TopicSubscription").filter((one) => text(one, "endpoint") === email);
  return email === undefined ? actions.length > 0 : told.some((one) => actions.includes(text(one, "topic")));
}

function looks(one: Resource, { metric, of }: Watch): boolean {
  const dimensions = part(one.inputs, "dimensions");
  return (
    `${text(one, "namespace")} ${text(one, "metricName")}` === metric &&
    Object.keys(dimensions).sort().join() === Object.keys(of).sort().join() &&
    Object.entries(of).every(([name, value]) => value === undefined || dimensions[name] === value)
  );
}

/** Whether an alarm rings when it should, and at no other time. */
function judged(alarm: Resource): string[] {
  const { name } = alarm;
  const of = values[text(alarm, "metricName")];
  if (!of) return [`nobody has said what raises ${name}`];
  return [
    ...(raised(alarm, of.well) ? [`${name} is raised while all is well`] : []),
    ...of.bad
      .filter((value) => !raised(alarm, value))
      .map((value) => `${name} is not raised by ${value ?? "having no value"}`),
  ];
}

/** Whether an alarm is raised by such values, one after another. */
function raised({ inputs }: Resource, value: number | undefined): boolean {
  if (value === undefined) return inputs["treatMissingData"] === "breaching";
  const threshold = Number(inputs["threshold"]);
  return inputs["comparisonOperator"] === "LessThanThreshold" ? value < threshold : value > threshold;
}

const watches = (stack: Stack): Watch[] => [
  ...functions(stack).flatMap(({ name, file, resource }) =>
    ["Errors", "Throttles", ...(file === "tick" ? ["Invocations"] : [])].map((metric) => ({
      what: name,
      metric: `AWS/Lambda ${metric}`,
      of: { FunctionName: text(resource, "name") },
    })),
  ),
  ...all(stack, "sqs/queue:Queue").map((queue) => ({
    what: queue.name,
    metric: `AWS/SQS ${queues(stack).includes(queue) ? "ApproximateAgeOfOldestMessage" : "ApproximateNumberOfMessagesVisible"}`,
    of: { QueueName: text(queue, "name") },
  })),
  // What SES says, and mail it received: a topic that may not write to its queue loses it
  ...all(stack, "sns/topic:Topic")
    .filter(({ name }) => !name.startsWith("Alarms"))
    .map((topic) => ({
      what: topic.name,
      metric: "AWS/SNS NumberOfNotificationsFailed",
      of: { TopicName: text(topic, "name") },
    })),
  ...all(stack, "dynamodb/table:Table").flatMap(throttles),
  { what: "the API", metric: "AWS/ApiGateway 5xx", of: { ApiId: undefined } },
  { what: "limits", metric: "Posthouse limit_refused", of: { stage: undefined, function: "api" } },
  { what: "SES", metric: "AWS/SES Reputation.BounceRate", of: {} },
  { what: "SES", metric: "AWS/SES Reputation.ComplaintRate", of: {} },
];

/** The table and each of its indexes: what DynamoDB counts of the one has nothing of the others. */
const throttles = (table: Resource): Watch[] =>
  ["ReadThrottleEvents", "WriteThrottleEvents"].flatMap((event) => {
    const metric = `AWS/DynamoDB ${event}`;
    const TableName = text(table, "name");
    return [
      { what: "the table", metric, of: { TableName } },
      ...list(table.inputs, "globalSecondaryIndexes").map(({ name }) => ({
        what: `the index ${String(name)}`,
        metric,
        of: { TableName, GlobalSecondaryIndexName: String(name) },
      })),
    ];
  });
