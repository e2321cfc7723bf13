import * as z from "zod";
import { id } from "./text.ts";

/** The query of every list. */
export const fields = {
  limit: z.coerce.number().int().min(1).max(100).default(20).meta({ description: "How many at most." }),
  after: id.optional().meta({ description: "Those after this one in the list's order." }),
  before: id.optional().meta({ description: "Those before this one." }),
};

/** Not both ends of a page at once. */
export const oneEnd = (value: { after?: string | undefined; before?: string | undefined }): boolean =>
  value.after === undefined || value.before === undefined;
export const oneEndMessage = { message: "Give `after` or `before`, not both", path: ["before"] };

export const pageQuery = z.strictObject(fields).refine(oneEnd, oneEndMessage);
export type PageQuery = z.output<typeof pageQuery>;
