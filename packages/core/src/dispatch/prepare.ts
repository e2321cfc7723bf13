import { normalize } from "../address/address.ts";
import { type Loaded, load } from "../configuration/load.ts";
import { eraseEmail } from "../database/erase.ts";
import { type Version, fromItem as versionOf } from "../database/version.ts";
import * as Body from "../email/body.ts";
import { type DispatchJob, enqueue } from "../email/enqueue.ts";
import { fromItem, type Head, type Recipient, waiting } from "../email/head.ts";
import { recipientsOf } from "../email/list.ts";
import { AppError } from "../error.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { type Limits, limitsOf } from "../server/limit.ts";
import type { ServerRecord } from "../server/record.ts";
import { among, type Why } from "../suppression/among.ts";
import { admit, atLimit } from "./admit.ts";
import * as Beside from "./beside.ts";
import type { InHand } from "./hand.ts";
import * as Later from "./later.ts";
import * as Outcome from "./outcome.ts";
import { reroute, stands } from "./route.ts";
import { endInSandbox, isSandboxed } from "./sandbox.ts";
import * as Uncounted from "./uncounted.ts";

/** An email whose time has come, with all that sending it needs. */
export interface Prepared {
  readonly head: Head;
  readonly body: Body.Stored;
  /** Recipients of this try. */
  readonly to: readonly string[];
  /** `to` is the one address that all mail of the database is redirected to. */
  readonly redirected?: true;
  /** The recipients of an email with several that have not ended. */
  readonly recipients: readonly Recipient[];
  /** The external server, or null = the platform. */
  readonly server: ServerRecord | null;
  /** What its server takes, in bytes (R-SRV-7). */
  readonly most: number;
  /** The limits of the server record it goes over, the platform's too; null = none. */
  readonly limits: Limits | null;
  /** What its outcome is written with. */
  readonly beside: Beside.Beside;
}

/** What SES takes, in bytes. */
const platformBytes = 40_000_000;

/** Paused databases are looked at again after this, in ms. */
const pausedWait = 5 * 60_000;
/** Databases not provisioned yet likewise. */
const provisionWait = 5_000;
/** A suppression list read at acceptance counts as fresh so long for transactional mail, in ms. */
const fresh = 60_000;

/**
 * Reads an email and says whether and how it is to be sent now; where not, does what is to be done instead.
 * One strong read brings head, body and version together.
 * @returns undefined when there is nothing to send: it is gone, ended, claimed, early, or was put off.
 */
export async function prepare(ports: Ports, { database, id }: DispatchJob): Promise<Prepared | undefined> {
  const wanted = [keys.version(database), keys.emailHead(database, id), keys.emailBody(database, id)];
  const items = await ports.store.batchGet(wanted, { consistent: true });
  const [versionItem, headItem, bodyItem] = ["VERSION", "HEAD", id].map((sk) => items.find((item) => item.sk === sk));
  if (!headItem) return undefined;
  // Accepted while its database was being deleted, behind the sweep: nobody is left to send it for
  if (!versionItem) return end(eraseEmail(ports, headItem));
  const version = versionOf(versionItem);
  const head = fromItem(headItem);
  const now = ports.clock.now();
  const early = Date.parse(head.not_before) > now;
  // Mail in a line is the line's: whoever releases it enqueues it
  const waits = waiting.includes(head.state) && head.state !== "held" && head.line === undefined;
  if (version.status === "deleting" || !waits || early) return undefined;
  const recipients = head.recipients > 1 ? (await recipientsOf(ports.store, head)).filter(({ state }) => !state) : [];
  const inHand = { head, recipients };
  const body = await Body.read(ports, head, bodyItem);
  if (body && version.delivery !== "capture" && (await isHeldBack(ports, version, inHand, body))) return undefined;
  if (Date.parse(head.give_up_at) <= now)
    return end(
      Outcome.fail(ports, inHand, head.failure_type ?? "provider", head.reply ?? "its time ran out before a try"),
    );
  if (!body) return end(Outcome.fail(ports, inHand, "provider", "the body of the mail is gone: its retention is over"));
  if (version.delivery === "capture") return end(Later.capture(ports, inHand));
  if (head.over === "platform" && !version.provisioned) return end(Later.postpone(ports, inHand, now + provisionWait));
  return route(ports, version, inHand, body);
}

const end = (ending: Promise<void>): Promise<undefined> => ending.then(() => undefined);

