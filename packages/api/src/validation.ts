import { sValidator } from "@hono/standard-validator";
import { AppError, type ErrorName } from "@posthouse/core/error";
import type { Context, MiddlewareHandler } from "hono";
import { HTTPException } from "hono/http-exception";
import { matchedRoutes } from "hono/route";
import type * as z from "zod";

type Issue = z.core.$ZodIssue;

/**
 * Checks a JSON body, or the query, against a schema. What is wrong is named as the Resend API names it:
 * a required field that is not there is `missing_required_field` (422), an unknown field or one of the wrong type is
 * `validation_error` (400), and a value of the right type that cannot be used is `invalid_parameter` (422).
 */
export const json = <Schema extends z.ZodType>(schema: Schema) => sValidator("json", schema, refuse);
export const query = <Schema extends z.ZodType>(schema: Schema) => {
  const validator = sValidator("query", schema, refuse);
  checkers.add(validator);
  return validator;
};

/** Validators of a query, by which a route is known to have one. */
const checkers = new WeakSet<object>();

/** Refuses a query where the route has none: what is misspelt, or not there, must not be ignored. */
export const strictQuery: MiddlewareHandler = async (c, next) => {
  const [name] = Object.keys(c.req.query());
  if (name !== undefined && !matchedRoutes(c).some(({ handler }) => checkers.has(handler)))
    throw new AppError("validation_error", `Unknown field \`${name.slice(0, 100)}\` in the query: this takes none.`, {
      details: { field: name.slice(0, 100) },
    });
  await next();
};

/** Routes whose body is no JSON, by what they check it with. */
const mediaTypes = new WeakMap<object, string>();

/**
 * A JSON body that may be left out: a client that declares JSON and sends nothing gives an empty object, as one that
 * declares nothing does.
 * @throws as {@link json} does
 */
export async function optionalJson<Schema extends z.ZodType>(c: Context, schema: Schema): Promise<z.output<Schema>> {
  const text = await c.req.text();
  const value = text === "" ? {} : parsed(text);
  const result = schema.safeParse(value);
  if (!result.success) throw refusal(result.error.issues, value);
  return result.data;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HTTPException(400, { message: "Malformed JSON in request body", cause });
  }
}

/** Says that a route takes its body as it is, as this media type; whether it is that is the route's to find out. */
export const octets = (type: string): MiddlewareHandler => {
  const marker: MiddlewareHandler = async (_c, next) => next();
  mediaTypes.set(marker, type);
  return marker;
};

/** Refuses a body that does not say it is what the route takes: one that is no JSON would be taken for an empty one. */
export const declaredBody: MiddlewareHandler = async (c, next) => {
  const given = c.req.header("content-type") ?? "";
  const wanted = matchedRoutes(c)
    .map(({ handler }) => mediaTypes.get(handler))
    .find((type) => type !== undefined);
  const fits =
    wanted === undefined
      ? /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(given)
      : given.split(";")[0]?.trim().toLowerCase() === wanted;
  if (c.req.raw.body !== null && !fits)
    throw new AppError(
      "validation_error",
      `Send the body as ${wanted ?? "JSON"}, with the header \`content-type: ${wanted ?? "application/json"}\`.`,
    );
  await next();
};

function refuse(result: { success: boolean; data: unknown; error?: readonly unknown[] }): void {
  if (!result.success) throw refusal(result.error as readonly Issue[], result.data);
}

/** What is wrong with a value that a schema has refused. */
export function refusal(issues: readonly Issue[], data: unknown): AppError {
  const all = issues.map(specific);
  const found = all.map((issue) => describe(issue, data));
  const first =
    found[all.findIndex(isNotYet)] ??
    order.map((name) => found.find((each) => each.name === name)).find((each) => each !== undefined);
  if (!first) throw new Error("a schema refused a value without an issue");
  const named = found.slice(0, 10).map(({ field, message }) => ({ field, message }));
  return new AppError(first.name, first.message, { details: { field: first.field, issues: named } });
}

/** What is refused until it is built goes first: a request that needs it lacks other fields for that reason. */
const isNotYet = (issue: Issue): boolean => issue.code === "custom" && issue.params?.["notYet"] === true;

/** Which of several problems the answer is named by. */
const order: readonly ErrorName[] = ["missing_required_field", "validation_error", "invalid_parameter"];

interface Problem {
  readonly name: ErrorName;
  readonly field: string;
  readonly message: string;
}

function describe(issue: Issue, data: unknown): Problem {
  const field = path(issue.path);
  if (issue.code === "unrecognized_keys") {
    const unknown = path([...issue.path, issue.keys[0] ?? ""]);
    return {
      name: "validation_error",
      field: unknown,
      message: `Unknown field \`${unknown}\`: leave it out, or check its spelling.`,
    };
  }
  if (issue.path.length > 0 && at(data, issue.path) === undefined)
    return {
      name: "missing_required_field",
      field,
      message: issue.code === "custom" ? `${issue.message}.` : `Missing \`${field}\` field.`,
    };
  const wrongType = issue.code === "invalid_type" || issue.code === "invalid_union";
  return {
    name: wrongType ? "validation_error" : "invalid_parameter",
    field,
    message: `\`${field}\`: ${issue.message}.`,
  };
}

/** Of a union that nothing fitted: what was wrong in the branch that fitted best. */
function specific(issue: Issue): Issue {
  if (issue.code !== "invalid_union") return issue;
  const deeper = issue.errors.flat().find((each) => each.path.length > 0 || each.code !== "invalid_type");
  return deeper ? specific({ ...deeper, path: [...issue.path, ...deeper.path] }) : issue;
}

/** `to[1]`, `attachments[0].filename`; a name a caller made up is cut short. */
function path(keys: readonly PropertyKey[]): string {
  const parts = keys.map((key, n) =>
    typeof key === "number" ? `[${key}]` : `${n > 0 ? "." : ""}${String(key).slice(0, 100)}`,
  );
  return parts.join("") || "body";
}

function at(data: unknown, keys: readonly PropertyKey[]): unknown {
  let value = data;
  for (const key of keys) {
    if (value === null || typeof value !== "object" || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}
