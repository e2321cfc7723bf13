/**
 * Collects the names and values of one request's expressions.
 *
 * What callers write in an `if` (`#name`, `:name`) keeps its spelling; what this package adds gets a placeholder
 * that begins with an underscore, so that the two can never meet.
 */
export interface Expression {
  readonly names: Record<string, string>;
  readonly values: Record<string, unknown>;
}

/** An expression's collection at its start. */
export const create = (): Expression => ({ names: {}, values: {} });

/** A placeholder of our own for an attribute name, e.g. `#_3`. */
export function name(expression: Expression, attribute: string): string {
  const known = Object.keys(expression.names).find((key) => key[1] === "_" && expression.names[key] === attribute);
  if (known !== undefined) return known;
  const placeholder = `#_${Object.keys(expression.names).length}`;
  expression.names[placeholder] = attribute;
  return placeholder;
}

/** A placeholder of our own for a value, e.g. `:_3`. */
export function value(expression: Expression, given: unknown): string {
  const placeholder = `:_${Object.keys(expression.values).length}`;
  expression.values[placeholder] = given;
  return placeholder;
}

/**
 * Takes up a caller's condition: every `#name` stands for the attribute of that name, every `:name` for
 * `values.name`.
 * @throws TypeError for a `:name` that has no value: DynamoDB's own message would not say which.
 */
export function adopt(expression: Expression, condition: string, values: Record<string, unknown> = {}): void {
  for (const [placeholder, attribute] of condition.matchAll(/#([A-Za-z]\w*)/g))
    expression.names[placeholder] = attribute as string;
  for (const [placeholder, key] of condition.matchAll(/:([A-Za-z]\w*)/g)) {
    if (values[key as string] === undefined)
      throw new TypeError(`The condition "${condition}" names ${placeholder}, and its values have no "${key}".`);
    expression.values[placeholder] = values[key as string];
  }
}

/** The two fields of a request, each left out where it is empty: DynamoDB refuses empty maps. */
export function fields({ names, values }: Expression): {
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, unknown>;
} {
  return {
    ...(Object.keys(names).length > 0 && { ExpressionAttributeNames: names }),
    ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
  };
}