/**
 * Puts off what time does not count for: in a paused database (R-FAIL-7); and where nobody came to it for so long that its
 * time ran out in the sandbox of SES (R-FAIL-6), which is tried at the next look.
 */
async function isHeldBack(ports: Ports, version: Version, inHand: InHand, body: Body.Stored): Promise<boolean> {
  const { head } = inHand;
  const now = ports.clock.now();
  const paused = now + pausedWait;
  if (isPaused(version, head)) return Later.holdBack(ports, inHand, paused, Uncounted.until(head, body, now, paused));
  if (Date.parse(head.give_up_at) > now || !isSandboxed(head)) return false;
  return Later.holdBack(ports, inHand, now, endInSandbox(head, body, now, now));
}

/** By the operator everything waits; for its reputation platform mail only (R-FAIL-7). */
const isPaused = ({ status, paused_by }: Version, { over }: Head): boolean =>
  status === "paused" && (paused_by !== "reputation" || over === "platform");

/** The route of acceptance; where it no longer stands, a new one (R-DOM-8), by whose queue the mail goes then. */
async function route(ports: Ports, version: Version, inHand: InHand, body: Body.Stored): Promise<Prepared | undefined> {
  const loaded = await load(ports, version);
  const { head } = inHand;
  if (!stands(loaded, head, body)) {
    const next = await routeAgain(ports, loaded, inHand, body);
    if (next) await enqueue(ports, next);
    return undefined;
  }
  const prepared = await address(ports, version, inHand, body, recordOf(loaded.servers, head));
  if (!prepared) return undefined;
  const admitted = head.state === "scheduled" ? await admit(ports, version, inHand, body) : head;
  return admitted && redirected(version, { ...prepared, head: admitted });
}

/** All mail of a staging copy goes to one address; what it says of its recipients stays. */
const redirected = (version: Version, prepared: Prepared): Prepared => {
  const only = onlyOf(version);
  return only === null ? prepared : { ...prepared, to: [only], redirected: true };
};

/** The one address that all mail goes to; null = it goes to its recipients. */
const onlyOf = ({ delivery, redirect_to }: Version): string | null => (delivery === "redirect" ? redirect_to : null);

async function routeAgain(ports: Ports, loaded: Loaded, inHand: InHand, body: Body.Stored): Promise<Head | undefined> {
  try {
    return await reroute(ports, loaded, inHand, body);
  } catch (error) {
    if (!(error instanceof AppError) || error.name === "limit_unavailable") throw error;
    if (error.name === "daily_quota_exceeded") return atLimit(ports, loaded.version, inHand, body, error);
    return end(Outcome.fail(ports, inHand, "from_invalid", error.message));
  }
}

const recordOf = (servers: readonly ServerRecord[], { server }: Head): ServerRecord | null =>
  servers.find(({ id }) => id === server) ?? null;

/** Whom this try goes to; those suppressed since acceptance are left out and given back (R-LIM-3). */
async function address(
  ports: Ports,
  version: Version,
  inHand: InHand,
  body: Body.Stored,
  record: ServerRecord | null,
): Promise<Prepared | undefined> {
  const { head, recipients } = inHand;
  const to = head.to === undefined ? recipients.map((one) => one.address) : [head.to];
  const listed = await listedOf(ports, version, head, to);
  if (listed.size > 0) return end(Later.leaveOut(ports, inHand, listed));
  const most = record ? record.max_email_size_mb * 1_000_000 : platformBytes;
  const limits = record && limitsOf(record, version);
  const beside = await Beside.read(ports, head.database);
  return { head, body, to, recipients, server: head.over === "smtp" ? record : null, most, limits, beside };
}

/**
 * Whom of these the database does not mail, and why, by normalised address: of mass mail at every try, for a click on its
 * link acts at once (RFC 8058 §3.1). Where all mail goes to one address and that is listed, nobody is left.
 */
async function listedOf(
  { store, clock }: Pick<Ports, "store" | "clock">,
  version: Version,
  { database, kind, created_at }: Head,
  to: readonly string[],
): Promise<ReadonlyMap<string, Why>> {
  const now = clock.now();
  const own = kind === "mass" || now - Date.parse(created_at) > fresh ? to.map(normalize) : [];
  const only = onlyOf(version);
  const asked = new Set(only === null ? own : [...own, normalize(only)]);
  if (asked.size === 0) return new Map();
  const listed = await among(store, database, [...asked], kind, now);
  const why = only === null ? undefined : listed.get(normalize(only));
  return why === undefined ? listed : new Map(to.map((address) => [normalize(address), why]));
}
