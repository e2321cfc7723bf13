import { createHash } from "node:crypto";
import { type Event, endOf } from "../email/event.ts";
import type { Head } from "../email/head.ts";
import * as keys from "../keys.ts";
import type { Ports } from "../ports/main.ts";
import { ConditionFailed } from "../ports/store.ts";

/** File names that the timeline lists, and their characters in all. */
const listed = { files: 10, characters: 500 };

/**
 * Writes into the timeline of an email which of its files became links (R-SRV-7). The key is made of the files alone,
 * so that a later try finds the entry of the first.
 */
export async function note(
  { store, clock }: Pick<Ports, "store" | "clock">,
  head: Pick<Head, "database" | "id" | "created_at" | "expires_at" | "events_days">,
  files: readonly string[],
): Promise<void> {
  const { database, id, created_at } = head;
  const dedupe = createHash("sha256")
    .update(JSON.stringify(["attachments_linked", files]))
    .digest("base64url")
    .slice(0, 16);
  const names = files.length > listed.files ? [...files.slice(0, listed.files), "…"] : files;
  const event: Event = {
    type: "attachments_linked",
    at: new Date(clock.now()).toISOString(),
    note: `Sent as links to download, for the server's size limit: ${names.join(", ")}`
      .slice(0, listed.characters)
      .toWellFormed(),
  };
  const key = keys.emailEvent(database, id, created_at, dedupe);
  try {
    await store.write({
      put: { ...key, ...event, expires_at: endOf(head, event.at, head.expires_at) },
      if: "attribute_not_exists(pk)",
    });
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
}
