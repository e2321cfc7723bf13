import type { Resource } from "../program.ts";
import { all, functions, queues, readers, type Stack, text } from "../stack.ts";
import type { Check } from "./check.ts";

/** AWS asks for five tries: a function that was throttled has had one of them without ever running. */
const tries = 5;

/** Every queue gives up after some tries, into dead letters that outlive it, is encrypted, and shows a message to one reader at a time. */
export const queue: Check = ({ stack }) =>
  queues(stack).flatMap((one) => [...deadLetters(stack, one), ...visibility(stack, one), ...encryption(one)]);

const encryption = ({ name, inputs }: Resource) =>
  inputs["sqsManagedSseEnabled"] === true ? [] : [`${name} is not encrypted`];

function deadLetters(stack: Stack, one: Resource): string[] {
  const policy = JSON.parse(text(one, "redrivePolicy") || "{}") as {
    deadLetterTargetArn?: string;
    maxReceiveCount?: number;
  };
  const called = policy.deadLetterTargetArn?.split(":").at(-1);
  const dead = all(stack, "sqs/queue:Queue").find((other) => other !== one && text(other, "name") === called);
  if (!dead) return [`${one.name} has no dead-letter queue`];
  const kept = (of: Resource) => Number(of.inputs["messageRetentionSeconds"]);
  return [
    ...(Number(policy.maxReceiveCount) >= tries ? [] : [`${one.name} gives up after fewer than ${tries} tries`]),
    ...(kept(dead) > kept(one) ? [] : [`${dead.name} keeps its messages no longer than ${one.name}`]),
    ...(dead.inputs["fifoQueue"] === one.inputs["fifoQueue"] ? [] : [`${dead.name} is another kind than ${one.name}`]),
    ...encryption(dead),
  ];
}

/** AWS asks for six times the time-out of the function that reads it. */
function visibility(stack: Stack, one: Resource): string[] {
  const called = one.name.replace(/Queue$/, "");
  const files = readers(stack).flatMap(({ file, queue }) => (queue === called ? file : []));
  const timeouts = functions(stack).flatMap(({ file, resource }) =>
    files.includes(file) ? Number(resource.inputs["timeout"]) : [],
  );
  if (timeouts.length !== 1) return [`${one.name} is read by ${timeouts.length} functions`];
  const [timeout = 0] = timeouts;
  return Number(one.inputs["visibilityTimeoutSeconds"]) >= 6 * timeout
    ? []
    : [`${one.name} shows a message again before six times ${timeout} s are over`];
}
