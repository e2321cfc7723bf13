import type { DomainRecord } from "../domain/record.ts";
import type { Warning } from "../routing/schema.ts";
import type { ServerRecord } from "./record.ts";
import { suggestFilter, warnings } from "./warn.ts";

/** A server as its database sees it: no secret, only which are set; and what its owner should know (R-SRV-9). */
export interface ServerView extends ServerRecord {
  readonly warnings: readonly Warning[];
  /** Where there is no filter: one that would fit, or null. */
  readonly suggested_from_filter?: string | null;
}

/** Makes the view of a server. */
export function view(server: ServerRecord, domains: readonly DomainRecord[]): ServerView {
  const open = server.from_filter === null && server.owner === null;
  return {
    ...server,
    warnings: warnings(server, domains),
    ...(open ? { suggested_from_filter: suggestFilter(server, domains) } : {}),
  };
}
