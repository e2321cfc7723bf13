import { createCipheriv, createDecipheriv, createHmac } from "node:crypto";

/** Whom an unsubscribe link takes off, and which email it was in. */
export interface Reference {
  /** `db_…` */
  readonly database: string;
  /** `em_…` */
  readonly email: string;
  /** Normalised. */
  readonly address: string;
}

const shape = /^([0-9a-z]{26})\.([\w-]{40,1000})$/;
const nonceLength = 12;
const tagLength = 16;
/** Characters of an id behind its prefix. */
const idLength = 26;

/**
 * The token of an unsubscribe link (RFC 8058 §3.1): the database, and encrypted and authenticated under its key
 * (AES-256-GCM) email and address. It has no end: who wants no more mail finds an old one. The same mail has the same
 * token at every try, so that a retry is the same message (G3).
 * @param key the database's own token key, base64.
 */
export function make({ database, email, address }: Reference, key: string): string {
  const plain = `${body(email)}${address}`;
  // Made of what it encrypts: never the same for two texts, and without a random part
  const nonce = derive(key, `nonce:${plain}`).subarray(0, nonceLength);
  const cipher = createCipheriv("aes-256-gcm", derive(key, "key"), nonce).setAAD(Buffer.from(database));
  const sealed = Buffer.concat([nonce, cipher.update(plain, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return `${body(database)}.${sealed.toString("base64url")}`;
}

/** The database whose key a token has to be opened with; undefined for what is no token at all. */
export function databaseOf(token: string): string | undefined {
  const [, database] = shape.exec(token) ?? [];
  return database === undefined ? undefined : `db_${database}`;
}

/** What a token says; undefined where it was not made with the key of the database it names, or was changed. */
export function open(token: string, key: string): Reference | undefined {
  const [, name, text = ""] = shape.exec(token) ?? [];
  if (name === undefined) return undefined;
  const database = `db_${name}`;
  const plain = decrypt(Buffer.from(text, "base64url"), database, key);
  if (plain === undefined) return undefined;
  const reference = { database, email: `em_${plain.slice(0, idLength)}`, address: plain.slice(idLength) };
  // Base64 has several spellings of one octet string: only ours is a token
  return make(reference, key) === token ? reference : undefined;
}

function decrypt(sealed: Buffer, database: string, key: string): string | undefined {
  const [nonce, tag] = [sealed.subarray(0, nonceLength), sealed.subarray(-tagLength)];
  const cipher = createDecipheriv("aes-256-gcm", derive(key, "key"), nonce, { authTagLength: tagLength })
    .setAAD(Buffer.from(database))
    .setAuthTag(tag);
  const text = cipher.update(sealed.subarray(nonceLength, -tagLength), undefined, "utf8");
  try {
    return text + cipher.final("utf8");
  } catch {
    // The one thing that `final` throws for: the tag is not that of this text, key and database
    return undefined;
  }
}

/** The word before it keeps these apart from bounce tokens and download links, which the same key signs. */
const derive = (key: string, what: string): Buffer => createHmac("sha256", key).update(`unsubscribe:${what}`).digest();

const body = (id: string): string => id.slice(id.indexOf("_") + 1);
