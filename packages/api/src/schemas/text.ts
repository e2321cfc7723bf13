import * as z from "zod";

/** Text of so many characters that can be stored: a lone surrogate is no Unicode, and no store takes it. */
export const text = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => value.isWellFormed(), "is not well-formed Unicode: a surrogate stands alone");

/** Text of one line: what is only ever compared is no place for a line break either. */
export const line = (max: number) =>
  text(max).refine((value) => !/\p{Cc}/u.test(value), "holds a line break or another control character");

/** An id of ours; whether there is such a thing is said when it is looked up. */
export const id = text(100).min(1);

/** A field that is known and refused until it can be kept: never ignored. */
export const notYet = (why: string) =>
  z
    .unknown()
    .refine((value) => value === undefined || value === null, {
      error: `cannot be given yet, ${why}`,
      params: { notYet: true },
    })
    .optional()
    .meta({ description: `Refused with 422 invalid_parameter: ${why}.` });
