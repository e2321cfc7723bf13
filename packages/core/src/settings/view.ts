import { type Loaded, load } from "../configuration/load.ts";
import type { Version } from "../database/version.ts";
import type { Ports } from "../ports/main.ts";
import type { SettingsRecord } from "./record.ts";

/** The settings as the database sees them. */
export type SettingsView = Omit<SettingsRecord, "revision" | "admin_address" | "bot_address"> & {
  /** In force: `admin@` and `odoobot@` of the default domain until set (R-ADDR-4). */
  readonly admin_address: string;
  readonly bot_address: string;
};

/** Reads the settings of a database. */
export async function get(ports: Pick<Ports, "store" | "operator">, version: Version): Promise<SettingsView> {
  return view(await load(ports, version));
}

/** Makes the view: what is not set shows the address that is in force. */
export function view({ settings, domains }: Pick<Loaded, "settings" | "domains">): SettingsView {
  const fallback = domains.find((domain) => domain.is_default)?.name ?? "";
  const { revision: _revision, admin_address, bot_address, ...rest } = stored(settings);
  return {
    ...rest,
    admin_address: admin_address ?? `admin@${fallback}`,
    bot_address: bot_address ?? `odoobot@${fallback}`,
  };
}

/** Without what lies on the item for other reasons. */
function stored(settings: SettingsRecord): SettingsRecord {
  const { pk: _pk, sk: _sk, ...record } = settings as SettingsRecord & { pk?: unknown; sk?: unknown };
  return record;
}
