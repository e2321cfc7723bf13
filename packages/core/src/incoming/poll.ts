import type { Version } from "../database/version.ts";
import { submit } from "../inbound/submit.ts";
import { type ImapSession, ImapUnavailable } from "../ports/imap.ts";
import type { Ports } from "../ports/main.ts";
import { open } from "./endpoint.ts";
import { finish, type Lease, save } from "./lease.ts";
import type { Place, PollError, Skipped, State } from "./record.ts";

/** Octets of a mail at most. */
export const largest = 40 * 1024 * 1024;
/** Mails of one poll, and how long it begins with another, in ms. */
const most = 100;
const patience = 60_000;
/** How long a session lasts at most, in ms: whatever the server does, it is over then. */
const within = 100_000;
/** A mail that so many polls in a row have ended at is passed over. */
export const tries = 10;
/** A mail that came into its mailbox so long ago, in ms, is received now: how long it is kept counts from there. */
const recent = 86_400_000;

/** A poll under way. */
interface Poll {
  readonly ports: Ports;
  readonly version: Version;
  readonly lease: Lease;
  readonly session: ImapSession;
  place: Place;
  /** Whether a mail is being worked on. */
  busy: boolean;
  /** Whether the server did not let a mail be marked. */
  unmarked: boolean;
  /** Mails done with. */
  done: number;
}

/**
 * Fetches the mail of one server (R-IN-8). Each mail is first taken in, then marked or deleted, then noted as done: a
 * crash in between has it fetched again, and taken for the duplicate it is.
 * @returns whether there is more.
 * @throws Lost, Changed, and what is no failure of the server's.
 */
export async function poll(ports: Ports, version: Version, lease: Lease): Promise<boolean> {
  let polled: Poll | undefined;
  try {
    const session = await open(ports, lease.record, within);
    polled = { ports, version, lease, session, place: lease.record, busy: false, unmarked: false, done: 0 };
    const more = await work(polled);
    const told = polled.unmarked ? { error: unmarked(ports) } : {};
    await finish(ports, lease, { ...told, failed: false, stopped: false });
    return more;
  } catch (error) {
    if (!(error instanceof ImapUnavailable)) throw error;
    const { problem, reply } = error;
    const noted = { class: problem, reply: reply.slice(0, 300).toWellFormed(), at: now(ports) };
    ports.log.warn("the mail of an incoming server was not fetched", {
      operation: "incoming",
      database: version.id,
      server: lease.record.id,
      code: problem,
    });
    await finish(ports, lease, { error: noted, failed: true, stopped: polled?.busy ?? false });
    return false;
  }
}

/** Reading begins where it ended, unless the UIDs are others now (RFC 9051 §2.3.1.1). */
async function begin(poll: Poll): Promise<void> {
  const { uid_validity, uid_next } = poll.session;
  if (poll.place.uid_validity !== uid_validity) await move(poll, { uid_validity, last_uid: 0, unseen_below: uid_next });
}

async function move(poll: Poll, place: Place, noted: Partial<State> = {}): Promise<void> {
  await save(poll.ports, poll.lease, { ...place, ...noted });
  poll.place = place;
}

/** All of a poll but what is noted of it. @returns whether there is more than one poll takes. */
async function work(poll: Poll): Promise<boolean> {
  try {
    return await read(poll);
  } finally {
    await poll.session.close();
  }
}

async function read(poll: Poll): Promise<boolean> {
  const { session, ports } = poll;
  const until = ports.clock.now() + patience;
  await begin(poll);
  for (;;) {
    const { uid_validity, last_uid: above, unseen_below } = poll.place;
    const below = unseen_below ?? session.uid_next;
    const uids = await session.list({ above, below, unseen: unseen_below !== null, most: most - poll.done });
    for (const uid of uids) {
      if (ports.clock.now() > until) return true;
      await take(poll, uid);
      poll.done++;
    }
    if (poll.done >= most) return true;
    if (uids.length > 0) continue;
    if (unseen_below === null) return false;
    await move(poll, { uid_validity, last_uid: Math.max(above, unseen_below - 1), unseen_below: null });
  }
}

/** One mail. */
async function take(poll: Poll, uid: number): Promise<void> {
  const { session } = poll;
  const { after, begun } = poll.lease.record;
  poll.busy = true;
  const fate = poll.done === 0 && begun > tries ? "unreadable" : await takeIn(poll, uid);
  if (fate === "taken" && after !== "keep" && !(await session.mark(uid, after))) poll.unmarked = true;
  const { uid_validity, unseen_below } = poll.place;
  await move(poll, { uid_validity, unseen_below, last_uid: uid }, { ...notedOf(poll, uid, fate), begun: 0 });
  poll.busy = false;
}

/** What became of a mail; one that is gone from its mailbox is done with. */
type Fate = "taken" | "gone" | Skipped["reason"];

async function takeIn({ ports, version, lease, session, place }: Poll, uid: number): Promise<Fate> {
  const { record } = lease;
  const look = await session.look(uid);
  if (!look) return "gone";
  if (look.size > largest) return "too_large";
  const raw = await session.fetch(uid, largest);
  if (!raw) return "gone";
  if (raw.length > largest) return "too_large";
  await submit(ports, version, {
    raw,
    id: `${record.id}#${place.uid_validity}#${uid}`,
    source: "incoming",
    mailbox: record.address,
    received_at: receivedAt(ports, look.at),
  });
  return "taken";
}

function notedOf({ ports, version, lease }: Poll, uid: number, fate: Fate): Partial<State> {
  const at = now(ports);
  if (fate === "gone") return {};
  if (fate === "taken") return { last_mail_at: at };
  const { id: server } = lease.record;
  ports.log.error("a mail was left in its mailbox", {
    operation: "incoming",
    database: version.id,
    server,
    code: fate,
  });
  return { last_skipped: { uid, reason: fate, at } };
}

function receivedAt({ clock }: Pick<Ports, "clock">, at: number | null): string {
  const now = clock.now();
  const real = at !== null && at <= now && at > now - recent;
  return new Date(real ? at : now).toISOString();
}

const now = ({ clock }: Pick<Ports, "clock">): string => new Date(clock.now()).toISOString();

const unmarked = (ports: Ports): PollError => ({
  class: "mailbox",
  reply: "the server did not let a mail be marked as read, or deleted",
  at: now(ports),
});
