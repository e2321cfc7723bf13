import * as z from "zod";
import { fields, oneEnd, oneEndMessage } from "./page.ts";

/** `GET /v1/received` */
export const listQuery = z
  .strictObject({ ...fields, status: z.enum(["unrouted", "unmatched"]).optional() })
  .refine(oneEnd, oneEndMessage);
