import { createHash } from "node:crypto";
import type { Kind } from "./email/head.ts";
import { timeOf } from "./id.ts";
import type { LineName } from "./line/name.ts";
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
/** Which database has proved that a domain is its own (R-DOM-9). */
export const domainClaim = (name: string): Key => ({ pk: `DOM#${name}`, sk: "CLAIM" });
/** An alias domain of this name, proved or not, of any database. */
export const domainSeeker = (name: string, db: string, id: string): Key => ({
  pk: `DOM#${name}`,
  sk: `${seekerPrefix}${db}#${id}`,
});
export const seekerPrefix = "SEEKER#";
/** That an alias domain is being let go of: until then nobody is to begin with the identity of its name. */
export const domainRelease = (name: string, db: string, id: string): Key => ({
  pk: `DOM#${name}`,
  sk: `${releasePrefix}${db}#${id}`,
});
export const releasePrefix = "RELEASE#";
/** How the verification of an alias domain stands: changes often, so it is no part of the configuration. */
export const domainCheck = (db: string, id: string): Key => ({ pk: `DB#${db}`, sk: `${checkPrefix}${id}` });
export const checkPrefix = "CHECK#";
/** That an alias domain was ever used for a mail (R-DOM-7). */
export const domainUse = (db: string, id: string): Key => ({ pk: `DB#${db}`, sk: `${usedPrefix}${id}` });
export const usedPrefix = "USED#";
/** An address that mail still comes in by, though it is no longer configured (R-DOM-7). */
export const formerAddress = (db: string, address: string): Key => ({
  pk: `DB#${db}`,
  sk: `${formerPrefix}${address}`,
});
export const formerPrefix = "FORMER#";
/** An event that is to be told to the database's webhooks. */
export const outbox = (db: string, id: string): Key => ({ pk: `EVENT#${db}`, sk: id });
/** A From that went out unchanged (R-ADDR-3). */
export const sender = (db: string, address: string): Key => ({ pk: `DB#${db}`, sk: `${senderPrefix}${address}` });
export const senderPrefix = "SENDER#";
/** What takes the place of a server that is gone or rests, for mail that was forced to it (R-SRV-6). */
export const replacement = (db: string, server: string): Key => ({ pk: `DB#${db}`, sk: `REPLACED#${server}` });
/** The sealed secret of a record; only dispatch reads it. */
export const secret = (db: string, record: string): Key => ({ pk: `DB#${db}`, sk: `${secretPrefix}${record}` });
export const secretPrefix = "SECRET#";
/** An API key as its database lists it: no secret, no hash. */
export const apiKey = (db: string, id: string): Key => ({ pk: `DB#${db}`, sk: `${apiKeyPrefix}${id}` });
export const apiKeyPrefix = "APIKEY#";
/** An entry of the audit trail of a database; its id says when. */
export const audit = (db: string, id: string): Key => ({ pk: `AUDIT#${db}`, sk: id });
/** The same in the operator's own trail. */
export const operatorAudit = (id: string): Key => ({ pk: "OPERATOR#AUDIT", sk: id });
/** A key of the operator's, made beside the one the installation has from its environment. */
export const operatorKey = (id: string): Key => ({ pk: "OPERATOR", sk: `${apiKeyPrefix}${id}` });
/** What the operator has set for the whole installation. */
export const operatorSettings: Key = { pk: "OPERATOR", sk: "SETTINGS" };
/** How far those settings have been carried to the databases. */
export const operatorWalk: Key = { pk: "OPERATOR", sk: "WALK" };
/** Up to when what the table says of mail may be behind what has become of it, for it was restored. */
export const restored: Key = { pk: "OPERATOR", sk: "RESTORED" };
/** How far a migration of stored items is. */
export const migration = (id: string): Key => ({ pk: "MIGRATION", sk: id });
/** What the reputation guard has noted of a database, and its order to switch the tenant. */
export const reputation = (db: string): Key => ({ pk: `DB#${db}`, sk: "REPUTATION" });
/** What is erased of one address, and how far that is. */
export const erasure = (db: string, id: string): Key => ({ pk: `DB#${db}`, sk: `${erasurePrefix}${id}` });
export const erasurePrefix = "ERASURE#";
/** A database that was deleted and is to be swept once more: what was under way then may have been written since. */
export const sweep = (db: string): Key => ({ pk: `DB#${db}`, sk: "SWEEP" });
/** How much of what a database may do only so often it has done. */
export const throttle = (db: string, what: string): Key => ({ pk: `DB#${db}`, sk: `THROTTLE#${what}` });
/** The daily counter: hot, alone on its key. */
export const usage = (db: string, day: string): Key => ({ pk: `USE#${db}#${day}`, sk: "COUNT" });
/** The small, often changed part of an email. */
export const emailHead = (db: string, id: string): Key => ({ pk: `MAIL#${db}#${id}`, sk: "HEAD" });
/**
 * The large part of an email, written once, before there is a head. Bodies of a month lie together, so that those
 * whose head was never written are found when their database is deleted.
 */
