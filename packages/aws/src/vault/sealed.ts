import { createCipheriv, createDecipheriv } from "node:crypto";
import type { Random } from "@posthouse/core/ports/random";
import type { SecretOwner } from "@posthouse/core/ports/vault";

/**
 * Sealed text, base64 of: version (1 byte) · length of the encrypted data key (2) · encrypted data key · nonce (12)
 * · AES-256-GCM ciphertext · tag (16). Database and record are authenticated with it (AAD).
 */
const version = 1;
const nonceLength = 12;
const tagLength = 16;
const header = 3;

/** What a sealed text is made of; `encryptedKey` is KMS's and opens with the database as its context only. */
export interface Sealed {
  readonly encryptedKey: Uint8Array;
  readonly nonce: Uint8Array;
  readonly ciphertext: Uint8Array;
  readonly tag: Uint8Array;
}

/** Encrypts under a data key, bound to the owner; the nonce is random. */
export function encrypt(
  plain: string,
  owner: SecretOwner,
  { key, encryptedKey }: { key: Uint8Array; encryptedKey: Uint8Array },
  random: Random,
): string {
  const nonce = random.bytes(nonceLength);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(bound(owner));
  const ciphertext = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()]);
  const head = Buffer.from([version, encryptedKey.length >> 8, encryptedKey.length & 0xff]);
  return Buffer.concat([head, encryptedKey, nonce, ciphertext, cipher.getAuthTag()]).toString("base64");
}

/** @throws Error when the owner is another or the text was changed. */
export function decrypt({ nonce, ciphertext, tag }: Sealed, owner: SecretOwner, key: Uint8Array): string {
  const cipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: tagLength })
    .setAAD(bound(owner))
    .setAuthTag(tag);
  return Buffer.concat([cipher.update(ciphertext), cipher.final()]).toString("utf8");
}

/** Takes a sealed text apart. @throws Error for anything that is none of this version. */
export function parse(sealed: string): Sealed {
  const bytes = Buffer.from(sealed, "base64");
  const keyEnd = header + (bytes.length > header ? bytes.readUInt16BE(1) : 0);
  if (bytes[0] !== version || bytes.length < keyEnd + nonceLength + tagLength)
    throw new Error("This is no sealed text of a version known here.");
  return {
    encryptedKey: bytes.subarray(header, keyEnd),
    nonce: bytes.subarray(keyEnd, keyEnd + nonceLength),
    ciphertext: bytes.subarray(keyEnd + nonceLength, -tagLength),
    tag: bytes.subarray(-tagLength),
  };
}

const bound = ({ database, record }: SecretOwner): Buffer => Buffer.from(JSON.stringify([database, record]));
