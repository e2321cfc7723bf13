import * as z from "zod";

/** `keep_old` of a body (R-DOM-7). */
export const keepOld = (description: string) => z.boolean().optional().meta({ description });

/** The query of a deletion that takes `keep_old`. */
export const keepOldQuery = (description: string) =>
  z.strictObject({
    keep_old: z
      .stringbool({ truthy: ["true"], falsy: ["false"] })
      .optional()
      .meta({ description }),
  });