export const emailBody = (db: string, id: string): Key => ({
  pk: `${bodies(db, timeOf(id))}#${spread(id)}`,
  sk: id,
});
/** All partitions of the bodies of the month of a moment (ms). */
export const emailBodies = (db: string, at: number): string[] => allOf(bodies(db, at));
const bodies = (db: string, at: number): string => `BODY#${db}#${new Date(at).toISOString().slice(0, 7)}`;
/** One recipient of an email with several. */
export const emailRecipient = (db: string, id: string, n: number): Key => ({
  pk: `MAIL#${db}#${id}`,
  sk: `${recipientPrefix}${String(n).padStart(2, "0")}`,
});
export const recipientPrefix = "RCP#";
/** The place of an email in a line: they sort by kind and age, and are read strongly. */
export const linePlace = (db: string, line: LineName, kind: Kind, id: string): Key => ({
  pk: `LINE#${db}#${line}`,
  sk: `${placePrefix}${kind === "mass" ? 1 : 0}#${id}`,
});
export const placePrefix = "PLACE#";
/** That there is a line, and when it is looked at next. */
export const line = (db: string, name: LineName): Key => ({ pk: `LINE#${db}#${name}`, sk: "LINE" });
/** How much of its own limits a server of a database has used, by minute and day. */
export const serverUse = (db: string, server: string): Key => ({ pk: `DB#${db}`, sk: `SERVERUSE#${server}` });
/** The circuit breaker of a server of a database. */
export const breaker = (db: string, server: string): Key => ({ pk: `DB#${db}`, sk: `BREAKER#${server}` });
/** A batch that was accepted and whose heads are not all written yet. */
export const batch = (db: string, id: string): Key => ({ pk: `BATCH#${db}`, sk: id });
/** Recipients handed to SES in one period of so many ms, of the whole installation. */
export const pace = (period: number, ms: number): Key => ({ pk: `PACE#${ms}#${period}`, sk: "COUNT" });
/** How fast SES is to be asked, after it has throttled. */
export const paceFactor: Key = { pk: "PACE", sk: "FACTOR" };
/** Until when the automatic answers of the whole installation are paid off (R-IN-7). */
export const answerPace: Key = { pk: "PACE", sk: "ANSWERS" };
/** When the last event of SES came in: whether the event path works. */
export const eventPath: Key = { pk: "EVENTS", sk: "LAST" };
/** A mail of the doctor's to the simulator, and which of its events have come. */
export const doctorProbe = (id: string): Key => ({ pk: `DOCTOR#${id}`, sk: "PROBE" });
/** What the doctor writes to see whether it can. */
export const doctorNote: Key = { pk: "DOCTOR", sk: "NOTE" };
/** When a tick last came to its end. */
export const doctorTick: Key = { pk: "DOCTOR", sk: "TICK" };
/** An entry of an email's timeline. */
export const emailEvent = (db: string, id: string, at: string, dedupe: string): Key => ({
  pk: `MAIL#${db}#${id}`,
  sk: `${eventPrefix}${at}#${dedupe}`,
});
export const eventPrefix = "EVT#";
/** The answer an idempotency key has, and the hash of the request it stands for. */
export const idempotency = (db: string, key: string): Key => ({ pk: `IDEM#${db}#${spread(key)}`, sk: key });
/** All partitions of them. */
export const idempotencies = (db: string): string[] => allOf(`IDEM#${db}`);
/**
 * An email that a Message-Id of the provider's or the caller's belongs to. An application may give one Message-Id to
 * several mails (a copy for each of its recipients), so the email is part of the key.
 */
