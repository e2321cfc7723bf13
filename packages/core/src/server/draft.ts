import * as Address from "../address/address.ts";
import type { Loaded } from "../configuration/load.ts";
import { AppError } from "../error.ts";
import { cleanFilter } from "../routing/filter.ts";
import { connection } from "./connection.ts";
import type { ServerInput } from "./input.ts";
import { assertOwner, assertPersonal } from "./personal.ts";
import type { ServerRecord } from "./record.ts";

/**
 * The record a request makes of a server, but for its secrets: checked, cleaned, defaults filled in (R-SRV-1).
 * A filter and an owner that stay are checked again only when the server becomes active: what they name may have
 * changed since, and other fields are to be changed all the same.
 * @param server the record before, or one with the defaults of a new server.
 * @param reach what the filter of a platform record may name.
 * @throws AppError invalid_from_filter (R-SRV-3, R-SRV-4, R-SRV-8), port_not_allowed (R-SRV-2), invalid_parameter,
 *   missing_required_field, conflict (R-PERS-1).
 */
export function draft(
  loaded: Loaded,
  root: string,
  server: ServerRecord,
  input: ServerInput,
  reach: readonly string[] = platformDomains(loaded),
): ServerRecord {
  const { kind } = server;
  const owner = owned(server, input);
  // A personal server's filter and username are its owner's address, and need not be said
  const username = input.username ?? (owner === server.owner ? server.username : null) ?? owner;
  const own = owner === null ? {} : { from_filter: input.from_filter ?? owner, username };
  const asked: ServerInput = { ...input, ...own };
  const active = input.active ?? server.active;
  const starts = active && !server.active;
  const text = asked.from_filter === undefined ? server.from_filter : asked.from_filter;
  const record: ServerRecord = {
    ...server,
    ...connection(kind, asked, server),
    name: cleanName(input.name ?? server.name),
    from_filter: starts || text !== server.from_filter ? cleanFilter(text, root, kind, reach) : text,
    priority: input.priority ?? server.priority,
    active,
    max_email_size_mb: input.max_email_size_mb ?? server.max_email_size_mb,
    owner,
    limit_per_day: input.limit_per_day === undefined ? server.limit_per_day : input.limit_per_day,
    limit_per_minute: input.limit_per_minute === undefined ? server.limit_per_minute : input.limit_per_minute,
    bounce_token: input.bounce_token ?? server.bounce_token,
  };
  if (starts || owner !== server.owner) assertOwner(loaded, owner);
  assertPersonal(loaded, record);
  return record;
}

function owned(server: ServerRecord, { owner }: ServerInput): string | null {
  if (owner === undefined) return server.owner;
  return owner === null ? null : Address.normalize(owner);
}

/** What a platform record's filter may name: the default domain and the verified alias domains (R-SRV-4). */
export const platformDomains = ({ domains }: Loaded): string[] =>
  domains.filter(({ is_default, verified }) => is_default || verified).map(({ name }) => name);

/** The name of a server as it is stored. @throws AppError invalid_parameter */
export function cleanName(text: string): string {
  const name = text.trim();
  if (name !== "" && name.length <= 200 && !/\p{Cc}/u.test(name)) return name;
  throw new AppError("invalid_parameter", "name is to be 1 to 200 characters without line breaks.", {
    details: { field: "name" },
  });
}
