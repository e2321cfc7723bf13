import * as Address from "../address/address.ts";
import * as Domain from "../address/domain.ts";
import type { Loaded } from "../configuration/load.ts";
import { change } from "../database/change.ts";
import type { Version } from "../database/version.ts";
import { AppError } from "../error.ts";
import type { Ports } from "../ports/main.ts";
import type { SettingsRecord } from "./record.ts";
import { type SettingsView, view } from "./view.ts";

/** Settings to be changed; what is absent stays. */
export type SettingsInput = {
  readonly [Name in keyof Omit<SettingsRecord, "revision">]?: SettingsRecord[Name] | undefined;
};

type Needs = Pick<Ports, "store" | "clock" | "random" | "operator" | "queue">;

/**
 * Changes settings of a database. What is said of tracking is carried to SES; where that fails it is to be said again.
 * @throws AppError invalid_parameter, naming the setting.
 */
export async function patch(ports: Needs, version: Version, input: SettingsInput): Promise<SettingsView> {
  const given = Object.entries(input).filter(([, value]) => value !== undefined);
  const changed: Partial<SettingsRecord> = Object.fromEntries(given);
  assertSettings(changed);
  const answer = await change(ports, version, (loaded) => {
    assertFit(loaded, ports.operator.root_domain, changed);
    const result = view({ ...loaded, settings: { ...loaded.settings, ...changed } });
    return { writes: [], settings: changed, result };
  });
  if (changed.tracking) await orderTracking(ports, version.id);
  return answer;
}

/** Orders what the settings say of tracking at SES. It may be ordered at any time, and as often as need be. */
export const orderTracking = ({ queue }: Pick<Ports, "queue">, db: string): Promise<void> =>
  queue.send("provision", [{ body: { database: db, tracking: true }, group: db }]);

/** Checks what needs no more than the settings themselves. @throws AppError invalid_parameter, naming the setting. */
export function assertSettings(changed: SettingsInput): void {
  const given = Object.fromEntries(Object.entries(changed).filter(([, value]) => value !== undefined));
  assertAddresses(given);
  assertRetention(given);
}

/** Checks settings against the rest of the configuration. @throws AppError invalid_parameter, naming the setting. */
export function assertFit(
  loaded: Pick<Loaded, "version" | "servers">,
  root: string,
  changed: Partial<SettingsRecord>,
): void {
  assertOwn(changed, loaded.version.name, root);
  assertDedicated(loaded, changed);
  assertAllowed(loaded, changed);
}

/** R-SRV-10: the operator has the last word. */
function assertAllowed({ version }: Pick<Loaded, "version">, { custom_email_servers }: Partial<SettingsRecord>): void {
  if (custom_email_servers === true && !version.custom_email_servers)
    throw refusal(
      "custom_email_servers",
      "cannot be true: the operator keeps the plan of this database from servers of its own",
    );
}

function assertAddresses({ admin_address, bot_address, ...rest }: Partial<SettingsRecord>): void {
  for (const [name, value] of Object.entries({ admin_address, bot_address }))
    if (typeof value === "string" && !Address.isAddress(value)) throw refusal(name, "is to be a bare address, or null");
  const { sender_addresses = [], loop_allow_list = [] } = rest;
  for (const [name, list] of Object.entries({ sender_addresses, loop_allow_list })) {
    if (list.length > 500) throw refusal(name, "has more than 500 entries");
    list.forEach((value, n) => {
      if (Address.isAddress(value)) return;
      if (name !== "loop_allow_list") throw refusal(`${name}[${n}]`, "is to be a bare address");
      if (Domain.toAscii(value) === null) throw refusal(`${name}[${n}]`, "is to be a bare address or a domain");
    });
  }
}

/** On the operator's root domain a database has its own default domain and nothing else (R-SEL-9). */
function assertOwn({ admin_address, bot_address }: Partial<SettingsRecord>, name: string, root: string): void {
  for (const [field, value] of Object.entries({ admin_address, bot_address })) {
    const domain = typeof value === "string" ? Address.domainOf(Address.normalize(value)) : null;
    if (domain !== null && domain !== `${name}.${root}` && Domain.isWithin(domain, root))
      throw refusal(field, `is on ${root}, which is the operator's: use a domain of your own`);
  }
}

function assertRetention({ retention }: Partial<SettingsRecord>): void {
  for (const [name, days] of Object.entries(retention ?? {})) {
    const least = name === "bodies_days" ? 0 : 1;
    if (!Number.isInteger(days) || days < least || days > 3650)
      throw refusal(`retention.${name}`, `is to be a whole number of days from ${least} to 3650`);
  }
}

function assertDedicated({ servers }: Pick<Loaded, "servers">, { dedicated_server }: Partial<SettingsRecord>): void {
  if (typeof dedicated_server !== "string") return;
  const server = servers.find(({ id }) => id === dedicated_server);
  if (!server) throw refusal("dedicated_server", "names no server of the database");
  if (!server.active) throw refusal("dedicated_server", "names an inactive server: make it active first");
  if (server.owner !== null) throw refusal("dedicated_server", "names a personal server: choose a public one");
}

const refusal = (field: string, why: string): AppError =>
  new AppError("invalid_parameter", `${field} ${why}.`, { details: { field } });
