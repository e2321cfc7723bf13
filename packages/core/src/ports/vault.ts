/** What a secret belongs to. Sealed for one, it opens for no other. */
export interface SecretOwner {
  readonly database: string;
  /** The record: a server's id, or `database` for the database's own keys. */
  readonly record: string;
}

/**
 * Keeps secrets encrypted at rest (G6): a KMS data key per database, the ciphertext bound to database and record.
 */
export interface Vault {
  /** @returns base64 text that only `open` with the same owner reads. */
  seal(plain: string, owner: SecretOwner): Promise<string>;
  /** @throws when the owner is another or the text was changed. */
  open(sealed: string, owner: SecretOwner): Promise<string>;
}
