import { calls } from "../calls.ts";
import { grants } from "../policy.ts";
import { all, functions, queueName, readers, type Stack } from "../stack.ts";
import type { Check } from "./check.ts";

/** What Lambda itself does with the role of a function: traces, and polling of the queues that it reads. */
const traces = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"];
const polling = ["ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes", "ReceiveMessage"];
/** Its logs, and nothing else. */
const basic = "service-role/AWSLambdaBasicExecutionRole";

/** Every call that the code of a function makes is allowed by its policy, and nothing else is. */
export const permission: Check = ({ stack, bundles }) =>
  functions(stack).flatMap(({ name, file }) => {
    const bundle = bundles.find((one) => one.file === file);
    if (!bundle) return [`${name} has no code`];
    const { actions, sends, measures, inspects } = calls(bundle);
    const queue = (of: Iterable<string>, action: string) =>
      [...of].map((one) => `sqs:${action} on ${capital(one)}Queue`);
    const read = readers(stack).flatMap((one) => (one.file === file ? one.queue : []));
    const needed = new Set([
      ...actions,
      ...traces,
      ...queue(sends, "SendMessage"),
      ...queue(measures, "GetQueueAttributes"),
      ...(inspects ? everyQueue(stack).map((one) => `sqs:GetQueueAttributes on ${one}`) : []),
      ...read.flatMap((one) => polling.map((action) => `sqs:${action} on ${one}`)),
    ]);
    const { allowed, findings } = policy(stack, name);
    return [
      ...findings,
      ...[...needed].filter((one) => !allowed.has(one)).map((one) => `${name} needs ${one}`),
      ...[...allowed].filter((one) => !needed.has(one)).map((one) => `${name} never uses ${one}`),
    ];
  });

const capital = (word: string) => `${word[0]?.toUpperCase()}${word.slice(1)}`;

const everyQueue = (stack: Stack) => all(stack, "sqs/queue:Queue").map(({ name }) => name.replace(/Queue$/, ""));

/** What a role allows: actions, those on queues with each queue; and what is too wide in it. */
function policy(stack: Stack, name: string): { allowed: Set<string>; findings: string[] } {
  const role = all(stack, "iam/role:Role").find((one) => one.name === `${name}Role`);
  const managed = ((role?.inputs["managedPolicyArns"] ?? []) as string[]).filter((arn) => !arn.endsWith(basic));
  const allowed = new Set<string>();
  const findings = managed.map((arn) => `${name} has the managed policy ${arn}`);
  for (const { actions, resources } of grants(stack, name))
    for (const action of actions) {
      if (action.includes("*")) findings.push(`${name} may do ${action}`);
      const on = action.startsWith("sqs:") ? resources.map((arn) => ` on ${queueName(stack, arn)}`) : [""];
      for (const where of on) allowed.add(action + where);
    }
  return { allowed, findings };
}
