import type { Key } from "./ports/store.ts";

/**
 * The one table's keys. `db` is the internal id of a database (`db_…`), never its name, so that a name can be given
 * again. No key is made without the database it belongs to, but for the claims on names.
 */

/** Who holds a database name. */
export const nameClaim = (name: string): Key => ({ pk: `NAME#${name}`, sk: "CLAIM" });
/** Which database an API key opens, and the hash of its secret. */
export const keyClaim = (id: string): Key => ({ pk: `KEY#${id}`, sk: "CLAIM" });
/** The database's one small item that every accept reads. */
export const version = (db: string): Key => ({ pk: `DB#${db}`, sk: "VERSION" });
/** A record of the configuration; all of a database's are one Query by `configurationPrefix`. */
export const configuration = (db: string, noun: ConfigurationNoun, id: string): Key => ({
  pk: `DB#${db}`,
  sk: `${configurationPrefix}${noun}#${id}`,
});
export const configurationPrefix = "CFG#";
export type ConfigurationNoun = "company" | "domain" | "server" | "settings";
/** A name that one record of the database holds, e.g. the domain name of an alias domain. */
export const unique = (db: string, noun: string, value: string): Key => ({
  pk: `DB#${db}`,
  sk: `UNIQUE#${noun}#${value}`,
});
/** The sealed secret of a record; only dispatch reads it. */
export const secret = (db: string, record: string): Key => ({ pk: `DB#${db}`, sk: `SECRET#${record}` });
/** An API key as its database lists it: no secret, no hash. */
export const apiKey = (db: string, id: string): Key => ({ pk: `DB#${db}`, sk: `${apiKeyPrefix}${id}` });
export const apiKeyPrefix = "APIKEY#";
/** The daily counter: hot, alone on its key. */
export const usage = (db: string, day: string): Key => ({ pk: `USE#${db}#${day}`, sk: "COUNT" });
/** The small, often changed part of an email. */
export const emailHead = (db: string, id: string): Key => ({ pk: `MAIL#${db}#${id}`, sk: "HEAD" });
/** The large part of an email, written once. */
export const emailBody = (db: string, id: string): Key => ({ pk: `MAIL#${db}#${id}`, sk: "BODY" });
/** One recipient of an email with several. */
export const emailRecipient = (db: string, id: string, n: number): Key => ({
  pk: `MAIL#${db}#${id}`,
  sk: `${recipientPrefix}${String(n).padStart(2, "0")}`,
});
export const recipientPrefix = "RCP#";
/** An entry of an email's timeline. */
export const emailEvent = (db: string, id: string, at: string, dedupe: string): Key => ({
  pk: `MAIL#${db}#${id}`,
  sk: `${eventPrefix}${at}#${dedupe}`,
});
export const eventPrefix = "EVT#";
/** The answer an idempotency key has, and the hash of the request it stands for. */
export const idempotency = (db: string, key: string): Key => ({ pk: `IDEM#${db}#${key}`, sk: "CLAIM" });
/**
 * An email that a Message-Id of the provider's or the caller's belongs to. An application may give one Message-Id to
 * several mails (a copy for each of its recipients), so the email is part of the key.
 */
export const messageId = (db: string, id: string, email: string): Key => ({ pk: `MID#${db}#${id}`, sk: email });
/** An address the database no longer mails. */
export const suppression = (db: string, address: string): Key => ({ pk: `SUP#${db}`, sk: address });
