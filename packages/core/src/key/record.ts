import type { Id } from "../id.ts";

/** What a key may do: everything, send only, or read only. */
export type Permission = "full_access" | "sending_access" | "read_access";

/** An API key as its database lists it. */
export interface KeyRecord {
  readonly id: Id<"key">;
  readonly name: string;
  readonly permission: Permission;
  readonly created_at: string;
}

/** What a token is checked against; the secret itself is stored nowhere. */
export interface KeyClaim {
  readonly database: Id<"database">;
  readonly permission: Permission;
  /** SHA-256 of the secret, base64. The secret is 256 random bits: there is nothing to guess, so nothing to slow down. */
  readonly hash: string;
}
