import type { Id } from "../id.ts";
import type { AliasDomain } from "../routing/schema.ts";

/** An alias domain as stored (R-DOM-1). */
export interface DomainRecord extends AliasDomain {
  readonly id: Id<"domain">;
  /** Fields of the Resend API that are accepted and kept, e.g. `region`, `open_tracking`. */
  readonly resend: Readonly<Record<string, unknown>>;
}
