import type { Resource } from "../program.ts";
import { all, part, text } from "../stack.ts";
import type { Check } from "./check.ts";

/** All that the log of requests may have: no address, no query, no user agent, nothing of who is signed in. */
const logged = [
  "httpMethod",
  "integrationErrorMessage",
  "integrationLatency",
  "requestId",
  "requestTimeEpoch",
  "responseLatency",
  "routeKey",
  "status",
];

/** There is one way to the API, it takes no more at once than it was told, and its log does not say who came. */
export const gateway: Check = ({ stack, settings }) => [
  ...all(stack, "apigatewayv2/api:Api")
    .filter(({ inputs }) => inputs["disableExecuteApiEndpoint"] !== true)
    .map(({ name }) => `${name} is reached by another name than its domain`),
  ...all(stack, "apigatewayv2/stage:Stage").flatMap((stage) => [
    ...told(stage),
    ...throttled(stage, Number(settings["POSTHOUSE_API_RATE"] ?? 200)),
  ]),
];

const told = (stage: Resource): string[] =>
  [...text({ ...stage, inputs: part(stage.inputs, "accessLogSettings") }, "format").matchAll(/\$context\.([\w.]+)/g)]
    .map(([, name]) => name ?? "")
    .filter((name) => !logged.includes(name))
    .map((name) => `the log of the API has ${name}`);

function throttled({ inputs }: Resource, rate: number): string[] {
  const { throttlingRateLimit, throttlingBurstLimit } = part(inputs, "defaultRouteSettings");
  return [
    ...(throttlingRateLimit === rate ? [] : [`the API does not hold back what comes over ${rate} a second`]),
    ...(Number.isInteger(throttlingBurstLimit) && Number(throttlingBurstLimit) >= rate
      ? []
      : [`the API takes ${String(throttlingBurstLimit)} at once, which is no whole number over ${rate}`]),
  ];
}
