import { grants } from "../policy.ts";
import { all, functions, queueName, readers, type Stack, text } from "../stack.ts";
import type { Check } from "./check.ts";

/**
 * Lambda ends what goes in a circle through SQS at the sixteenth turn, unless a function may do so: those that can come to
 * themselves by the queues that they send to and those that are read, and no others, may.
 */
export const loop: Check = ({ stack }) => {
  const next = successors(stack);
  const allowed = all(stack, "lambda/functionRecursionConfig:FunctionRecursionConfig")
    .filter(({ inputs }) => inputs["recursiveLoop"] === "Allow")
    .map((config) => text(config, "functionName"));
  return functions(stack).flatMap(({ name, file, resource }) => {
    const isAllowed = allowed.includes(text(resource, "name"));
    if (reached(next, file).has(file))
      return isAllowed ? [] : [`${name} sends to a queue that leads back to it: Lambda stops it at the sixteenth turn`];
    return isAllowed ? [`${name} may go in a circle, and never has to`] : [];
  });
};

/** By function, those that read the queues its role lets it send to. */
function successors(stack: Stack): Map<string, string[]> {
  const known = readers(stack);
  return new Map(
    functions(stack).map(({ name, file }) => {
      const queues = sent(stack, name);
      return [file, known.filter(({ queue }) => queues.includes(queue)).map((reader) => reader.file)];
    }),
  );
}

/** The queues that a role may send to. */
function sent(stack: Stack, name: string): string[] {
  return grants(stack, name)
    .filter(({ actions }) => actions.includes("sqs:SendMessage"))
    .flatMap(({ resources }) => resources.map((arn) => queueName(stack, arn) ?? ""));
}

/** All that a function's messages come to, itself among them where they come back. */
function reached(next: ReadonlyMap<string, readonly string[]>, from: string): Set<string> {
  const found = new Set<string>();
  const visit = (file: string): void => {
    for (const one of next.get(file) ?? [])
      if (!found.has(one)) {
        found.add(one);
        visit(one);
      }
  };
  visit(from);
  return found;
}
