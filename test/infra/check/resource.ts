import { arns, kindsOf } from "../authorization.ts";
import { grants } from "../policy.ts";
import { functions, type Stack } from "../stack.ts";
import type { Check } from "./check.ts";

/** Every action is allowed on all that AWS asks for it, and on nothing that is not of this stage. */
export const resource: Check = ({ stack }) =>
  functions(stack).flatMap(({ name }) =>
    [...allowed(stack, name)].flatMap(([action, on]) => held(stack, name, action, on)),
  );

function held(stack: Stack, name: string, action: string, on: readonly string[]): string[] {
  const known = arns(stack);
  const kinds = kindsOf(action);
  if (!kinds) return [`nobody has said what ${action} of ${name} is on`];
  const ours = Object.values(known).flat();
  return [
    ...kinds
      .filter((kind) => !known[kind].every((arn) => on.includes(arn)))
      .map((kind) => `${name} may not do ${action} on ${kind === "any" ? "*" : kind}`),
    ...on
      .filter((arn) => !isOf(action, arn) || !ours.includes(arn.replace(/(:sns:.*):\*$/, "$1")))
      .filter((arn) => arn !== "*" || !kinds.includes("any"))
      .map((arn) => `${name} may do ${action} on ${arn}`),
  ];
}

const isOf = (action: string, arn: string) => arn.split(":")[2] === action.split(":")[0];

/** By action, all that a role allows it on. Those on queues are another check's. */
function allowed(stack: Stack, name: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { actions, resources } of grants(stack, name))
    for (const action of actions.filter((one) => !/^sqs:|\*/.test(one)))
      found.set(action, [...(found.get(action) ?? []), ...resources]);
  return found;
}
