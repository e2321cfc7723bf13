import { region } from "./account";
import { alarms } from "./alarms";
import { api } from "./api";
import { functions } from "./function";
import { all as queues } from "./queues";
import { table } from "./storage";

/** A line of a graph: namespace, metric, then name and value of each dimension. */
type Line = readonly $util.Input<string>[];

/** A metric of our own, of one function of this stage. */
const own = (metric: string, of: string): Line => ["Posthouse", metric, "stage", $app.stage, "function", of];

const widget = (title: string, stat: "Sum" | "Average" | "Maximum" | "p99", lines: readonly Line[]) => ({
  type: "metric",
  width: 12,
  height: 6,
  properties: { title, stat, region, period: 300, view: "timeSeries", metrics: lines },
});

/** CloudWatch has what a month has cost so far, in dollars, in one Region; the difference is a day's. */
const cost = {
  type: "metric",
  width: 12,
  height: 6,
  properties: {
    title: "Cost of the account a day, in US dollars",
    region: "us-east-1",
    stat: "Maximum",
    period: 86_400,
    view: "timeSeries",
    metrics: [
      [{ expression: "DIFF(month)", label: "a day" }],
      ["AWS/Billing", "EstimatedCharges", "Currency", "USD", { id: "month", visible: false }],
    ],
  },
};

const body = $util
  .output({
    widgets: [
      {
        type: "alarm",
        width: 24,
        height: 4,
        properties: { title: "Alarms", alarms: alarms.map(({ arn }) => arn) },
      },
      widget("Reputation", "Average", [
        ["AWS/SES", "Reputation.BounceRate"],
        ["AWS/SES", "Reputation.ComplaintRate"],
      ]),
      widget("SES", "Sum", [
        ["AWS/SES", "Send"],
        ["AWS/SES", "Delivery"],
        ["AWS/SES", "Bounce"],
        ["AWS/SES", "Complaint"],
        ["AWS/SES", "Reject"],
      ]),
      widget("Mail", "Sum", [
        own("accepted", "api"),
        own("sent", "dispatch"),
        own("failed", "dispatch"),
        own("deferred", "dispatch"),
        own("held", "api"),
        own("received", "inbound"),
      ]),
      widget("From when mail may be sent to its hand-over, p99 in ms", "p99", [own("queue_wait_ms", "dispatch")]),
      widget("Refused by daily limits", "Sum", [own("limit_refused", "api")]),
      widget("Webhooks", "Sum", [own("webhook_delivered", "deliver"), own("webhook_failed", "deliver")]),
      cost,
      widget(
        "Waiting",
        "Maximum",
        queues.map(({ queue }) => [
          "AWS/SQS",
          "ApproximateNumberOfMessagesVisible",
          "QueueName",
          queue.nodes.queue.name,
        ]),
      ),
      widget(
        "Oldest, in seconds",
        "Maximum",
        queues.map(({ queue }) => ["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", queue.nodes.queue.name]),
      ),
      widget(
        "Dead letters",
        "Maximum",
        queues.map(({ dead }) => ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", dead.nodes.queue.name]),
      ),
      widget(
        "Errors of functions",
        "Sum",
        [...functions.values()].map(({ name }) => ["AWS/Lambda", "Errors", "FunctionName", name]),
      ),
      widget(
        "Duration of functions, p99 in ms",
        "p99",
        [...functions.values()].map(({ name }) => ["AWS/Lambda", "Duration", "FunctionName", name]),
      ),
      widget(
        "Throttles of functions",
        "Sum",
        [...functions.values()].map(({ name }) => ["AWS/Lambda", "Throttles", "FunctionName", name]),
      ),
      widget("API", "Sum", [
        ["AWS/ApiGateway", "Count", "ApiId", api.nodes.api.id],
        ["AWS/ApiGateway", "4xx", "ApiId", api.nodes.api.id],
        ["AWS/ApiGateway", "5xx", "ApiId", api.nodes.api.id],
      ]),
      widget("API, p99 in ms", "p99", [["AWS/ApiGateway", "Latency", "ApiId", api.nodes.api.id]]),
      widget("Table", "Sum", [
        ["AWS/DynamoDB", "ConsumedReadCapacityUnits", "TableName", table.name],
        ["AWS/DynamoDB", "ConsumedWriteCapacityUnits", "TableName", table.name],
        ["AWS/DynamoDB", "TransactionConflict", "TableName", table.name],
      ]),
    ],
  })
  .apply((dashboard) => JSON.stringify(dashboard));

/** All of it on one page. */
export const dashboard = new aws.cloudwatch.Dashboard("Dashboard", {
  dashboardName: `posthouse-${$app.stage}`,
  dashboardBody: body,
});
