import type { Message } from "../ports/queue.ts";

/** Which incoming server of which database. */
export interface Named {
  readonly database: string;
  readonly server: string;
}

/** The message that has a mailbox looked into. */
export const write = (named: Named): Message => ({ body: { ...named }, group: named.database });

/** What a message names; undefined where it is no such message. */
export function read(body: unknown): Named | undefined {
  const { database, server } = (body ?? {}) as Record<string, unknown>;
  return typeof database === "string" && typeof server === "string" ? { database, server } : undefined;
}