export const messageId = (db: string, id: string, email: string): Key => ({
  pk: `MID#${db}#${spread(id)}`,
  sk: `${id}#${email}`,
});
/** All partitions of them. */
export const messageIds = (db: string): string[] => allOf(`MID#${db}`);
/** What a database's mail came to on a day; spread, since all its events change it. */
export const statistic = (db: string, day: string, shard: number): Key => ({
  pk: `STAT#${db}#${day}`,
  sk: `COUNT#${shard}`,
});
/** When mail to an address bounced without suppressing it at once (R-FAIL-5). */
export const softBounces = (db: string, address: string): Key => ({ pk: `SOFT#${db}`, sk: address });
/** An endpoint that a database's events are told to; the operator's, for all databases, are under `operator`. */
export const webhook = (db: string, id: string): Key => ({ pk: `HOOK#${db}`, sk: `${webhookPrefix}${id}` });
export const webhookPrefix = "ENDPOINT#";
/** How many endpoints there are. */
export const webhookCount = (db: string): Key => ({ pk: `HOOK#${db}`, sk: "COUNT" });
/** That there was an endpoint, for as long as deliveries to it are kept: they are found by it. */
export const formerWebhook = (db: string, id: string): Key => ({ pk: `HOOK#${db}`, sk: `FORMER#${id}` });
/** One event on its way to one endpoint; ids sort by the time of the event. */
export const delivery = (db: string, endpoint: string, id: string): Key => ({ pk: `HOOK#${db}#${endpoint}`, sk: id });
/** That a mail SES received has been taken in, whoever it was for. */
export const taken = (id: string): Key => ({ pk: `INBOUND#${id}`, sk: "TAKEN" });
/** A mail that came in for a database. */
export const received = (db: string, id: string): Key => ({ pk: `RCV#${db}`, sk: id });
/** That a mail has come in for a recipient of a database already (R-IN). */
export const receivedOnce = (db: string, messageId: string, recipient: string): Key => ({
  pk: `RCVID#${db}#${spread(messageId)}`,
  sk: `${messageId}#${recipient}`,
});
/** All partitions of them. */
export const receivedOnces = (db: string): string[] => allOf(`RCVID#${db}`);
/** A routing alias, by its address (R-IN-3): those of a mail's recipients are one BatchGet. */
export const alias = (db: string, address: string): Key => ({ pk: `ALIAS#${db}`, sk: address });
/** The address of the routing alias of an id. */
export const aliasId = (db: string, id: string): Key => ({ pk: `DB#${db}`, sk: `ALIASID#${id}` });
/** How many routing aliases an alias domain has: with any it cannot be deleted (R-DOM-6). */
export const aliasCount = (db: string, domain: string): Key => ({ pk: `DB#${db}`, sk: `${aliasCountPrefix}${domain}` });
export const aliasCountPrefix = "ALIASES#";
/** A conversation; all that belongs to it lies beside it. */
export const thread = (db: string, id: string): Key => ({ pk: `THR#${db}#${id}`, sk: "HEAD" });
/** Who is told about a thread (R-NOT). */
export const follower = (db: string, thread: string, address: string): Key => ({
  pk: `THR#${db}#${thread}`,
  sk: `${followerPrefix}${address}`,
});
export const followerPrefix = "FOL#";
/** An entry of a thread; ids sort by time. */
export const message = (db: string, thread: string, id: string): Key => ({
  pk: `THR#${db}#${thread}`,
  sk: `${messagePrefix}${id}`,
});
export const messagePrefix = "MSG#";
/** Whom a message is told to, as it was when it was posted, and how far that is. */
export const audience = (db: string, thread: string, id: string): Key => ({
  pk: `THR#${db}#${thread}`,
  sk: `${audiencePrefix}${id}`,
});
export const audiencePrefix = "AUD#";
/** Which thread a record (model and record id) has. */
export const threadName = (db: string, model: string, record: string): Key => ({
  pk: `THRNAME#${db}#${spread(`${model}#${record}`)}`,
  sk: `${model}#${record}`,
});
/** A thread that is being deleted, where the names are: no model is empty. */
export const threadRemoval = (db: string, id: string): Key => threadName(db, "", id);
/** All partitions of them: every thread of a database is found there. */
export const threadNames = (db: string): string[] => allOf(`THRNAME#${db}`);
/** Which thread an answer to an email or to a message of a thread belongs to (R-IN-1), for 400 days. */
export const replyTo = (db: string, id: string): Key => ({ pk: `REPLY#${db}#${spread(id)}`, sk: id });
/** All partitions of them. */
export const replyTos = (db: string): string[] => allOf(`REPLY#${db}`);
/** A person with an account in the application (R-NOT-1). */
export const user = (db: string, address: string): Key => ({ pk: `USER#${db}`, sk: address });
/** What a user is told in the inbox; ids sort by time. */
export const inbox = (db: string, user: string, id: string): Key => ({ pk: `INBOX#${db}#${user}`, sk: id });
/** Whose inbox an entry is in. */
export const inboxId = (db: string, id: string): Key => ({ pk: `INBOXID#${db}#${spread(id)}`, sk: id });
/** All partitions of them. */
export const inboxIds = (db: string): string[] => allOf(`INBOXID#${db}`);
/** A mailbox elsewhere that mail is fetched from (R-IN-8), and how far that is. */
export const incomingServer = (db: string, id: string): Key => ({ pk: `INCOMING#${db}`, sk: id });
/** How many there are. */
export const incomingServerCount = (db: string): Key => ({ pk: `INCOMING#${db}`, sk: "COUNT" });
/** What a sender has made of late, of one kind (R-IN-5). */
export const loop = (db: string, sender: string, what: string): Key => ({ pk: `LOOP#${db}`, sk: `${sender}#${what}` });
/** That an address has answered a sender automatically on a day (R-IN-7). */
export const answered = (db: string, day: string, sender: string, address: string): Key => ({
  pk: `ANSWERED#${db}`,
  sk: `${day}#${sender}#${address}`,
});
/** Who wants no mass mail of the database any more (R-KIND-3). */
export const optOut = (db: string, address: string): Key => ({ pk: `OPTOUT#${db}`, sk: address });
/** An address the database no longer mails. */
export const suppression = (db: string, address: string): Key => ({ pk: `SUP#${db}`, sk: address });

/** Over how many partitions things are spread that must be found again without knowing their names. */
const partitions = 16;
const spread = (name: string): number => createHash("sha256").update(name).digest().readUInt32BE(0) % partitions;
const allOf = (pk: string): string[] => Array.from({ length: partitions }, (_, n) => `${pk}#${n}`);
