import type { Id } from "../id.ts";
import type { Server } from "../routing/schema.ts";

export type Encryption = "none" | "starttls" | "starttls_strict" | "tls" | "tls_strict";
export type Authentication = "none" | "login" | "certificate" | "oauth2";

/** An outgoing mail server as stored (R-SRV-1). Its secrets are an item of their own, sealed. */
export interface ServerRecord extends Server {
  readonly id: Id<"server">;
  /** Null for `kind: platform`, as are the other fields of a connection. */
  readonly host: string | null;
  readonly port: number | null;
  readonly encryption: Encryption | null;
  readonly authentication: Authentication | null;
  readonly username: string | null;
  /** The names of the secrets that are set, e.g. `["password"]`; their values are in `keys.secret`. */
  readonly secrets_set: readonly (keyof ServerSecrets)[];
  readonly max_email_size_mb: number;
  readonly limit_per_day: number | null;
  readonly limit_per_minute: number | null;
}

/** The secret part of a server, as JSON sealed by the vault under `keys.secret(db, server id)`. */
export interface ServerSecrets {
  readonly password?: string;
  readonly certificate?: string;
  readonly private_key?: string;
  readonly client_id?: string;
  readonly client_secret?: string;
  readonly refresh_token?: string;
  readonly token_url?: string;
}
