import type { Resource } from "./program.ts";
import { text } from "./stack.ts";

/** A condition of a policy: `StringEquals`, `aws:sourceaccount` (names have no case), and its values. */
export interface Condition {
  readonly test: string;
  readonly variable: string;
  readonly values: readonly string[];
}

/** A statement of a policy, however it was written: by hand, or by SST for Pulumi. */
export interface Statement {
  readonly effect: string;
  /** Kind and name, e.g. `Service sns.amazonaws.com`; `* *` = anybody. */
  readonly principals: readonly string[];
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions: readonly Condition[];
}

type Value = Record<string, unknown>;

const many = (value: unknown): string[] => (value === undefined ? [] : [value].flat().map(String));

/** The statements of a resource's policy. */
export const statements = (resource: Resource): Statement[] =>
  (JSON.parse(text(resource, "policy")) as { Statement: Value[] }).Statement.map((one) => ({
    effect: many(one["Effect"] ?? one["effect"]).join() || "Allow",
    principals: principals(one["Principal"] ?? one["principals"]),
    actions: many(one["Action"] ?? one["actions"]),
    resources: many(one["Resource"] ?? one["resources"]),
    conditions: conditions(one["Condition"] ?? one["conditions"] ?? []),
  }));

function principals(given: unknown): string[] {
  if (typeof given !== "object" || given === null) return [`* ${String(given)}`];
  if (Array.isArray(given))
    return (given as { type: string; identifiers: string[] }[]).flatMap(({ type, identifiers }) =>
      identifiers.map((name) => `${type} ${name}`),
    );
  return Object.entries(given).flatMap(([kind, names]) => many(names).map((name) => `${kind} ${name}`));
}

function conditions(given: unknown): Condition[] {
  if (Array.isArray(given))
    return (given as { test: string; variable: string; values: string[] }[]).map(({ test, variable, values }) => ({
      test,
      variable: variable.toLowerCase(),
      values,
    }));
  return Object.entries(given as Value).flatMap(([test, of]) =>
    Object.entries(of as Value).map(([variable, value]) => ({
      test,
      variable: variable.toLowerCase(),
      values: many(value),
    })),
  );
}
