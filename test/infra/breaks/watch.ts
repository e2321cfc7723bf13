import type { Break } from "../breaks.ts";

/** Ways to break what is watched, and what is told of who comes. */
export const watch: readonly Break[] = [
  {
    name: "the log says who came",
    file: "infra/api.ts",
    from: 'status: "$context.status"',
    to: 'status: "$context.status", ip: "$context.identity.sourceIp", agent: "$context.identity.userAgent"',
    check: "gateway",
    finds: "the log of the API has identity.sourceIp\nthe log of the API has identity.userAgent",
  },
  {
    name: "the API has a second name",
    file: "infra/api.ts",
    from: "disableExecuteApiEndpoint: true",
    to: "disableExecuteApiEndpoint: false",
    check: "gateway",
    finds: "HttpApi is reached by another name",
  },
  {
    name: "nothing holds back requests",
    file: "infra/api.ts",
    from: "args.defaultRouteSettings = { throttlingRateLimit: apiRate, throttlingBurstLimit: Math.ceil(apiRate * 2) };",
    to: "void apiRate;",
    check: "gateway",
    finds: "does not hold back what comes over 100 a second",
  },
  {
    name: "the key of secrets stays the same",
    file: "infra/vault.ts",
    from: "enableKeyRotation: true",
    to: "enableKeyRotation: false",
    check: "keeping",
    finds: "VaultKey is never made anew",
  },
  {
    name: "an alarm looks into a namespace that is not",
    file: "infra/alarms.ts",
    from: 'namespace: "AWS/SQS",\n    metric: "ApproximateNumberOfMessagesVisible"',
    to: 'namespace: "AWS/SQSS",\n    metric: "ApproximateNumberOfMessagesVisible"',
    check: "alarm",
    finds: "MassQueueDeadLetters looks at AWS/SQSS",
  },
  {
    name: "an alarm looks at a dimension that is not",
    file: "infra/alarms.ts",
    from: 'metric: "Errors",\n    dimensions: { FunctionName }',
    to: 'metric: "Errors",\n    dimensions: { Name: FunctionName }',
    check: "alarm",
    finds: "no alarm looks at Errors of Deliver",
  },
  {
    name: "nobody subscribes to alarms",
    file: "infra/alarms.ts",
    from: "if (settings.alarmEmail !== undefined)\n  new aws.sns",
    to: "if (settings.alarmEmail !== undefined && false)\n  new aws.sns",
    check: "alarm",
    finds: "the alarm TickSilence tells nobody",
  },
];
