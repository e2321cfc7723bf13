import type { ErrorName } from "@posthouse/core/error";
import type * as z from "zod";

/** One operation of the API as the reference has it. */
export interface Route {
  readonly method: "get" | "post" | "put" | "patch" | "delete";
  /** With the base path; parameters in braces. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** Whose key it takes. */
  readonly auth: "operator" | "database" | "none";
  /** What a database key needs at least. Default: reading takes `read_access`, all else `full_access`. */
  readonly permission?: "sending_access";
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** The media type of a body that is no JSON. */
  readonly bodyType?: string;
  /** A header of its own. */
  readonly header?: { readonly name: string; readonly schema: z.ZodType; readonly description: string };
  /** Whether it takes an `Idempotency-Key`: every operation that sends or creates does. */
  readonly idempotent?: boolean;
  /** The status of success. Default 200. */
  readonly status?: number;
  /** A further status of success with the same answer, and what it means. */
  readonly also?: { readonly status: number; readonly description: string };
  /** When the answer is 303, with a link in `Location` and no body. */
  readonly redirect?: string;
  /** The answer: JSON, or text of this media type. */
  readonly answer: z.ZodType | string;
  /** Statuses that are answered with a page for people, and what it says. */
  readonly pages?: Readonly<Record<number, string>>;
  /** Errors beside those every operation has. */
  readonly errors?: readonly ErrorName[];
}
