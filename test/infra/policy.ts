import { all, list, type Stack } from "./stack.ts";

/** Actions that a role allows, and on what. */
export interface Grant {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
}

/** What the role of a function allows by a policy of its own. @param name the function's in the program: `Dispatch`. */
export function grants(stack: Stack, name: string): Grant[] {
  const role = all(stack, "iam/role:Role").find((one) => one.name === `${name}Role`);
  return list(role?.inputs ?? {}, "inlinePolicies").flatMap(
    ({ policy }) => (JSON.parse(String(policy)) as { Statement: Grant[] }).Statement,
  );
}
