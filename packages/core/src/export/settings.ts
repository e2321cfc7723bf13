import type { Loaded } from "../configuration/load.ts";
import { AppError } from "../error.ts";
import type { Ports } from "../ports/main.ts";
import type { ServerRecord } from "../server/record.ts";
import { assertFit, assertSettings } from "../settings/patch.ts";
import { type Compared, compare } from "./compare.ts";
import type * as Desired from "./desired.ts";
import { type Document, documentOf, type SettingsEntry, type State } from "./document.ts";
import { byReference } from "./reference.ts";

/**
 * Compares the settings of a document. A dedicated server that cannot be active yet is none, until it can; so is one
 * that goes or rests, of which the document does not speak as such (R-SRV-6).
 * @param found the servers that are to be; undefined = those there are stay.
 * @throws AppError invalid_parameter, naming the setting.
 */
export function compareSettings(
  { operator }: Pick<Ports, "operator">,
  loaded: State,
  { settings = {} }: Document,
  found: Desired.Servers | undefined,
): Compared[] {
  assertSettings(settings);
  const servers = found ? new Map(found.map(([name, { record }]) => [name, record])) : byReference(loaded.servers);
  const { dedicated_server: name } = settings;
  const dedicated = typeof name === "string" ? servers.get(name) : undefined;
  if (typeof name === "string" && !dedicated)
    throw new AppError("invalid_parameter", "settings.dedicated_server names none of the servers.", {
      details: { field: "settings.dedicated_server" },
    });
  const waits = found?.some(([reference, server]) => reference === name && server.waits) ?? false;
  const none = waits || (name === undefined && loses(loaded, servers));
  const desired: SettingsEntry = none ? { ...settings, dedicated_server: null } : settings;
  if (Object.keys(desired).length === 0) return [];
  const changed = { ...desired, ...(dedicated && !none && { dedicated_server: dedicated.id }) };
  const given = Object.entries(changed).filter(([, value]) => value !== undefined);
  assertFit({ ...loaded, servers: [...servers.values()] }, operator.root_domain, Object.fromEntries(given));
  return compare("settings", new Map([["settings", before(loaded)]]), [["settings", desired]], false);
}

/** Whether the dedicated server there is will be deleted, inactive or personal. */
function loses({ settings }: Loaded, servers: ReadonlyMap<string, ServerRecord>): boolean {
  const { dedicated_server: id } = settings;
  return id !== null && ![...servers.values()].some((server) => server.id === id && server.active && !server.owner);
}

/** What the operator forbids is not in an export; it is compared as it is in force. */
const before = (loaded: State): SettingsEntry => ({
  custom_email_servers: loaded.settings.custom_email_servers,
  ...documentOf(loaded).settings,
});
