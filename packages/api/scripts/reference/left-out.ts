import * as z from "zod";

/** A recipient that a mail does not go to, and why. */
export const leftOut = z.strictObject({
  address: z.string(),
  reason: z.enum(["suppressed", "opted_out", "duplicate", "address_invalid"]),
});
