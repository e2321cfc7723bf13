import type { Server } from "./schema.ts";

/**
 * The servers in routing order, "first" first (R-SEL): lowest priority, then name (lower-cased NFC, by code point),
 * then creation, then id. The list given is left as it is.
 */
export function sort(servers: readonly Server[]): Server[] {
  return servers
    .map((server) => ({ server, name: Buffer.from(server.name.toLowerCase().normalize("NFC")) }))
    .sort(
      (a, b) =>
        a.server.priority - b.server.priority ||
        // UTF-8 octets sort as code points do; JavaScript's own comparison is by UTF-16 units
        Buffer.compare(a.name, b.name) ||
        byCreation(a.server, b.server),
    )
    .map(({ server }) => server);
}

/** Compares by creation, then id: what is older is less. For any record of a database. */
export function byCreation(a: { created_at: string; id: string }, b: { created_at: string; id: string }): number {
  return compare(a.created_at, b.created_at) || compare(a.id, b.id);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
