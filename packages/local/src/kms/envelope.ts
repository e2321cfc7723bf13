import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { KmsError } from "./error.ts";
import type { Key } from "./key.ts";

/** Pairs that are not secret but have to be the same again to decrypt. */
export type EncryptionContext = Record<string, string>;

const VERSION = 1;
const ID_BYTES = 36;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + ID_BYTES + IV_BYTES + TAG_BYTES;

/** Encrypts with AES-256-GCM. The blob is version, key id, nonce, tag, ciphertext; the context is authenticated. */
export function seal(key: Key, plaintext: Buffer, context: EncryptionContext): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", Buffer.from(key.material, "base64"), iv);
  cipher.setAAD(authenticated(key.id, context));
  const text = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([Buffer.of(VERSION), Buffer.from(key.id), iv, cipher.getAuthTag(), text]);
}

/** Decrypts a blob; `InvalidCiphertextException` for a changed blob, another context or an unknown key. */
export function unseal(keys: Key[], blob: Buffer, context: EncryptionContext): { key: Key; plaintext: Buffer } {
  const id = blob.subarray(1, 1 + ID_BYTES).toString("latin1");
  const key = keys.find((known) => known.id === id);
  if (!key || blob.length < HEAD_BYTES || blob[0] !== VERSION) throw invalid();
  const iv = blob.subarray(1 + ID_BYTES, 1 + ID_BYTES + IV_BYTES);
  const decipher = createDecipheriv("aes-256-gcm", Buffer.from(key.material, "base64"), iv);
  decipher.setAuthTag(blob.subarray(HEAD_BYTES - TAG_BYTES, HEAD_BYTES));
  decipher.setAAD(authenticated(id, context));
  try {
    return { key, plaintext: Buffer.concat([decipher.update(blob.subarray(HEAD_BYTES)), decipher.final()]) };
  } catch (cause) {
    throw Object.assign(invalid(), { cause });
  }
}

/** The same bytes for the same pairs in any order. */
function authenticated(id: string, context: EncryptionContext): Buffer {
  const pairs = Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.from(JSON.stringify([id, pairs]));
}

function invalid(): KmsError {
  return new KmsError("InvalidCiphertextException", "The ciphertext is invalid for this key and encryption context.");
}
