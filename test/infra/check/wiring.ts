import { mappings } from "@posthouse/local/pollers";
import { all, functions, list, part, queueName, readers, text } from "../stack.ts";
import type { Check } from "./check.ts";

/** What of two lists is not in both. */
const differs = (here: readonly string[], there: readonly string[], where: readonly [string, string]): string[] => [
  ...here.filter((one) => !there.includes(one)).map((one) => `only ${where[0]}: ${one}`),
  ...there.filter((one) => !here.includes(one)).map((one) => `only ${where[1]}: ${one}`),
];

/** Queues and functions are connected as in the embedded mode, which the tests run on. */
export const wiring: Check = ({ stack }) => {
  const embedded = mappings.map(({ queue, consumer }) => `${capital(queue)}Queue → ${consumer}`);
  const deployed = readers(stack).map(({ queue, file }) => `${queue} → ${file}`);
  const whole = readers(stack)
    .filter(
      ({ mapping }) => !JSON.stringify(mapping.inputs["functionResponseTypes"])?.includes("ReportBatchItemFailures"),
    )
    .map(({ queue }) => `one message of ${queue} that fails brings back its whole batch`);
  const topics = all(stack, "sns/topicSubscription:TopicSubscription").filter((one) => text(one, "protocol") === "sqs");
  const wrapped = topics
    .filter(({ inputs }) => inputs["rawMessageDelivery"] !== true)
    .map(({ name }) => `${name} wraps what SES says`);
  const told = topics.map(
    (one) =>
      `${text(one, "topic").includes("Events") ? "events" : "received"} → ${queueName(stack, text(one, "endpoint"))}`,
  );
  const receives = all(stack, "ses/receiptRule:ReceiptRule").length > 0;
  const should = ["events → FeedbackQueue", ...(receives ? ["received → InboundQueue"] : [])];
  const tick = functions(stack).find(({ file }) => file === "tick");
  const every = all(stack, "scheduler/schedule:Schedule").filter(
    ({ inputs }) =>
      inputs["scheduleExpression"] === "rate(1 minute)" &&
      String(part(inputs, "target")["arn"]).endsWith(`:${tick && text(tick.resource, "name")}`),
  );
  return [
    ...differs(deployed, embedded, ["on AWS", "embedded"]),
    ...whole,
    ...wrapped,
    ...differs(told, should, ["here", "missing"]),
    ...(every.length === 1 ? [] : ["the tick does not run every minute"]),
    ...events(stack),
  ];
};

const capital = (word: string) => `${word[0]?.toUpperCase()}${word.slice(1)}`;

/** The installation's own configuration set tells the topic of events. */
const events = (stack: Parameters<typeof all>[0]): string[] =>
  all(stack, "sesv2/configurationSetEventDestination:ConfigurationSetEventDestination")
    .filter(({ inputs }) => {
      const destination = part(inputs, "eventDestination");
      const types = list(destination, "matchingEventTypes") as unknown as string[];
      return (
        !String(part(destination, "snsDestination")["topicArn"]).includes("EventsTopic") ||
        !["SEND", "DELIVERY", "BOUNCE", "COMPLAINT"].every((type) => types.includes(type))
      );
    })
    .map(({ name }) => `${name} does not tell what becomes of mail`);
