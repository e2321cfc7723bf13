import type { Bundle } from "../source.ts";
import { all, functions, part, queues, type Stack, text } from "../stack.ts";
import type { Check } from "./check.ts";

/** A line of a graph, or what an alarm looks at: namespace, metric, and the values of its dimensions. */
type Line = readonly [namespace: string, metric: string, ...dimensions: string[]];

/** All that an operator has to see is on one page, and figures of our own, there and in alarms, are ones that the code counts. */
export const dashboard: Check = ({ stack, bundles }) => {
  const shown = lines(stack);
  return [
    ...wanted(stack)
      .filter(({ metric, of }) => !shown.some((line) => line[1] === metric && (of === undefined || line.includes(of))))
      .map(({ metric, of }) => `the dashboard does not show ${metric}${of === undefined ? "" : ` of ${of}`}`),
    ...[...shown, ...watched(stack)]
      .filter(([namespace]) => namespace === "Posthouse")
      .filter((line) => !bundles.some((bundle) => line.at(-1) === bundle.file && counts(bundle, line[1])))
      .map(([, metric, ...of]) => `nothing counts ${metric} of ${of.at(-1)}`),
  ];
};

const counts = ({ modules }: Bundle, metric: string): boolean =>
  [...modules.values()].some((text) => text.includes(`"${metric}"`));

const lines = (stack: Stack): Line[] =>
  all(stack, "cloudwatch/dashboard:Dashboard").flatMap((one) =>
    (JSON.parse(text(one, "dashboardBody")) as { widgets: { properties: { metrics?: unknown[][] } }[] }).widgets
      .flatMap(({ properties }) => properties.metrics ?? [])
      .map((line) => line.filter((each) => typeof each === "string") as unknown as Line),
  );

const watched = (stack: Stack): Line[] =>
  all(stack, "cloudwatch/metricAlarm:MetricAlarm").map((one) => {
    const { stage, function: of } = part(one.inputs, "dimensions");
    return [text(one, "namespace"), text(one, "metricName"), String(stage), String(of)];
  });

const wanted = (stack: Stack): { metric: string; of?: string }[] => [
  ...functions(stack).flatMap(({ resource }) =>
    ["Errors", "Throttles"].map((metric) => ({ metric, of: text(resource, "name") })),
  ),
  ...queues(stack).map((queue) => ({ metric: "ApproximateAgeOfOldestMessage", of: text(queue, "name") })),
  ...all(stack, "sqs/queue:Queue").map((queue) => ({
    metric: "ApproximateNumberOfMessagesVisible",
    of: text(queue, "name"),
  })),
  ...["Reputation.BounceRate", "Reputation.ComplaintRate", "limit_refused", "EstimatedCharges"].map((metric) => ({
    metric,
  })),
];
