import type { Id } from "../id.ts";
import type { Company } from "../routing/schema.ts";

/** A company of a database as stored. */
export interface CompanyRecord extends Company {
  readonly id: Id<"company">;
}
