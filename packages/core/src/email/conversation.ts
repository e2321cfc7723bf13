import type { Loaded } from "../configuration/load.ts";
import type { Version } from "../database/version.ts";
import type { Ports } from "../ports/main.ts";
import { opening } from "../thread/ensure.ts";
import { byId, idOf } from "../thread/find.ts";
import type { RecordRef, ThreadRecord } from "../thread/record.ts";
import { assertRef } from "../thread/ref.ts";
import * as ReplyAlias from "../thread/reply-alias.ts";
import type { Asked, Body } from "./body.ts";
import type { Parts } from "./draft.ts";
import type { Head } from "./head.ts";
import type { SendRequest } from "./request.ts";

/** What a mail takes from the thread it belongs to. */
export interface Conversation {
  /** What routing is to know: the alias that answers come back to (R-REW-4), and the company (R-DOM-8). */
  readonly asked: Pick<Asked, "thread" | "company">;
  readonly notification?: Body["notification"];
  /** Of its head; absent = the thread is still to be made. */
  readonly head: Pick<Head, "thread" | "message">;
  /** What the name of its record stood for, where that is gone. */
  readonly seen?: string | undefined;
}

/** The thread of a record, where there is one, and the alias that answers on it come back to. */
interface Found {
  readonly thread: ThreadRecord | undefined;
  readonly alias: string | null;
  readonly seen: string | undefined;
}

/** Looks threads up by their records. */
export type Threads = (ref: RecordRef) => Promise<Found>;

type Needs = Pick<Ports, "store" | "clock" | "operator">;

/** Looks each thread up once, however many mails of a request are on it. */
export function threads(ports: Needs, { id }: Pick<Version, "id">): Threads {
  const known = new Map<string, Promise<Found>>();
  const find = async (ref: RecordRef): Promise<Found> => {
    assertRef(ref);
    const seen = await idOf(ports, id, ref);
    const thread = seen === undefined ? undefined : await byId(ports, id, seen);
    return { thread, alias: thread ? await ReplyAlias.of(ports, thread) : null, seen };
  };
  return (ref) => {
    const name = JSON.stringify([ref.model, ref.record_id]);
    const found = known.get(name) ?? find(ref);
    known.set(name, found);
    return found;
  };
}

/**
 * What a mail takes from its thread; of one that is not there yet, what it will. Nothing is written.
 * @returns undefined for a mail without thread
 * @throws AppError invalid_parameter for a record that cannot be one
 */
export async function read(
  { operator }: Needs,
  version: Version,
  loaded: Loaded,
  { thread: ref, notification, company }: SendRequest,
  find: Threads,
): Promise<Conversation | undefined> {
  if (notification) return ofNotification(operator, version, notification);
  if (!ref) return undefined;
  const { thread, alias, seen } = await find(ref);
  if (!thread) return { asked: { thread: { alias } }, head: {}, seen };
  return {
    asked: { thread: { alias }, ...(company === undefined && companyOf(loaded, thread)) },
    head: { thread: thread.id },
  };
}

/** The company of the thread, as long as there is one. */
const companyOf = ({ prepared }: Loaded, { company }: ThreadRecord): Pick<Asked, "company"> =>
  company !== null && prepared.companies.has(company) ? { company } : {};

function ofNotification(
  operator: Needs["operator"],
  { name }: Version,
  { thread, message, alias, references }: NonNullable<SendRequest["notification"]>,
): Conversation {
  const loop = `${name}.${operator.root_domain}`;
  return { asked: { thread: { alias } }, notification: { references, loop }, head: { thread, message } };
}

/**
 * Where a mail that is about to be accepted belongs. A thread that is not there is made with what commits the mail, never
 * before: what is refused makes none.
 */
export function place(
  ports: Pick<Ports, "clock" | "random">,
  version: Version,
  { thread: record }: Pick<SendRequest, "thread">,
  { head, seen }: Conversation,
): Pick<Parts, "thread" | "message" | "opens"> {
  if (head.thread !== undefined || !record) return head;
  const { thread, writes } = opening(ports, version, record, seen);
  return { thread: thread.id, opens: { record, writes } };
}
