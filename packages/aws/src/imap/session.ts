import type { ImapEndpoint, ImapSession, Stretch } from "@posthouse/core/ports/imap";
import type { MailboxObject } from "imapflow";
import { type Phase } from "./failure.ts";
import { dial, enter, type Link, quit, select } from "./link.ts";
import type { ImapOptions } from "./options.ts";

/** UIDs asked for at once at first; they may lie far apart, so each time nothing is found it is ten times as many. */
const window = 1_000;
/** Above every UID (RFC 9051 §2.3.1.1). */
const beyond = 2 ** 32;

/** Opens a mailbox. @throws ImapUnavailable */
export async function open(endpoint: ImapEndpoint, options: ImapOptions, within: number): Promise<ImapSession> {
  const link = await dial(endpoint, options, performance.now() + within);
  let phase: Phase = "tls";
  try {
    await enter(link, () => (phase = "auth"));
    phase = "select";
    return await session(link, await select(link, endpoint));
  } catch (error) {
    link.destroy();
    throw link.explain(error, phase);
  }
}

async function session(link: Link, mailbox: MailboxObject): Promise<ImapSession> {
  const { flow, wire } = link;
  const call = async <T>(octets: number, act: () => Promise<T>): Promise<T> => {
    wire.allow(octets);
    try {
      return await act();
    } catch (error) {
      throw link.explain(error, "open");
    }
  };
  const ask = { uid: true } as const;
  return {
    uid_validity: String(mailbox.uidValidity ?? 0),
    uid_next: await nextUid(link, mailbox),
    list: (stretch) => call(0, () => list(link, stretch)),
    look: (uid) =>
      call(0, async () => {
        const found = await flow.fetchOne(String(uid), { uid: true, size: true, internalDate: true }, ask);
        if (!found) return gone(link, uid);
        const at = new Date(found.internalDate ?? Number.NaN).getTime();
        return { size: found.size ?? 0, at: Number.isNaN(at) ? null : at };
      }),
    fetch: (uid, largest) =>
      call(largest, async () => {
        const source = { start: 0, maxLength: largest + 1 };
        const found = await flow.fetchOne(String(uid), { uid: true, source }, ask);
        return (found && found.source) || gone(link, uid);
      }),
    mark: (uid, as) => call(0, () => mark(link, uid, as)),
    close: () => quit(link),
  };
}

/** What SELECT need not say (RFC 3501 §6.3.1) is found out. */
async function nextUid({ flow }: Link, { uidNext, exists }: MailboxObject): Promise<number> {
  if (uidNext > 0) return uidNext;
  if (exists === 0) return 1;
  const found = await flow.search({ uid: "*" }, { uid: true });
  return Math.max(0, ...(Array.isArray(found) ? found.slice(-1) : [])) + 1;
}

/** An upper end is always named: `n:*` also means the last mail where that is below n. */
async function list({ flow }: Link, { above, below, unseen, most }: Stretch): Promise<number[]> {
  const end = Math.min(below, beyond);
  for (let [from, width] = [above + 1, window]; from < end; [from, width] = [from + width, width * 10]) {
    const to = Math.min(end - 1, from + width - 1);
    const query = { uid: `${from}:${to}`, deleted: false, ...(unseen && { seen: false }) };
    const found = await flow.search(query, { uid: true });
    if (!Array.isArray(found)) throw unanswered();
    const uids = found.filter((uid) => uid >= from && uid <= to);
    if (uids.length > 0) return uids.slice(0, most);
  }
  return [];
}

/** A mail that the server said nothing of, or not its text, may be there all the same: it is not passed over then. */
async function gone({ flow }: Link, uid: number): Promise<undefined> {
  const found = await flow.search({ uid: String(uid) }, { uid: true });
  if (!Array.isArray(found)) throw unanswered();
  if (found.includes(uid)) throw new Error("the server did not give a mail that is there");
}

/** What the client does not throw, but answers as a no. */
const unanswered = () => Object.assign(new Error("the server closed the connection"), { code: "NoConnection" });

/** Without UIDPLUS (RFC 4315) an EXPUNGE would take what others have marked as well. */
async function mark({ flow }: Link, uid: number, as: "seen" | "delete"): Promise<boolean> {
  const add = (flags: string[]) => flow.messageFlagsAdd(String(uid), flags, { uid: true });
  const whole = flow.capabilities.has("UIDPLUS");
  const deleted = () => (whole ? flow.messageDelete(String(uid), { uid: true }) : add(["\\Seen", "\\Deleted"]));
  const done = await (as === "seen" ? add(["\\Seen"]) : deleted());
  if (!done && !flow.usable) throw unanswered();
  return done;
}
