import type { Id } from "../id.ts";

/** What a key may do: everything, send only, or read only. */
export type Permission = "full_access" | "sending_access" | "read_access";

/** An API key as its database lists it. */
export interface KeyRecord {
  readonly id: Id<"key">;
  readonly name: string;
  readonly permission: Permission;
  /** Names of the domains its mail may go out from, lower-case A-labels; null = of all the rules allow. */
  readonly domains: readonly string[] | null;
  /** When it stops to open anything, ISO 8601; null = never. Not `expires_at`: the table would forget it. */
  readonly valid_until: string | null;
  readonly created_at: string;
}

/** A key with what is kept of its use. */
export interface KeyUse extends KeyRecord {
  /** To the hour; null = never. */
  readonly last_used_at: string | null;
}

/** What a token is checked against; the secret itself is stored nowhere. */
export interface KeyClaim extends Pick<KeyRecord, "domains" | "valid_until"> {
  readonly database: Id<"database">;
  readonly permission: Permission;
  /** SHA-256 of the secret, base64. The secret is 256 random bits: there is nothing to guess, so nothing to slow down. */
  readonly hash: string;
  readonly last_used_at?: string;
}

/** A key of the operator's own, beside the one of the installation. */
export interface OperatorKeyRecord {
  readonly id: Id<"operator_key">;
  readonly name: string;
  readonly valid_until: string | null;
  readonly created_at: string;
  readonly last_used_at: string | null;
}
