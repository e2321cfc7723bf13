import type { Id } from "../id.ts";

/** Who may write to a routing alias (R-IN-3). */
export const acceptFrom = ["everyone", "known", "followers"] as const;
export type AcceptFrom = (typeof acceptFrom)[number];

/** A routing alias as stored (R-IN-3): mail to its address becomes a record, or an entry of one. */
export interface AliasRecord {
  readonly id: Id<"alias">;
  /** Local part and domain, lower-case; the domain as A-labels. */
  readonly address: string;
  /** The local part. */
  readonly name: string;
  readonly domain_id: Id<"domain">;
  readonly model: string;
  /** Null = each mail makes a new record. */
  readonly record_id: string | null;
  readonly accept_from: AcceptFrom;
  /** What a sender who is refused is told; null = the usual words. */
  readonly refusal: string | null;
  readonly created_at: string;
  /** When mail last came through it, ISO 8601 UTC; absent = never. */
  readonly last_mail_at?: string;
}
