import type { Ports } from "@posthouse/core/ports/main";
import { ensure } from "@posthouse/core/thread/ensure";
import * as Follower from "@posthouse/core/thread/follower";
import type { Posting } from "@posthouse/core/thread/post";
import type { FollowerRecord, RecordRef, ThreadRecord } from "@posthouse/core/thread/record";
import type { TestDatabase } from "./database.ts";

/** A small comment by Mary. */
export const posting = (changes: Partial<Posting> = {}): Posting => ({
  author: { name: "Mary", address: "mary@customer.example" },
  vouched: true,
  subject: "Hello",
  html: null,
  text: "Hello there.",
  subtype: "comment",
  attachments: [],
  references: [],
  has: [],
  received: null,
  silent: false,
  ...changes,
});

/** Somebody who follows: an address, or more. */
export type Following = string | (Pick<FollowerRecord, "address"> & Partial<FollowerRecord>);

/** A thread with followers. */
export async function follow(
  ports: Ports,
  db: TestDatabase,
  followers: readonly Following[],
  ref: RecordRef = { model: "helpdesk.ticket", record_id: "7" },
): Promise<ThreadRecord> {
  const thread = await ensure(ports, await db.version(), ref);
  for (const one of followers)
    await Follower.put(ports, db.id, thread.id, typeof one === "string" ? { address: one } : one);
  return thread;
}
