import { formerAddress } from "./former-address.ts";
import type { Migration } from "./migration.ts";
import { received } from "./received.ts";

/**
 * All migrations, in the order in which they run: one begins when the one before has ended. A new one goes to the end.
 * One is removed in the second release after the one it came with, with what its kind's readers know of old shapes.
 */
export const registry: readonly Migration[] = [received, formerAddress];

/** Ids of those that were removed, so that none is taken for a later release's. */
export const removed: readonly string[] = [];
