import type { Authentication, Encryption, ServerSecrets } from "./record.ts";

/** What is given of an outgoing mail server (R-SRV-1); what is absent has a default, or stays. */
export interface ServerInput extends Partial<{ readonly [Name in keyof ServerSecrets]: string | undefined }> {
  readonly name?: string | undefined;
  readonly host?: string | null | undefined;
  readonly port?: number | null | undefined;
  readonly encryption?: Encryption | null | undefined;
  readonly authentication?: Authentication | null | undefined;
  readonly username?: string | null | undefined;
  readonly from_filter?: string | null | undefined;
  readonly priority?: number | undefined;
  readonly active?: boolean | undefined;
  readonly max_email_size_mb?: number | undefined;
  /** A user's address makes it that user's personal server (R-PERS-1). */
  readonly owner?: string | null | undefined;
  readonly limit_per_day?: number | null | undefined;
  readonly limit_per_minute?: number | null | undefined;
  readonly bounce_token?: boolean | undefined;
  /** For what depends on a server that is made inactive (R-SRV-6): another server's id, or null. */
  readonly replacement?: string | null | undefined;
}
