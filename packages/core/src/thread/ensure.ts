import { isBusy } from "../configuration/commit.ts";
import type { Version } from "../database/version.ts";
import { make } from "../id.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { type Put, TransactionCanceled } from "../ports/store.ts";
import { retry } from "../retry.ts";
import { byId, idOf } from "./find.ts";
import type { RecordRef, ThreadRecord } from "./record.ts";
import { assertRef } from "./ref.ts";

/** What is known of a thread that is to be made. */
export type Given = RecordRef & Partial<Pick<ThreadRecord, "name" | "company" | "alias" | "is_new">>;

/**
 * The thread of a record, made where there is none yet: name and thread in one transaction, so that twins make one. Of
 * one that is there nothing is changed.
 * @throws AppError invalid_parameter for a model or record id that cannot be one
 */
export async function ensure(
  ports: Pick<Ports, "store" | "clock" | "random">,
  version: Version,
  given: Given,
): Promise<ThreadRecord> {
  assertRef(given);
  return retry(ports, isOutrun, async () => {
    const seen = await idOf(ports, version.id, given);
    const there = seen === undefined ? undefined : await byId(ports, version.id, seen);
    if (there) return there;
    const { thread, writes } = opening(ports, version, given, seen);
    await ports.store.transact(writes);
    return thread;
  });
}

/**
 * A thread that is to be made, and the writes that make it: all of them, or none where somebody else was faster.
 * @param seen what the name of its record stood for, where that is gone.
 */
export function opening(
  ports: Pick<Ports, "clock" | "random">,
  version: Version,
  given: Given,
  seen: string | undefined,
): { readonly thread: ThreadRecord; readonly writes: readonly Put[] } {
  const thread = record(ports, version, given);
  return { thread, writes: [name(thread, seen, ports.clock.now()), head(thread)] };
}

/** Somebody else was faster: what is there now is looked at again. */
export const isOutrun = (error: unknown): boolean =>
  isBusy(error) ||
  (error instanceof TransactionCanceled && error.reasons.some(({ code }) => code === "ConditionalCheckFailed"));

function record(ports: Pick<Ports, "clock" | "random">, { id }: Version, given: Given): ThreadRecord {
  const { model, record_id, name = null, company = null, alias = null, is_new } = given;
  return {
    id: make("thread", ports),
    database: id,
    model,
    record_id,
    name,
    company,
    alias,
    ...(is_new && { is_new }),
    followers: 0,
    created_at: new Date(ports.clock.now()).toISOString(),
  };
}

/** The name of a thread; it must be nobody's, or that of a thread which is gone: `seen`. `now` in ms. */
export function name({ database, id, model, record_id }: ThreadRecord, seen: string | undefined, now: number): Put {
  const put = { ...keys.threadName(database, model, record_id), thread: id };
  const free = "attribute_not_exists(pk) OR #expires_at <= :now";
  const values = { now: Math.floor(now / 1000) };
  if (seen === undefined) return { put, if: free, values };
  return { put, if: `${free} OR #thread = :seen`, values: { ...values, seen } };
}

const head = (thread: ThreadRecord): Put => ({
  put: { ...keys.thread(thread.database, thread.id), ...thread },
  if: "attribute_not_exists(pk)",
});
