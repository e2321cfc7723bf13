import * as z from "zod";
import type { Ses } from "./context.ts";
import { badRequest } from "./error.ts";

/** One operation of the SES v2 API: its HTTP binding and what it does with its input. */
export interface Operation {
  name: string;
  method: "DELETE" | "GET" | "POST" | "PUT";
  /** Path labels carry the names of the members they fill: `/v2/email/identities/:EmailIdentity`. */
  path: string;
  /** Takes labels, query and body as one object; answers the output's JSON. */
  run(ses: Ses, input: unknown): Promise<object>;
}

/** Key and value of a resource tag. */
export const tagsSchema = z.array(z.object({ Key: z.string(), Value: z.string() })).default([]);

/** The filters of a List operation: by these keys only, as the model has them. */
export const filterSchema = <Key extends string>(keys: readonly [Key, ...Key[]]) =>
  z.partialRecord(z.enum(keys), z.string()).default({});

/** Defines an operation: members are checked against `schema`, unknown ones ignored as AWS does. */
export function define<S extends z.ZodType>(
  binding: `${Operation["method"]} ${string}`,
  name: string,
  schema: S,
  run: (ses: Ses, input: z.output<S>) => object | void | Promise<object>,
): Operation {
  const [method, path] = binding.split(" ", 2) as [Operation["method"], string];
  return { name, method, path, run: async (ses, input) => (await run(ses, parse(schema, input))) ?? {} };
}

function parse<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `'${path.join(".")}': ${message}`);
  throw badRequest(`${problems.length} validation error detected: ${problems.join("; ")}`);
}

/** A time as REST-JSON writes it: epoch seconds, fractions allowed. */
export function seconds(milliseconds: number): number {
  return milliseconds / 1000;
}
